"""Searches are counted, shown and downloaded; what nobody found is shown to moderators. All places are invented."""

from __future__ import annotations

import csv
import io
import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

from libs.testing.web import bearer
from libs.web.counting import SEVERAL
from libs.web.formatting import PARIS
from services.search.statistics import store
from services.search.statistics.keeping import write
from services.search.statistics.tally import Searched, Tally

API = "/api/v1/search/statistics"
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
TODAY = datetime.now(PARIS).date()


async def counted(search, *searches: Searched, people: int = SEVERAL, at: datetime | None = None) -> None:
    """Have each of these be searched by a number of people."""
    tally = Tally()
    for one in searches:
        for person in range(people):
            tally.count(one, f"192.0.2.{person}", at or datetime.now(UTC))
    await write(tally, search.pool)


def cursor(*position) -> str:
    return urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


async def items(search, **parameters) -> dict[str, tuple[int, int | None]]:
    answer = (await search.client.get(API, params=parameters)).raise_for_status().json()
    return {one["key"]: (one["searches"], one["unanswered"]) for one in answer["items"]}


async def test_a_search_of_the_page_and_of_the_api_counts_once_whatever_pages_follow(search) -> None:
    places = [
        search.a_structure(f"Douche Inventée {number}", "shower", city="Paris", department="75") for number in range(3)
    ]
    await search.hold(*places)
    first = (await search.get(q="douche", per_page=2)).json()
    await search.get(q="douche", per_page=2, after=first["next"])
    for query in ({"q": "licorne", "category": "laundry", "department": "75"}, {"q": "douche", "radius_km": "0"}):
        await search.client.get("/recherche", params=query, headers=PAGE)  # the second cannot be read
        # A service worker holds the page for later.
        await search.client.get("/recherche", params=query, headers=PAGE | {"Sec-Fetch-Dest": "empty"})
    await search.write_counts()
    assert (await items(search, by="day"))[str(TODAY)] == (2, 1)
    assert await items(search, by="department") == {"": (1, 0), "75": (1, 1)}
    assert await items(search, by="service") == {"shower": (1, None), "laundry": (1, None)}
    assert await items(search, by="query") == {}  # of one person


async def test_counts_are_told_by_day_hour_department_service_and_words(search) -> None:
    shower = Searched(department="75", services=("shower",), query="douche")
    await counted(search, shower, Searched(department="93", query="licorne", answered=False))
    await counted(search, shower, people=1)
    await counted(search, shower, at=datetime.now(UTC) - timedelta(days=40))
    days = await items(search)
    assert len(days) == 30
    assert days[str(TODAY)] == (2 * SEVERAL + 1, SEVERAL)
    assert sum(searches for searches, _ in days.values()) == 2 * SEVERAL + 1
    [(hour, _)] = (await items(search, by="hour")).items()
    assert abs(datetime.now(UTC) - datetime.fromisoformat(hour)) < timedelta(hours=2)
    hours = await items(search, by="hour_of_day")
    assert len(hours) == 24
    assert hours[f"{datetime.now(PARIS):%H}"][0] in {0, 2 * SEVERAL + 1}
    assert sum(searches for searches, _ in hours.values()) == 2 * SEVERAL + 1
    assert await items(search, by="department") == {"75": (SEVERAL + 1, 0), "93": (SEVERAL, SEVERAL)}
    assert await items(search, by="department", department="93") == {"93": (SEVERAL, SEVERAL)}
    assert await items(search, by="service") == {"shower": (SEVERAL + 1, None)}
    assert await items(search, by="query", department="93") == {"licorne": (SEVERAL, SEVERAL)}
    everything = await items(search, by="day", since=str(TODAY - timedelta(days=100)), until=str(TODAY))
    assert sum(searches for searches, _ in everything.values()) == 3 * SEVERAL + 1


async def test_the_file_holds_what_the_api_says(search) -> None:
    await counted(search, Searched(department="75", query="bagagerie"))
    answer = await search.client.get("/statistiques/query.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(io.StringIO(answer.text))) == [
        ["query", "searches", "unanswered"],
        ["bagagerie", str(SEVERAL), "0"],
    ]
    assert (await search.client.get("/statistiques/people.csv")).status_code == 404


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"since": "2026-12-02", "until": "2026-12-01"}, "since"),
        ({"since": "2020-01-01", "until": "2026-12-01"}, "since"),
        ({"by": "hour", "since": "2026-01-01", "until": "2026-12-01"}, "since"),
        ({"since": "hier"}, "since"),
        ({"since": "0001-01-01", "until": "0001-01-02"}, "since"),
        ({"department": "00"}, "department"),
        ({"by": "person"}, "by"),
    ],
)
async def test_a_period_that_cannot_be_is_refused_by_name(search, parameters, field) -> None:
    answer = await search.client.get(API, params=parameters)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("file", ["day.csv", "fiches/day.csv"])
@pytest.mark.parametrize("parameters", [{"since": "hier"}, {"until": "demain"}, {"department": "00"}])
async def test_a_file_of_a_period_that_cannot_be_is_refused_by_name(search, file, parameters) -> None:
    answer = await search.client.get(f"/statistiques/{file}", params=parameters)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(parameters)


