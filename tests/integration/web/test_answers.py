"""What is said when something is wrong, to people who see a page and to programs that read an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from html import unescape
from typing import Annotated, Literal
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import get, post
from litestar.params import FromQuery, JSONBody, QueryParameter

from libs.testing.web import make_settings, serving
from libs.web import Problem, create_application, require

ENGLISH = {"Accept-Language": "en"}
PAGE = {"Accept": "text/html"}


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    colours: list[Literal["red", "green"]] = []


@post("/api/v1/wishes")
async def wish(data: JSONBody[Wish]) -> None: ...


@get("/api/v1/list")
async def listing(
    *,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    status: FromQuery[Literal["open", "closed"] | None] = None,
    since: FromQuery[datetime | None] = None,
    near: FromQuery[UUID | None] = None,
    exact: FromQuery[bool] = False,
    radius: FromQuery[float | None] = None,
) -> None: ...


@get(["/api/v1/closed", "/closed"], guards=[require("moderator")])
async def closed() -> None: ...


@get(["/api/v1/gone", "/gone"])
async def gone() -> None:
    raise Problem(410, "closed", "This place has closed for good.")


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    settings = make_settings("search", "postgresql://nowhere", "nats://nowhere")
    app = create_application(settings, package="services.search", title="test", handlers=[wish, listing, closed, gone])
    async with serving(app) as client:
        client.headers.update(ENGLISH)
        yield client


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("limit=many", "limit", "A whole number is expected here."),
        ("limit=", "limit", "A whole number is expected here."),
        ("limit=500", "limit", "The most possible here is 200."),
        ("status=lost", "status", "“lost” is not possible here. Choose one of: closed, open."),
        ("since=demain", "since", "Write a day and a time with their time zone, such as 2026-11-03T09:30:00Z."),
        ("near=1", "near", "Write an identifier such as 0190163d-8694-739b-b4ea-8c3c4fee29aa."),
        ("exact=perhaps", "exact", "Write true or false."),
        ("radius=far", "radius", "A number is expected here."),
    ],
)
async def test_a_wrong_parameter_is_named_in_plain_words(
    client: httpx.AsyncClient, query: str, field: str, sentence: str
) -> None:
    answer = await client.get(f"/api/v1/list?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": field, "detail": sentence}]


async def test_every_wrong_parameter_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/list?limit=many&status=lost&exact=perhaps")
    assert [error["field"] for error in answer.json()["errors"]] == ["limit", "status", "exact"]


@pytest.mark.parametrize(
    ("body", "field", "sentence"),
    [
        ({}, "name", "This field is required."),
        ({"name": 1}, "name", "A text is expected here."),
        ({"name": "a", "colours": ["red", "blue"]}, "colours.1", "“blue” is not possible here. Choose one of:"),
        ({"name": "a", "size": 1}, "size", "There is no such field."),
        ([], "", "An object with named fields is expected here."),
        ("text", "", "An object with named fields is expected here."),
        (None, "", "An object with named fields is expected here."),
    ],
)
async def test_a_wrong_body_is_told_in_plain_words(
    client: httpx.AsyncClient, body: object, field: str, sentence: str
) -> None:
    content, headers = msgspec.json.encode(body), {"Content-Type": "application/json"}
    answer = await client.post("/api/v1/wishes", content=content, headers=headers)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["detail"].startswith(sentence)
    assert answer.json()["detail"] == "The member “errors” says what is wrong, field by field."


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b'{"name": "\xe9"}', b'{"name": "\\ud800"}', b"name=a", b"[" * 100_000, b'{"a":' * 50_000],
)
async def test_a_body_that_is_no_json_is_400_whatever_it_holds(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/v1/wishes", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unreadable")


@pytest.mark.parametrize(
    ("status", "path", "title", "page_title"),
    [
        (401, "/closed", "A valid token is needed", None),
        (404, "/nowhere", "This address or resource does not exist", "This page does not exist"),
        (410, "/gone", "This no longer exists", "This is no longer valid"),
    ],
)
async def test_programs_are_told_of_addresses_and_people_of_pages(
    client: httpx.AsyncClient, status: int, path: str, title: str, page_title: str | None
) -> None:
    answer = await client.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["title"]) == (status, title)
    answer = await client.get(path, headers={"Accept": "application/json"})
    assert answer.json()["title"] == title
    page = await client.get(path, headers=PAGE)
    assert page_title is None or f"<h1>{page_title}</h1>" in page.text


async def test_both_speak_french(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nowhere", headers={"Accept-Language": "fr"})
    assert answer.json()["title"] == "Cette adresse ou cette ressource n’existe pas"
    assert answer.json()["detail"] == "Vérifiez l’adresse. Les descriptions de l’API sont listées sur /api."
    page = await client.get("/nowhere", headers=PAGE | {"Accept-Language": "fr"})
    assert "<h1>Cette page n’existe pas</h1>" in unescape(page.text)
