"""What the gateway passes on, and what it keeps for itself."""

from __future__ import annotations

import gzip
import hashlib
import html
import re
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from deploy.embedded.gateway import Gateway
from deploy.embedded.routing import Routes
from libs.runtime import Networks, Service
from libs.web.application import MOST_BODY_BYTES


def answering(content=b"done", headers=()):
    return httpx.Response(200, headers=headers, stream=httpx.ByteStream(content))


class Upstream:
    """A service that notes what it was asked."""

    def __init__(self):
        self.request = None
        self.body = b""
        self.answer = answering()

    async def __call__(self, request):
        self.request = request
        self.body = await request.aread()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def upstream():
    return Upstream()


def gateway_before(upstream, **choices):
    service = Service(name="search", routes=(r"/.*",), web=lambda _: None, work=lambda _: None, migrations=Path())
    clients = {"search": httpx.AsyncClient(transport=httpx.MockTransport(upstream), base_url="http://127.0.0.1:1")}
    return Gateway(Routes([service], fallback="search"), clients, **choices)


@pytest.fixture
async def client(upstream):
    transport = httpx.ASGITransport(gateway_before(upstream), client=("192.0.2.7", 4000))
    async with httpx.AsyncClient(transport=transport, base_url="http://relais.example") as client:
        yield client


async def test_path_query_and_body_arrive_unchanged(client, upstream):
    answer = await client.post("/structures/caf%C3%A9%2Fbar?q=a+b&q=%C3%A9", content=b"x" * 100_000)
    assert answer.text == "done"
    assert upstream.request.method == "POST"
    assert upstream.request.url.raw_path == b"/structures/caf%C3%A9%2Fbar?q=a+b&q=%C3%A9"
    assert upstream.body == b"x" * 100_000


async def test_the_service_learns_who_asked_and_cannot_be_lied_to(client, upstream):
    await client.get("/", headers={"X-Forwarded-For": "203.0.113.1", "X-Forwarded-Proto": "https"})
    headers = upstream.request.headers
    assert headers["host"] == "relais.example"
    assert headers["x-forwarded-for"] == "192.0.2.7"
    assert headers["x-forwarded-host"] == "relais.example"
    assert headers["x-forwarded-proto"] == "http"


async def test_only_a_trusted_proxy_before_the_gateway_is_believed(upstream):
    gateway = gateway_before(upstream, trusted=Networks("192.0.2.0/24"))
    for peer, client in (("192.0.2.7", "203.0.113.1"), ("198.51.100.1", "198.51.100.1")):
        upstream.answer = answering()
        transport = httpx.ASGITransport(gateway, client=(peer, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://relais.example") as asking:
            await asking.get("/", headers={"X-Forwarded-For": "10.0.0.1, 203.0.113.1"})
        assert upstream.request.headers.get_list("x-forwarded-for") == [client]


async def test_headers_of_one_connection_go_no_further_in_either_direction(client, upstream):
    upstream.answer = answering(headers={"Connection": "X-Hop", "X-Hop": "1", "Keep-Alive": "timeout=5", "X-Kept": "1"})
    answer = await client.get("/", headers={"Connection": "X-Mine", "X-Mine": "1", "TE": "trailers", "X-Other": "1"})
    assert not {"x-mine", "te"} & set(upstream.request.headers)
    assert upstream.request.headers["x-other"] == "1"
    assert not {"connection", "x-hop", "keep-alive"} & set(answer.headers)
    assert answer.headers["x-kept"] == "1"


async def test_each_cookie_of_the_answer_arrives(client, upstream):
    upstream.answer = answering(headers=[("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    assert (await client.get("/")).headers.get_list("set-cookie") == ["a=1", "b=2"]


async def test_a_compressed_answer_is_passed_on_as_it_is(client, upstream):
    upstream.answer = answering(gzip.compress(b"page"), {"Content-Encoding": "gzip"})
    answer = await client.get("/")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == "page"


async def test_nothing_is_asked_that_the_browser_did_not_ask(client, upstream):
    request = client.build_request("GET", "/")
    for name in ("accept", "accept-encoding", "user-agent"):
        del request.headers[name]
    await client.send(request)
    assert not {"accept", "accept-encoding", "user-agent"} & set(upstream.request.headers)


async def test_a_program_learns_by_problem_details_which_service_does_not_answer(client, upstream):
    upstream.answer = httpx.ConnectError("refused")
    for path, headers in (("/api/v1/search", {"Accept": "*/*"}), ("/", {"Accept": "application/json"})):
        answer = await client.get(path, headers={**headers, "Accept-Language": "en"})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "5"
        problem = answer.json()
        assert (problem["type"], problem["status"], problem["service"]) == ("/problems/unavailable", 503, "search")
        assert problem["detail"] == "A part of the platform does not answer. Please try again in a moment."


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
async def test_a_body_that_no_service_takes_is_said_to_be_too_large(client, accept):
    headers = {"Accept": accept, "Accept-Language": "en"}
    answer = await client.post("/contribuer", content=b"x" * (MOST_BODY_BYTES + 1), headers=headers)
    assert answer.status_code == 413
    assert "Please send less than 4 MB." in answer.text
    assert "retry-after" not in answer.headers


@pytest.mark.parametrize(
    ("language", "title"), [("fr", "Nous ne sommes pas encore prêts"), ("en", "We are not ready yet")]
)
async def test_people_see_a_page_that_needs_no_service_when_one_does_not_answer(client, upstream, language, title):
    upstream.answer = httpx.ConnectError("refused")
    answer = await client.get("/recherche?q=%3Cb%3E", headers={"Accept": "text/html", "Accept-Language": language})
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")
    assert f"<h1>{title}</h1>" in answer.text
    assert f'<html lang="{language}"' in answer.text
    assert 'href="/recherche?q=%3Cb%3E"' in answer.text
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    assert "--paper:" in style[1]
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}'" in answer.headers["content-security-policy"]


async def test_a_screen_in_a_hall_stays_one_while_its_service_does_not_answer(client, upstream):
    upstream.answer = httpx.ConnectError("refused")
    address = "/borne/structures/canal?near=48.88,2.38&family=food&lang=en&home=fr"
    answer = await client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 503
    assert "<h1>We are not ready yet</h1>" in answer.text
    body = html.unescape(answer.text.split("<body>")[1])
    start = "/borne?near=48.88%2C2.38&lang=fr"
    assert re.findall(r'href="([^"]*)"', body) == [
        "/borne/structures/canal?near=48.88%2C2.38&family=food&lang=en&home=fr",
        start,
    ]
    assert f'content="60; url={start}"' in html.unescape(answer.text)
    style = re.search(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    assert style
    assert ".kiosk-top" in style[1]
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}'" in answer.headers["content-security-policy"]
    other = await client.get("/bornes", headers={"Accept": "text/html"})
    assert 'href="/contribuer"' in other.text
