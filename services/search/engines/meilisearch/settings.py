"""The settings of the index, as one value: whatever changes here has the index built anew beside the old one."""

from __future__ import annotations

import hashlib
import json

from meilisearch_python_sdk.models.settings import (
    Faceting,
    MeilisearchSettings,
    MinWordSizeForTypos,
    Pagination,
    TypoTolerance,
)

from libs.contracts import vocabulary
from services.search.domain.text import fold
from services.search.domain.words import abbreviations, everyday_words, offered_words

DEEPEST = 10_000
"""Matches beyond which nobody turns pages; all are counted nonetheless."""

CUTOFF_MS = 500
"""Milliseconds after which a ranking is left as far as it has come."""

_STOP_WORDS = (
    "a au aux avec ce ces cet cette chez d dans de des du elle en et eux il ils je l la le les leur leurs lui m ma "
    "mais me mes mon n ne nos notre nous on ou par pas pour qu que qui s sa sans se ses son sur ta te tes toi ton tu "
    "un une vos votre vous y an and at by for from i in is it my of on or our the their they to we with you your"
)


def index_settings() -> MeilisearchSettings:
    """Return the settings that an index is given before it holds anything."""
    return MeilisearchSettings(
        searchable_attributes=["name", "offered", "services", "place", "rest"],
        # What is shown comes from the service's own database: an answer is short.
        displayed_attributes=["id"],
        filterable_attributes=[
            *("_geo", "categories", "closed", "departments", "every", "exclusive", "families", "id", "open", "opens"),
            *("publics", "terms", "weekly"),
            *("service_categories", "service_not_closed", "service_open", "service_opens"),
        ],
        sortable_attributes=["_geo", "prominence", "id"],
        # Where an order is asked for it comes first: it chooses which of many are ranked.
        ranking_rules=["sort", "words", "typo", "proximity", "attribute", "exactness"],
        synonyms=_synonyms(),
        stop_words=sorted(_STOP_WORDS.split()),
        # The lengths that `domain/typos.py` allows, in both languages; a number or a postcode is right or wrong.
        typo_tolerance=TypoTolerance(
            enabled=True,
            disable_on_numbers=True,
            # A need that few speak of is no slip for a name: « toilettes » for Mollettes.
            disable_on_words=sorted(offered_words()),
            min_word_size_for_typos=MinWordSizeForTypos(one_typo=4, two_typos=8),
        ),
        faceting=Faceting(max_values_per_facet=1_000, sort_facet_values_by={"*": "count"}),
        pagination=Pagination(max_total_hits=DEEPEST),
        search_cutoff_ms=CUTOFF_MS,
        facet_search=False,
    )


def fingerprint_of(settings: MeilisearchSettings) -> str:
    """Return a text that differs when settings do."""
    text = json.dumps(settings.model_dump(by_alias=True, exclude_none=True), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _synonyms() -> dict[str, list[str]]:
    """Return what abbreviations stand for, and what is offered to those who use everyday words."""
    found: dict[str, list[str]] = {
        short: [" ".join(run) for run in runs] for short, runs in sorted(abbreviations().items())
    }
    terms = {**vocabulary.families(), **vocabulary.categories()}
    for code, words in sorted(everyday_words().items()):
        if code not in terms:
            continue
        label = fold(terms[code].label("fr"))
        for word in map(fold, words):
            if word != label and label not in (others := found.setdefault(word, [])):
                others.append(label)
    return found
