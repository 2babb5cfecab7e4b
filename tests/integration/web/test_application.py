"""The manners every service's application has: who may ask, what errors say, what headers go out."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from litestar import Litestar, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from libs.bus import NewEvent, Relay, connect, record
from libs.contracts.events import REGISTRY, CredentialRevoked
from libs.contracts.structure import StructureContent
from libs.contracts.validation import check_content
from libs.database import open_pool
from libs.runtime.tasks import running
from libs.testing.waiting import eventually
from libs.testing.web import bearer, credential, make_settings, serving
from libs.web import Problem, Viewer, create_application, require
from libs.web.security import Claims, TokenSigner, session_cookie

pytestmark = pytest.mark.usefixtures("clean_streams")


class Point(msgspec.Struct):
    latitude: float


class Body(msgspec.Struct):
    name: str
    points: list[Point] = []


@post("/api/v1/echo")
async def echo(data: JSONBody[Body], viewer: NamedDependency[Viewer | None]) -> dict[str, Any]:
    return {"name": data.name, "viewer": viewer.name if viewer else None}


@get("/api/v1/desk", guards=[require("moderator")])
async def desk(viewer: NamedDependency[Viewer]) -> list[str] | None:
    return viewer.scope


@get("/bureau", guards=[require("moderator")])
async def desk_page(request: Request[Any, Any, Any]) -> str:
    return request.url.path


@post("/bureau", guards=[require("moderator")])
async def desk_form() -> None:
    """Do nothing: nobody signed in gets here."""


@get("/api/v1/things")
async def list_things(limit: FromQuery[int] = 1, after: FromQuery[str | None] = None) -> str:
    """List things."""
    return f"{limit} {after}"


@get("/api/v1/conflict")
async def conflict() -> None:
    raise Problem(409, "conflict", "Please fill this in.", extra={"conflicts": [1]})


@get("/api/v1/invalid")
async def invalid() -> None:
    check_content(StructureContent(name="", opening_hours="?"))


@get("/api/v1/broken")
async def broken() -> None:
    raise RuntimeError("a secret detail")


@pytest.fixture
async def app(make_database: Callable[[str], Awaitable[str]], nats_url: str) -> Litestar:
    settings = make_settings("search", await make_database("search"), nats_url)
    handlers = [echo, desk, desk_page, desk_form, list_things, conflict, invalid, broken]
    return create_application(settings, package="services.search", title="test", handlers=handlers)


@pytest.fixture
async def client(app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as client:
        yield client


async def test_a_role_opens_the_door_and_its_departments_are_the_scope(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/desk", headers=bearer("moderator", departments=["93", "75"]))
    assert (answer.status_code, answer.json()) == (200, ["75", "93"])
    answer = await client.get("/api/v1/desk", headers=bearer("administrator", departments=["75"]))
    assert answer.json() is None


@pytest.mark.parametrize(
    "token", ["", "forged", credential("moderator", hours=-1), credential("moderator")[:-6] + "AAAA"]
)
async def test_a_missing_forged_or_expired_credential_is_401(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.get("/api/v1/desk", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_credential_signed_by_another_key_is_401(client: httpx.AsyncClient) -> None:
    other = Ed25519PrivateKey.generate()
    private, public = (
        urlsafe_b64encode(raw).decode() for raw in (other.private_bytes_raw(), other.public_key().public_bytes_raw())
    )
    signer = TokenSigner(private, public)
    claims = Claims(sub=uuid4(), jti=uuid4(), name="x", kind="token", roles=["administrator"])
    assert (
        await client.get("/api/v1/desk", headers={"Authorization": f"Bearer {signer.sign(claims)}"})
    ).status_code == 401


async def test_another_role_is_403(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/v1/desk", headers=bearer("partner"))).status_code == 403


async def test_a_page_sends_people_to_sign_in_and_back(client: httpx.AsyncClient) -> None:
    answer = await client.get("/bureau?status=pending", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/connexion?suite=%2Fbureau%3Fstatus%3Dpending"


async def test_a_form_sent_without_a_session_leads_back_to_its_page(client: httpx.AsyncClient) -> None:
    headers = {"Accept": "text/html", "Referer": "http://relais.test/bureau?status=pending"}
    answer = await client.post("/bureau", headers=headers)
    assert answer.headers["location"] == "/connexion?suite=%2Fbureau%3Fstatus%3Dpending"
    answer = await client.post("/bureau", headers={"Accept": "text/html", "Referer": "https://evil.example/bureau"})
    assert answer.headers["location"] == "/connexion?suite="


async def test_a_revoked_credential_is_refused_within_a_second(
    client: httpx.AsyncClient, make_database: Callable[[str], Awaitable[str]], nats_url: str
) -> None:
    jti = uuid4()
    headers = bearer("moderator", credential_id=jti)
    assert (await client.get("/api/v1/desk", headers=headers)).status_code == 200
    url = await make_database("accounts")
    async with open_pool(url) as pool, connect(nats_url, name="test") as nats:
        async with pool.connection() as connection, connection.transaction():
            await record(connection, NewEvent(data=CredentialRevoked(credential_id=jti), aggregate_id=jti))

        async def refused() -> bool:
            return (await client.get("/api/v1/desk", headers=headers)).status_code == 401

        async with running(Relay("accounts", url, nats).run()):
            await eventually(refused, within=5)


async def test_a_wrong_body_names_the_field(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/echo", json={"name": "a", "points": [{"latitude": "north"}]})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["points.0.latitude"]


async def test_problems_carry_their_type_and_members(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/conflict", headers={"Accept-Language": "en"})
    assert answer.json() == {
        "type": "/problems/conflict",
        "title": "This does not fit the present state",
        "status": 409,
        "detail": "Please fill this in.",
        "conflicts": [1],
    }


async def test_invalid_content_is_422_with_every_field(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/invalid")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "opening_hours"]


async def test_a_failure_says_nothing_of_its_inside(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text


async def test_what_a_browser_sends_from_another_site_is_refused(client: httpx.AsyncClient) -> None:
    cookies = {session_cookie(secure=False): credential("moderator")}
    client.cookies.update(cookies)
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        assert (await client.post("/api/v1/echo", json={"name": "a"}, headers=headers)).status_code == 403
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://relais.test"}, {}):
        answer = await client.post("/api/v1/echo", json={"name": "a"}, headers=headers)
        assert answer.json() == {"name": "a", "viewer": "Camille Exemple"}


async def test_what_can_be_read_can_be_asked_for_its_headers(client: httpx.AsyncClient) -> None:
    answer = await client.head("/api/v1/desk", headers=bearer("moderator", departments=["75"]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    document = (await client.get("/api/openapi/search.json")).json()
    assert list(document["paths"]["/api/v1/desk"]) == ["get"]


async def test_a_parameter_that_an_api_does_not_have_is_refused_with_those_it_has(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/things", params={"limit": 2, "after": "x", "lang": "en"})
    assert (answer.status_code, answer.text) == (200, "2 x")
    answer = await client.get("/api/v1/things", params={"limit": 2, "per_page": 3, "lang": "en"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    detail = "There is no parameter of this name. Those there are: after, limit."
    assert answer.json()["errors"] == [{"field": "per_page", "detail": detail}]
    headers = bearer("moderator", departments=["75"])
    answer = await client.get("/api/v1/desk?status=x", headers=headers | {"Accept-Language": "en"})
    assert "takes none" in answer.json()["errors"][0]["detail"]
    assert (await client.get("/healthz?probe=1")).status_code == 200
    assert (await client.options("/api/v1/things?limit=2")).status_code == 204


async def test_the_description_has_titles_in_words_and_says_that_a_body_may_be_too_large(
    client: httpx.AsyncClient,
) -> None:
    paths = (await client.get("/api/openapi/search.json")).json()["paths"]
    assert paths["/api/v1/things"]["get"]["summary"] == "List things"
    assert paths["/healthz"]["get"]["summary"] == "Tell whether the process lives"
    assert "413" in paths["/api/v1/echo"]["post"]["responses"]
    assert "413" not in paths["/api/v1/things"]["get"]["responses"]
    answer = await client.post("/api/v1/echo", json={"name": "a" * 4_000_000})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


async def test_the_list_of_descriptions_has_the_mailbox_on_a_single_machine_alone(
    app: Litestar, client: httpx.AsyncClient
) -> None:
    assert "/api/openapi/notify.json" in (await client.get("/api")).text
    assert "/api/openapi/mailbox.json" not in (await client.get("/api")).text
    app.state.settings = msgspec.structs.replace(app.state.settings, mailbox_url="http://relais.test/boite")
    assert "/api/openapi/mailbox.json" in (await client.get("/api")).text


async def test_every_answer_carries_the_security_headers(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/api/v1/desk", "/nowhere"):
        headers = (await client.get(path, headers={"Accept": "application/json"})).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_readiness_tells_each_dependency(client: httpx.AsyncClient) -> None:
    async def ready() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await eventually(ready)
    answer = await client.get("/readyz")
    assert {name: check["status"] for name, check in answer.json()["checks"].items()} == {"database": "ok", "bus": "ok"}


async def test_readiness_is_503_while_the_bus_is_away(app: Litestar, client: httpx.AsyncClient) -> None:
    await eventually(lambda: _is_ready(client))
    await app.state.nats.close()
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["bus"]["status"] == "down"
    assert answer.json()["checks"]["database"]["status"] == "ok"


async def _is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def test_the_unknown_is_a_page_for_people_and_a_problem_for_programs(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    answer = await client.get("/api/v1/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


async def test_the_language_follows_the_wish_then_the_browser(client: httpx.AsyncClient) -> None:
    async def language(**headers: str) -> str:
        return (await client.get("/nowhere", headers={"Accept": "text/html"} | headers)).headers["content-language"]

    assert await language() == "fr"
    assert await language(**{"Accept-Language": "de,en;q=0.8,fr;q=0.3"}) == "en"
    chosen = await client.get("/nowhere?lang=en", headers={"Accept": "text/html"})
    assert chosen.headers["content-language"] == "en"
    assert "lang=en" in chosen.headers["set-cookie"]


async def test_arabic_pages_run_from_right_to_left_and_lead_to_the_other_languages(client: httpx.AsyncClient) -> None:
    page = await client.get("/nowhere", headers={"Accept": "text/html", "Accept-Language": "ar-MA,ar;q=0.9,fr;q=0.8"})
    assert page.headers["content-language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in page.text
    assert re.findall(r'lang="(\w\w)" hreflang="\1"', page.text) == ["fr", "en", "ar"]
    assert ">العربية</a>" in page.text
    problem = (await client.get("/api/v1/nowhere", headers={"Accept-Language": "ar"})).json()
    assert problem["title"] == "هذا العنوان أو المورد غير موجود"


async def test_the_events_are_described_for_people_and_for_programs(client: httpx.AsyncClient) -> None:
    page = await client.get("/evenements", headers={"Accept": "text/html", "Accept-Language": "fr"})
    assert page.status_code == 200
    for name in REGISTRY:
        assert f'id="{name}"' in page.text
    assert "array of string" in page.text
    document = await client.get("/evenements.json")
    assert document.headers["content-type"].startswith("application/vnd.aai.asyncapi+json")
    assert set(document.json()["components"]["messages"]) == set(REGISTRY)
