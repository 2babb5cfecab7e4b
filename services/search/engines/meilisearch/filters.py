"""Filter expressions, as Meilisearch reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from services.search.domain.requests import SearchRequest
from services.search.engines.meilisearch.documents import of_service
from services.search.engines.meilisearch.moments import DAYS, DECADES, blocks_around, blocks_of, minute_of
from services.search.engines.postgres.words import Alternatives, Terms


def conditions_of(
    request: SearchRequest, terms: Terms | None, elsewhere: Sequence[UUID], unusual: Sequence[UUID] | None = None
) -> list[str]:
    """Return the conditions that all must hold, what is temporarily closed aside.

    `elsewhere` are those within the radius that have several places: Meilisearch knows the first alone. `unusual` are
    those that are open far ahead though their hours are not the same every week; None where that is not asked for.
    """
    conditions = [_found_by(word) for word in terms.words] if terms else []
    if request.categories:
        conditions.append(any_of("categories", request.categories))
    if request.family:
        conditions.append(any_of("categories", request.family))
    if request.departments:
        conditions.append(any_of("departments", request.departments))
    if request.publics:
        conditions.append(f"({any_of('publics', request.publics)} OR exclusive = false)")
    if request.near and request.radius is not None:
        circle = f"_geoRadius({request.near.latitude!r}, {request.near.longitude!r}, {request.radius!r})"
        conditions.append(f"({circle} OR {any_of('id', map(str, elsewhere))})" if elsewhere else circle)
    if request.known_span:
        usual = _open(*request.known_span, request.needs)
        unlike = None if unusual is None else any_of("id", map(str, unusual))
        conditions.append(f"((weekly = true AND {usual}) OR {unlike})" if unlike else usual)
    return conditions


def closed_at(moment: datetime, needs: Sequence[str] = ()) -> str:
    """Return the condition that a structure, or all its services that are needed, are temporarily closed."""
    blocks = blocks_around(minute_of(moment), DECADES)
    shut = any_of("closed", blocks)
    if not needs:
        return shut
    own = any_of("service_categories", needs)
    there = any_of("service_not_closed", _of_services(needs, blocks))
    return f"(({own} AND NOT {there}) OR (NOT {own} AND {shut}))"


def any_of(attribute: str, values: Iterable[str | int]) -> str:
    """Return the condition that an attribute holds one of `values`."""
    return f"{attribute} IN [{', '.join(map(_value, values))}]"


def _value(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _found_by(word: Alternatives) -> str:
    ways = [any_of("terms", word.lexemes)]
    if word.beginning:
        ways.append(f"terms STARTS WITH {_value(word.beginning)}")
    ways += ["(" + " AND ".join(f"terms = {_value(one)}" for one in run) + ")" for run in word.runs if run]
    return "(" + " OR ".join(ways) + ")"


def _open(at: datetime, until: datetime, needs: Sequence[str]) -> str:
    """Open at the first minute, or opening in one of the next until the last: the services that are needed."""
    first = minute_of(at)
    holds = blocks_around(first, DAYS)
    later = blocks_of(first + 1, minute_of(until) + 1, DAYS)
    whole = _open_then("open", "opens", holds, later)
    if not needs:
        return whole
    own = any_of("service_categories", needs)
    there = _open_then("service_open", "service_opens", _of_services(needs, holds), _of_services(needs, later))
    return f"((NOT {own} AND {whole}) OR {there})"


def _open_then(open_: str, opens: str, holds: Sequence[str | int], later: Sequence[str | int]) -> str:
    now = any_of(open_, holds)
    return f"({now} OR {any_of(opens, later)})" if later else now


def _of_services(categories: Sequence[str], blocks: Sequence[int]) -> list[str]:
    return [of_service(category, block) for category in categories for block in blocks]