@pytest.mark.parametrize(
    ("parameters", "field", "sentence"),
    [
        ({"since": "hier"}, "since", "Write a day of this century"),
        ({"until": "demain"}, "until", "Write a day of this century"),
        ({"until": "1926-11-03"}, "until", "Write a day of this century"),
        ({"since": "2026-12-02", "until": "2026-12-01"}, "since", "must not come after the last"),
        ({"since": "2020-01-01", "until": "2026-12-01"}, "since", "1100 days at most"),
        ({"department": "00"}, "department", "no department with the code “00”"),
    ],
)
async def test_what_the_page_cannot_read_is_said_beside_its_field_and_kept(search, parameters, field, sentence) -> None:
    await counted(search, Searched(query="douche"))
    answer = await search.client.get("/statistiques", params=parameters, headers=PAGE)
    assert answer.status_code == 422
    beside = re.findall(rf'id="field-{field}-error">(.*?)</p>', answer.text)
    assert [sentence in one for one in beside] == [True]
    assert f'<a href="#field-{field}">' in answer.text
    for typed in parameters.values():
        assert typed == "00" or f'value="{typed}"' in answer.text
    assert "douche" not in answer.text


async def test_a_period_of_days_that_is_not_offered_is_said(search) -> None:
    answer = await search.client.get("/statistiques", params={"days": "8"}, headers=PAGE)
    assert answer.status_code == 422
    assert "Choose one of the periods." in answer.text


async def test_the_page_is_of_the_days_asked_for_or_one_link_away_from_the_last_ones(search) -> None:
    at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    await counted(search, Searched(department="75", query="douche"), at=at)
    parameters = {"since": "2026-03-01", "until": "2026-03-31", "department": "75"}
    shown = await search.client.get("/statistiques", params=parameters, headers=PAGE)
    assert f"<b>{SEVERAL} searches</b> from Sunday, 1 March to Tuesday, 31 March" in shown.text
    assert 'href="/statistiques?days=7&amp;department=75"' in shown.text
    assert 'aria-current="page">7 days' not in shown.text
    week = await search.client.get("/statistiques", params={"days": "7"}, headers=PAGE)
    assert 'aria-current="page">7 days' in week.text
    assert "douche" not in week.text


async def test_the_page_shows_figures_and_says_when_there_are_none(search) -> None:
    empty = await search.client.get("/statistiques", headers=PAGE)
    assert "Nothing was counted yet" in empty.text
    await counted(
        search,
        Searched(department="75", services=("shower",), query="douche"),
        Searched(department="75", query="licorne", answered=False),
    )
    shown = await search.client.get("/statistiques", params={"department": "75", "days": "7"}, headers=PAGE)
    for words in (f"<b>{2 * SEVERAL} searches</b>", "Shower", "douche", "licorne", "since=", "&amp;department=75"):
        assert words in shown.text, words


async def test_moderators_see_what_nobody_found_in_their_departments_and_no_number_or_address(search) -> None:
    await search.get(q="licorne 75011234", department="75")
    await search.get(q="camille@exemple.invalid licorne", department="75")
    await search.get(q="dragon", department="93")
    await search.get(q="chimère")
    await search.write_counts()
    address = "/moderation/recherches"
    mine = await search.client.get(address, headers=PAGE | bearer("moderator", departments=["75"]))
    assert "licorne" in mine.text
    for hidden in ("dragon", "chimere", "75011234", "camille"):
        assert hidden not in mine.text
    everything = await search.client.get(address, headers=PAGE | bearer("moderator"))
    assert all(word in everything.text for word in ("licorne", "dragon", "chimere"))
    assert (await search.client.get(address, headers=bearer("partner"))).status_code == 403


async def test_the_list_of_what_nobody_found_has_pages(search, monkeypatch) -> None:
    monkeypatch.setattr("services.search.web.statistics.NOT_FOUND_PER_PAGE", 2)
    words = ["licorne", "dragon", "sphinx", "griffon", "phénix"]
    for people, word in enumerate(words, start=1):
        await counted(search, Searched(query=word, answered=False), people=people)
    found, after = [], None
    async with search.pool.connection() as connection:
        while rows := await store.not_found(connection, None, after=after, most=2):
            found += [row.query for row in rows]
            after = store.AfterNotFound(-rows[-1].unanswered, rows[-1].department, rows[-1].query)
    assert found == words[::-1]
    page = await search.client.get("/moderation/recherches", headers=PAGE | bearer("moderator"))
    assert ("phénix" in page.text, "sphinx" in page.text, "after=" in page.text) == (True, False, True)
    for forged in ("x", cursor(10**12, "", ""), cursor(-1, "", "\0"), cursor(-1, "\0", "")):
        answer = await search.client.get(
            "/moderation/recherches", params={"after": forged}, headers=bearer("moderator")
        )
        assert answer.status_code == 422, forged


async def test_words_are_forgotten_those_of_few_people_soon(search) -> None:
    for weeks in (0, 20, 120):
        moment = datetime.now(UTC) - timedelta(weeks=weeks)
        await counted(search, Searched(query=f"seul {weeks}", answered=False), people=1, at=moment)
        await counted(search, Searched(query=f"souvent {weeks}"), at=moment)
    async with search.pool.connection() as connection:
        await store.forget(connection, TODAY)
        cursor = await connection.execute("select query from query_count order by query")
        assert [query for (query,) in await cursor.fetchall()] == ["seul 0", "souvent 0", "souvent 20"]


async def test_counts_wait_for_a_database_that_is_away(search) -> None:
    tally = Tally()
    tally.count(Searched(department="75"), "192.0.2.1", datetime.now(UTC))
    async with search.pool.connection() as connection:
        await connection.execute("alter table search_count rename to elsewhere")
    with pytest.raises(Exception, match="search_count"):
        await write(tally, search.pool)
    async with search.pool.connection() as connection:
        await connection.execute("alter table elsewhere rename to search_count")
    await write(tally, search.pool)
    await write(tally, search.pool)
    assert await items(search, by="department") == {"75": (1, 0)}
