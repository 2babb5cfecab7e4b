"""How the engine on PostgreSQL answers where many places match: some are ranked, all are listed. All are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH

from libs.contracts.structure import Address, Override, Stop
from services.search.domain.requests import Point
from services.search.engines.postgres import engine, kept, ranking

if TYPE_CHECKING:
    from conftest import Index, MakeIndex

PARIS = Point(48.8566, 2.3522)
MANY, RANKED = 10, 6


@pytest.fixture
async def index(make_index: MakeIndex) -> Index:
    return await make_index("postgres", many=MANY, ranked=RANKED)


async def test_a_team_that_stops_nearby_is_ranked_wherever_its_address_is(index: Index):
    await index.add(
        *(index.a_structure(f"Bains {n}", latitude=48.9 + n / 100, longitude=2.35) for n in range(2 * MANY))
    )
    points = ((43.3, 5.4), (48.8566, 2.3522))
    stops = tuple(Stop(address=Address(latitude=latitude, longitude=longitude)) for latitude, longitude in points)
    team = index.a_structure("Bains mobiles", kind="mobile", stops=stops)
    await index.add(team)
    assert (await index.names("bains", near=PARIS))[0] == "Bains mobiles"
    assert (await index.listed("bains", near=PARIS)).count(team.id) == 1


async def test_without_a_point_those_of_which_most_is_known_are_ranked(index: Index):
    await index.add(*(index.a_structure(f"Bains {n}", "shower") for n in range(2 * MANY)))
    known = [
        index.a_structure(name, "shower", opening_hours="Mo-Fr 09:00-12:00", description="Douches chaudes.")
        for name in ("Autre lieu", "Douche")
    ]
    await index.add(*known)
    assert (await index.names("douche"))[:2] == ["Douche", "Autre lieu"]


async def test_counts_and_pages_of_many_are_kept_until_the_index_is_seen_to_have_changed(
    index: Index, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept, "LOOK_EVERY", float("inf"))
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(MANY + 1)))
    assert (await index.search("bains")).total == MANY + 1
    await index.add(index.a_structure("Bains de plus"))
    assert (await index.search("bains")).total == MANY + 1
    assert "Bains de plus" not in await index.names("bains")
    assert "Bains de plus" in await index.names("bains", near=PARIS)
    monkeypatch.setattr(kept, "LOOK_EVERY", 0.0)
    assert (await index.search("bains")).total == MANY + 2
    assert "Bains de plus" in await index.names("bains")


async def test_further_pages_and_long_ones_are_looked_for_each_time(index: Index, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept, "LOOK_EVERY", float("inf"))
    monkeypatch.setattr(engine, "LONGEST_PAGE", 3)
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(MANY + 1)))
    first = await index.search("bains", per_page=2)
    asked: list[dict[str, Any]] = [{"per_page": MANY + 9}, {"per_page": MANY + 9, "after": first.next}]
    before = [len((await index.search("bains", **one)).found) for one in asked]
    await index.add(index.a_structure("Bains de plus"))
    assert [len((await index.search("bains", **one)).found) for one in asked] == [count + 1 for count in before]


async def test_counts_of_many_are_kept_within_an_hour_and_tell_what_a_midnight_closes(
    index: Index, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept, "LOOK_EVERY", float("inf"))
    closure = Override(id="1", kind="closure", starts_on=date(2026, 11, 28), reason="Travaux")
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(MANY + 1)))
    await index.add(index.a_structure("Bains en travaux", overrides=(closure,)))
    in_paris = datetime(2026, 11, 27, 22, 5, tzinfo=UTC)
    assert (await index.search("bains", closed_at=in_paris)).total == MANY + 2
    await index.add(index.a_structure("Bains de plus"))
    before_midnight = in_paris.replace(minute=59)
    assert (await index.search("bains", closed_at=before_midnight)).total == MANY + 2
    at_midnight = await index.search("bains", closed_at=in_paris.replace(hour=23, minute=0))
    assert (at_midnight.total, at_midnight.hidden) == (MANY + 2, 1)
    assert "Bains en travaux" not in [one.card.name for one in at_midnight.found]


async def test_what_was_counted_before_a_change_that_another_search_saw_is_not_kept(
    index: Index, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept, "LOOK_EVERY", 0.0)
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(MANY + 1)))
    counted = engine.tallies_and_page_of_few

    async def slowly(*arguments: Any) -> Any:
        monkeypatch.setattr(engine, "tallies_and_page_of_few", counted)
        found = await counted(*arguments)
        await index.add(index.a_structure("Bains de plus"))
        await index.search("autre chose")
        return found

    monkeypatch.setattr(engine, "tallies_and_page_of_few", slowly)
    assert (await index.search("bains")).total == MANY + 1
    assert (await index.search("bains")).total == MANY + 2


def test_the_longest_statement_is_one_that_psycopg_remembers():
    parts = ("matching", "counted", "few_with_words", "best", "counts_and_cards")
    assert sum(len(ranking.SQL[part]) for part in parts) <= MAX_CACHED_STATEMENT_LENGTH


async def test_counts_of_few_are_never_old(index: Index):
    await index.add(*(index.a_structure(f"Bains {n}") for n in range(MANY - 1)))
    assert (await index.search("bains")).total == MANY - 1
    await index.add(index.a_structure("Bains de plus"))
    assert (await index.search("bains")).total == MANY
