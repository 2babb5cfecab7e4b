"""What Meilisearch holds of a structure: flat, and without what is only shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from libs.contracts import vocabulary
from services.search.domain.documents import Document, Interval, OpenInterval, ServiceOpenings
from services.search.engines.meilisearch.moments import BEGINNING, DAYS, DECADES, spans, starts

EVERY = "yes"
"""What all hold in the field `every`: how many match is how often it is counted, beyond the most that can be listed."""


def document_for(document: Document, terms: Sequence[str]) -> dict[str, Any]:
    """Return a document to be indexed; `terms` are the lexemes by which it is found."""
    card, texts = document.card, document.texts
    known = vocabulary.categories()
    held: dict[str, Any] = {
        "id": str(card.id),
        "version": document.version,
        "every": EVERY,
        "name": texts.name,
        "offered": texts.offered,
        "services": texts.services,
        "place": texts.place,
        "rest": f"{texts.rest} {texts.joined}".strip(),
        "terms": list(terms),
        "categories": list(card.categories),
        "families": sorted({known[code].family for code in card.categories if code in known}),
        "departments": list(card.departments),
        "publics": list(document.publics),
        "exclusive": document.exclusive,
        "prominence": document.prominence,
        "weekly": card.is_weekly,
        "closed": spans(document.closed_during, DECADES),
        "service_categories": [one.category for one in document.services],
        "service_not_closed": [
            of_service(one.category, block)
            for one in document.services
            for block in spans(_between(one.closed_during), DECADES)
        ],
        **openings_for(document.open_during, document.services),
    }
    if card.latitude is not None and card.longitude is not None:
        held["_geo"] = {"lat": card.latitude, "lng": card.longitude}
    return held


def openings_for(
    intervals: Sequence[Interval], services: Sequence[ServiceOpenings]
) -> dict[str, list[int] | list[str]]:
    """Return the fields that say when a structure is open, and when services with hours of their own are there."""
    return {
        "open": spans(intervals, DAYS),
        "opens": starts(intervals, DAYS),
        "service_open": [of_service(one.category, block) for one in services for block in spans(one.open_during, DAYS)],
        "service_opens": [
            of_service(one.category, block) for one in services for block in starts(one.open_during, DAYS)
        ],
    }


def of_service(category: str, block: int) -> str:
    """Return a block of time as one of the services of a category."""
    return f"{category} {block}"


def _between(closures: Iterable[OpenInterval]) -> Iterator[OpenInterval]:
    """Yield the time that closures leave."""
    reached: datetime | None = BEGINNING
    for start, end in sorted(closures, key=lambda one: one[0]):
        if reached is None:
            return
        if start > reached:
            yield reached, start
        reached = None if end is None else max(reached, end)
    if reached is not None:
        yield reached, None
