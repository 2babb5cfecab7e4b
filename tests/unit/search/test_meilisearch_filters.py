"""What the engine on Meilisearch asks and sets, read as the double of a server reads it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.testing.meilisearch.filters import read_filter
from libs.testing.meilisearch.settings import DEFAULTS, with_changes
from services.search.domain.requests import Point, SearchRequest
from services.search.engines.meilisearch.filters import any_of, closed_at, conditions_of
from services.search.engines.meilisearch.moments import DAYS, DECADES, spans, starts
from services.search.engines.meilisearch.settings import fingerprint_of, index_settings
from services.search.engines.postgres.words import Alternatives, Terms

NINE = datetime(2026, 12, 1, 9, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)
FILTERABLE = [one for one in index_settings().filterable_attributes or [] if isinstance(one, str)]
ID = UUID(int=7)


def holds(fields: dict[str, Any], terms: Terms | None = None, others: tuple[UUID, ...] = (), **request: Any) -> bool:
    conditions = conditions_of(SearchRequest(**request), terms, others)
    return read_filter(conditions, FILTERABLE)(fields)


@pytest.mark.parametrize("text", ["d'abord", "a\\", "\\'", '"', "x OR id EXISTS", "éà", ""])
def test_a_value_is_only_a_value(text: str) -> None:
    condition = read_filter(any_of("departments", [text]), FILTERABLE)
    assert condition({"departments": [text]})
    assert not condition({"departments": ["other"], "id": "1"})


def test_open_is_exact_to_the_minute_and_a_while_ends_before_its_end() -> None:
    fields = {"open": spans([(NINE, NOON)], DAYS), "opens": starts([(NINE, NOON)], DAYS)}
    minute = timedelta(minutes=1)
    assert [holds(fields, open_at=at) for at in (NINE - minute, NINE, NOON - minute, NOON)] == [
        False,
        True,
        True,
        False,
    ]
    assert holds(fields, open_at=NINE - 2 * minute, open_until=NINE + minute)
    assert not holds(fields, open_at=NINE - 2 * minute, open_until=NINE)
    assert not holds(fields, open_at=NOON, open_until=NOON + timedelta(days=1))


def test_what_is_closed_until_further_notice_is_closed_in_years() -> None:
    condition = read_filter(closed_at(NINE + timedelta(days=3_000)), FILTERABLE)
    assert condition({"closed": spans([(NINE, None)], DECADES)})
    assert not condition({"closed": spans([(NINE, NOON)], DECADES)})


def test_every_word_must_be_found_in_one_of_its_ways() -> None:
    words = (Alternatives(("bain",), "bains", ()), Alternatives(("ml",), None, (("mission", "local"),)))
    terms = Terms(words=words, rank="", corrections={})
    assert holds({"terms": ["bain", "ml"]}, terms)
    assert holds({"terms": ["bainsdouches", "mission", "local"]}, terms)
    assert not holds({"terms": ["bain", "mission"]}, terms)
    assert not holds({"terms": ["bai", "ml"]}, terms)


def test_a_circle_holds_what_is_near_by_any_of_its_places() -> None:
    here = {"id": str(ID), "_geo": {"lat": 48.86, "lng": 2.35}}
    far = here | {"_geo": {"lat": 45.7, "lng": 4.8}}
    circle: dict[str, Any] = {"near": Point(48.8566, 2.3522), "radius": 1_000.0}
    assert holds(here, **circle)
    assert not holds(far, **circle)
    assert holds(far, others=(ID,), **circle)
    assert not holds({"id": "x"}, **circle)


def test_a_public_finds_what_does_not_shut_it_out() -> None:
    asked = {"publics": ("women",)}
    assert holds({"publics": ["men"], "exclusive": False}, **asked)
    assert holds({"publics": ["women"], "exclusive": True}, **asked)
    assert not holds({"publics": ["men"], "exclusive": True}, **asked)


def test_the_settings_are_ones_that_the_server_knows() -> None:
    told = index_settings().model_dump(by_alias=True, exclude_none=True)
    changed = with_changes(DEFAULTS, told)
    assert changed["synonyms"]["st"] == ["saint"]
    assert changed["typoTolerance"]["minWordSizeForTypos"] == {"oneTypo": 4, "twoTypos": 8}
    assert {"du", "the"} <= set(changed["stopWords"])
    assert changed["searchCutoffMs"] == 500


def test_settings_that_differ_have_another_fingerprint() -> None:
    settings = index_settings()
    assert fingerprint_of(settings) == fingerprint_of(index_settings())
    assert fingerprint_of(settings) != fingerprint_of(settings.model_copy(update={"search_cutoff_ms": 1}))
