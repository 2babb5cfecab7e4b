"""The double of a Meilisearch server is as strict as the real one is documented to be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from libs.testing.meilisearch import double
from libs.testing.meilisearch.server import MASTER_KEY


class Client:
    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        answer = self.http.request(method, path, json=body, **options)
        return answer.status_code, answer.json()

    def done(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Ask for a task, and return it once it is over."""
        status, task = self.ask(method, path, body)
        assert (status, task["status"]) == (202, "enqueued")
        for _ in range(500):
            found = self.ask("GET", f"/tasks/{task['taskUid']}")[1]
            if found["status"] in {"succeeded", "failed"}:
                return found
            time.sleep(0.005)
        raise AssertionError(task)

    def search(self, **query: Any) -> tuple[int, Any]:
        status, told = self.ask("POST", "/multi-search", {"queries": [{"indexUid": "places", **query}]})
        return status, told["results"][0] if status == 200 else told["code"]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {MASTER_KEY}"}
    with double() as server, httpx.Client(base_url=server.url, headers=headers) as http:
        client = Client(http)
        client.done("POST", "/indexes", {"uid": "places", "primaryKey": "id"})
        known = {"filterableAttributes": ["kind", "_geo"], "sortableAttributes": ["_geo"]}
        client.done("PATCH", "/indexes/places/settings", known)
        client.done("POST", "/indexes/places/documents", [{"id": "1", "kind": ["a", "b"], "name": "Bains"}])
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/searches", {}, 404, "not_found"),
        ("POST", "/multi-search", {"queries": [], "more": 1}, 400, "bad_request"),
        ("POST", "/multi-search", {"queries": [{"indexUid": "none"}]}, 404, "index_not_found"),
        ("PATCH", "/indexes/places/settings", {"colours": []}, 400, "bad_request"),
        ("PATCH", "/indexes/places/settings", {"rankingRules": ["fame"]}, 400, "invalid_settings_ranking_rules"),
        ("PATCH", "/indexes/places/settings", {"searchCutoffMs": "1"}, 400, "invalid_settings_search_cutoff_ms"),
        ("PATCH", "/indexes/places/settings", {"stopWords": "le"}, 400, "invalid_settings_stop_words"),
        ("POST", "/indexes", {"uid": "a b"}, 400, "invalid_index_uid"),
        ("POST", "/swap-indexes", [{"indexes": ["places"]}], 400, "invalid_swap_indexes"),
        ("POST", "/indexes/places/documents?key=id", [], 400, "bad_request"),
        ("GET", "/tasks/99999", None, 404, "task_not_found"),
    ],
)
def test_what_is_not_documented_is_an_error(
    client: Client, *, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = client.ask(method, path, body)
    assert (answer[0], answer[1]["code"]) == (status, code)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"colour": "red"}, "bad_request"),
        ({"filter": "name = Bains"}, "invalid_search_filter"),
        ({"filter": "kind = "}, "invalid_search_filter"),
        ({"filter": "kind IN [a"}, "invalid_search_filter"),
        ({"filter": "kind == a"}, "invalid_search_filter"),
        ({"filter": "kind = a b"}, "invalid_search_filter"),
        ({"filter": "(kind = a"}, "invalid_search_filter"),
        ({"filter": "_geoRadius(91, 0, 1)"}, "invalid_search_filter"),
        ({"filter": "_geo = 1"}, "invalid_search_filter"),
        ({"filter": "kind CONTAINS a"}, "feature_not_enabled"),
        ({"facets": ["name"]}, "invalid_search_facets"),
        ({"sort": ["kind:asc"]}, "invalid_search_sort"),
        ({"sort": ["_geoPoint(1, 2)"]}, "invalid_search_sort"),
        ({"limit": -1}, "invalid_search_limit"),
        ({"hitsPerPage": "2"}, "invalid_search_hits_per_page"),
        ({"matchingStrategy": "some"}, "invalid_search_matching_strategy"),
    ],
)
def test_a_search_that_is_not_right_is_an_error(client: Client, query: dict[str, Any], code: str) -> None:
    assert client.search(**query) == (400, code)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("kind = A", 1),
        ("kind != a", 0),
        ("kind IN [c, 'b']", 1),
        ("kind NOT IN [c]", 1),
        ("NOT kind = a", 0),
        ("kind STARTS WITH 'B'", 1),
        ("kind EXISTS AND (kind = c OR kind = b)", 1),
        (["kind = a", ["kind = c", "kind = b"]], 1),
        (["kind = a", "kind = c"], 0),
        ("_geoRadius(0, 0, 10)", 0),
    ],
)
def test_filters_mean_what_is_documented(client: Client, told: Any, found: int) -> None:
    assert len(client.search(filter=told)[1]["hits"]) == found


def test_a_task_is_done_later_and_tells_what_went_wrong(client: Client) -> None:
    wrong = client.done("POST", "/indexes/places/documents", [{"id": "2", "_geo": {"lat": 95, "lng": 0}}])
    assert (wrong["status"], wrong["error"]["code"]) == ("failed", "invalid_document_geo_field")
    assert client.done("DELETE", "/indexes/none")["error"]["code"] == "index_not_found"
    assert client.done("POST", "/indexes/places/documents", [{"name": "x"}])["error"]["code"] == "missing_document_id"


def test_without_a_key_or_with_another_nothing_is_done(client: Client) -> None:
    url = str(client.http.base_url)
    assert httpx.get(f"{url}/keys").json()["code"] == "missing_authorization_header"
    answer = httpx.get(f"{url}/keys", headers={"Authorization": "Bearer other"})
    assert (answer.status_code, answer.json()["code"]) == (403, "invalid_api_key")
