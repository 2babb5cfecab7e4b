"""What Meilisearch holds of a structure: flat, and without what is only shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from libs.contracts import vocabulary
from services.search.domain.documents import Document, Interval
from services.search.engines.meilisearch.moments import DAYS, DECADES, spans, starts

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
        "completeness": document.completeness,
        "closed": spans(document.closed_during, DECADES),
        **openings_for(document.open_during),
    }
    if card.latitude is not None and card.longitude is not None:
        held["_geo"] = {"lat": card.latitude, "lng": card.longitude}
    return held


def openings_for(intervals: Sequence[Interval]) -> dict[str, list[int]]:
    """Return the fields that say when a structure is open."""
    return {"open": spans(intervals, DAYS), "opens": starts(intervals, DAYS)}
