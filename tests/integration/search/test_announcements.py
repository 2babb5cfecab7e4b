"""Search keeps its own copy of the announcements, and shows those that are for who searches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from psycopg import OperationalError

from libs.contracts.announcements import Announcement
from libs.contracts.events import AnnouncementChanged, AnnouncementWithdrawn
from libs.identifiers import uuid7
from libs.testing.waiting import eventually
from libs.web.announcements import mark_of
from libs.web.formatting import PARIS
from services.search.announcements import keeping, store
from services.search.domain.requests import SearchResult
from services.search.engines.postgres import PostgresEngine

if TYPE_CHECKING:
    from conftest import Search

FRENCH = {"Accept-Language": "fr"}


def an_announcement(text: str = "Annonce inventée.", *, first: int = 0, last: int = 0, **fields: Any) -> Announcement:
    today = datetime.now(PARIS).date()
    known: dict[str, Any] = {
        "id": uuid7(),
        "version": 1,
        "text": text,
        "starts_on": today + timedelta(days=first),
        "ends_on": today + timedelta(days=last),
    }
    return Announcement(**(known | fields))


async def hold(search: Search, *announcements: Announcement) -> None:
    async with search.pool.connection() as connection:
        await store.hold(connection, [AnnouncementChanged(announcement=one) for one in announcements])


async def withdraw(search: Search, announcement_id: UUID, version: int) -> None:
    async with search.pool.connection() as connection:
        await store.hold(connection, [AnnouncementWithdrawn(announcement_id=announcement_id, version=version)])


async def held(search: Search) -> dict[str, int]:
    async with search.pool.connection() as connection:
        return {one.text: one.version for one in await store.not_over(connection, datetime.now(UTC))}


async def page(search: Search, address: str) -> str:
    answer = await search.client.get(address, headers=FRENCH)
    return answer.raise_for_status().text


# The copy --------------------------------------------------------------------------------------------------


async def test_an_older_state_never_replaces_a_newer_one(search: Search) -> None:
    first = an_announcement("Première.")
    second = an_announcement("Deuxième.", id=first.id, version=2)
    await hold(search, second, first)
    assert await held(search) == {"Deuxième.": 2}
    await hold(search, first)
    assert await held(search) == {"Deuxième.": 2}
    await withdraw(search, first.id, 1)
    assert await held(search) == {"Deuxième.": 2}
    await withdraw(search, first.id, 3)
    await hold(search, second)
    assert await held(search) == {}


async def test_what_is_over_is_not_looked_at(search: Search) -> None:
    await hold(search, an_announcement("Passée.", first=-9, last=-3), an_announcement("À venir.", first=3, last=3))
    assert await held(search) == {"À venir.": 1}


@pytest.mark.usefixtures("clean_streams")
async def test_events_are_taken_in_once_and_shown(search: Search) -> None:
    announcement = an_announcement("Entendue.")
    async with search.at_work():
        event_id = await search.hear(AnnouncementChanged(announcement=announcement))

        async def shown() -> bool:
            return "Entendue." in await page(search, "/")

        await eventually(shown)
        await search.hear(AnnouncementChanged(announcement=announcement), event_id=event_id)
        await search.hear(AnnouncementWithdrawn(announcement_id=announcement.id, version=2))

        async def gone() -> bool:
            return "Entendue." not in await page(search, "/")

        await eventually(gone)
    assert await search.count("select count(*) from inbox where consumer = 'search-announcements'") == 2


@pytest.mark.usefixtures("clean_streams")
async def test_a_copy_that_was_lost_comes_back_from_the_stream(search: Search) -> None:
    stands, ended = an_announcement("Toujours là."), an_announcement("Arrêtée.")
    async with search.at_work():
        await search.hear(AnnouncementChanged(announcement=stands))
        await search.hear(AnnouncementChanged(announcement=ended))
        await search.hear(AnnouncementWithdrawn(announcement_id=ended.id, version=2))

        async def all_there() -> bool:
            return await search.count("select count(*) from announcement where announcement is null") == 1

        await eventually(all_there)
    async with search.pool.connection() as connection:
        await connection.execute("truncate announcement")  # and the consumer has acknowledged everything
    assert await held(search) == {}
    async with search.at_work():

        async def back() -> bool:
            return await search.count("select count(*) from announcement") == 2

        await eventually(back)
    assert await held(search) == {"Toujours là.": 1}


@pytest.mark.usefixtures("clean_streams")
async def test_catching_up_waits_for_a_server_that_does_not_answer(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    await search.hear(AnnouncementChanged(announcement=an_announcement("Rattrapée.")))
    ensured, tries = keeping.ensure_stream, iter([TimeoutError()])

    async def ensure_stream(*arguments: Any) -> datetime:
        if error := next(tries, None):
            raise error
        return await ensured(*arguments)

    monkeypatch.setattr(keeping, "ensure_stream", ensure_stream)
    monkeypatch.setattr(keeping, "RETRY", 0)
    await keeping.catch_up(search.pool, search.nats)
    assert await held(search) == {"Rattrapée.": 1}


# The pages -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/", {"Partout."}),
        ("/recherche?q=repas", {"Partout."}),
        ("/recherche?department=75", {"Partout.", "À Paris."}),
        ("/recherche?place=Paris", {"Partout.", "À Paris."}),
        ("/recherche?q=repas paris", {"Partout.", "À Paris."}),
        ("/recherche?place=Lozère", {"Partout.", "En Lozère."}),
        ("/recherche?near=44.518,3.501", {"Partout.", "En Lozère."}),
        ("/recherche?near=48.857,2.352", {"Partout."}),  # nothing is known there
    ],
)
async def test_who_searches_sees_what_is_for_there(search: Search, address: str, expected: set[str]) -> None:
    await search.hold(search.a_structure("Repas inventé", "meal", latitude=44.518, longitude=3.5, department="48"))
    await hold(
        search,
        an_announcement("Partout."),
        an_announcement("À Paris.", departments=("75", "93")),
        an_announcement("En Lozère.", departments=("48",)),
        an_announcement("Demain.", first=1, last=1),
    )
    text = await page(search, address)
    assert {one for one in ("Partout.", "À Paris.", "En Lozère.", "Demain.") if one in text} == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/borne?lang=fr", {"Partout."}),
        ("/borne?place=Mende&lang=fr", {"Partout.", "En Lozère."}),
        ("/borne?near=44.518,3.501&radius_km=2&lang=fr", {"Partout.", "En Lozère."}),
        ("/borne?near=44.518,3.501&radius_km=2&lang=fr&q=repas", set[str]()),
    ],
)
async def test_a_screen_in_a_hall_begins_with_what_is_for_there_and_lets_nobody_close_it(
    search: Search, address: str, expected: set[str]
) -> None:
    await search.hold(search.a_structure("Repas inventé", "meal", latitude=44.518, longitude=3.5, department="48"))
    announcements = [an_announcement("Partout."), an_announcement("En Lozère.", departments=("48",))]
    await hold(search, *announcements)
    search.client.cookies.set("annonces", ".".join(mark_of(one) for one in announcements))
    text = await page(search, address)
    assert {one for one in ("Partout.", "En Lozère.") if one in text} == expected
    assert "/annonces/lue" not in text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/widget", {"Partout."}),
        ("/widget?place=Mende", {"En Lozère."}),
        ("/widget?near=44.518,3.501", {"En Lozère."}),
        ("/widget?department=75", {"Partout."}),
    ],
)
async def test_a_search_in_another_site_shows_the_most_urgent_alert_of_there(
    search: Search, address: str, expected: set[str]
) -> None:
    await search.hold(search.a_structure("Repas inventé", "meal", latitude=44.518, longitude=3.5, department="48"))
    older, newer = sorted([uuid7(), uuid7()])
    await hold(
        search,
        an_announcement("Partout.", id=older, tone="alert"),
        an_announcement("En Lozère.", id=newer, tone="alert", departments=("48",)),
        an_announcement("Sans urgence."),
    )
    text = await page(search, address)
    assert {one for one in ("Partout.", "En Lozère.", "Sans urgence.") if one in text} == expected
    assert "/annonces/lue" not in text


async def test_a_search_in_another_site_shows_no_announcement_that_is_not_urgent(search: Search) -> None:
    await hold(search, an_announcement("Sans urgence."))
    assert "Sans urgence." not in await page(search, "/widget")


async def test_a_search_that_cannot_be_read_shows_what_is_for_everywhere(search: Search) -> None:
    await hold(search, an_announcement("Partout."), an_announcement("À Paris.", departments=("75",)))
    answer = await search.client.get("/recherche?department=75&near=nulle-part", headers=FRENCH)
    assert answer.status_code == 422
    assert "Partout." in answer.text
    assert "À Paris." not in answer.text


async def test_what_was_closed_on_the_device_is_not_shown_until_it_changes(search: Search) -> None:
    closed, other = an_announcement("Fermée."), an_announcement("Autre.")
    await hold(search, closed, other)
    text = await page(search, "/?lang=fr")
    assert f'value="{mark_of(closed)}"' in text
    assert 'name="retour" value="/?lang=fr"' in text
    search.client.cookies.set("annonces", mark_of(closed))
    for address in ("/", "/recherche"):
        text = await page(search, address)
        assert ("Fermée." in text, "Autre." in text) == (False, True)
    await hold(search, an_announcement("Fermée.", id=closed.id, version=2))
    assert "Fermée." in await page(search, "/")
    search.client.cookies.set("annonces", f"{closed.id.hex}-2.{mark_of(other)}")
    assert 'class="announcements' not in await page(search, "/")


async def test_the_words_of_an_announcement_are_no_markup(search: Search) -> None:
    await hold(search, an_announcement('Un "deux" & <b>trois</b>\nQuatre.', tone="alert"))
    text = await page(search, "/")
    assert "Un &#34;deux&#34; &amp; &lt;b&gt;trois&lt;/b&gt;<br>Quatre." in text
    assert "notice-warning" in text


async def test_the_first_page_stands_with_what_was_held_last_while_the_database_is_away(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(search, an_announcement("Grand froid inventé."))
    assert "Grand froid inventé." in await page(search, "/")

    async def away(*_: object) -> list[Announcement]:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(store, "not_over", away)
    assert "Grand froid inventé." in await page(search, "/")


async def test_a_screen_in_a_hall_begins_while_the_database_is_away(
    search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> SearchResult:
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(PostgresEngine, "search", away)
    await hold(search, an_announcement("Grand froid inventé."))
    assert "Grand froid inventé." in await page(search, "/borne?near=44.518,3.501&lang=fr")
