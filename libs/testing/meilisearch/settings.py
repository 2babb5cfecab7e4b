"""The settings of an index, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from libs.testing.meilisearch.problems import Problem, checked, only_known, texts

RULES = frozenset({"words", "typo", "proximity", "attribute", "attributeRank", "wordPosition", "sort", "exactness"})
DEFAULTS: Mapping[str, Any] = {
    "searchableAttributes": ["*"],
    "displayedAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attributeRank", "sort", "wordPosition", "exactness"],
    "synonyms": {},
    "stopWords": [],
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "searchCutoffMs": None,
    "facetSearch": True,
}


def with_changes(settings: Mapping[str, Any], told: Any) -> dict[str, Any]:
    """Return settings with those that a body names replaced; null is the default.

    Raises:
        Problem: one is unknown, or not what it may be.
    """
    changed = dict(settings)
    for name, value in only_known(told, frozenset(DEFAULTS)).items():
        if value is None:
            changed[name] = DEFAULTS[name]
            continue
        snake = re.sub(r"([A-Z])", lambda found: "_" + found[1].lower(), name)
        _CHECKS[name](value, f"invalid_settings_{snake}")
        changed[name] = {**settings[name], **value} if name in {"typoTolerance", "faceting", "pagination"} else value
    return changed


def _rules(value: Any, code: str) -> None:
    for rule in texts(value, code):
        if rule not in RULES and not re.fullmatch(r"[\w.\-]+:(asc|desc)", rule):
            raise Problem(code, f"`{rule}` ranking rule is invalid.")


def _synonyms(value: Any, code: str) -> None:
    for others in checked(value, dict, code).values():
        texts(others, code)


def _typos(value: Any, code: str) -> None:
    known = frozenset(DEFAULTS["typoTolerance"])
    told = only_known(value, known, code)
    for name in ("enabled", "disableOnNumbers"):
        checked(told.get(name, True), bool, code)
    sizes = only_known(told.get("minWordSizeForTypos", {}), frozenset({"oneTypo", "twoTypos"}), code)
    one, two = (checked(sizes.get(name, default), int, code) for name, default in (("oneTypo", 5), ("twoTypos", 9)))
    if not 0 <= one <= two <= 255:
        raise Problem("invalid_settings_typo_tolerance", "`oneTypo` and `twoTypos` must be in order, from 0 to 255.")
    for name in ("disableOnWords", "disableOnAttributes"):
        texts(told.get(name, []), code)


def _faceting(value: Any, code: str) -> None:
    told = only_known(value, frozenset({"maxValuesPerFacet", "sortFacetValuesBy"}), code)
    checked(told.get("maxValuesPerFacet", 100), int, f"{code}_max_values_per_facet")
    orders: dict[str, Any] = checked(told.get("sortFacetValuesBy", {}), dict, f"{code}_sort_facet_values_by")
    if not set(orders.values()) <= {"alpha", "count"}:
        raise Problem(f"{code}_sort_facet_values_by", "expected one of `alpha`, `count`")


def _pagination(value: Any, code: str) -> None:
    checked(only_known(value, frozenset({"maxTotalHits"}), code).get("maxTotalHits", 1000), int, code)


def _cutoff(value: Any, code: str) -> None:
    if checked(value, int, code) < 0:
        raise Problem(code, "expected a positive integer")


def _yes_or_no(value: Any, code: str) -> None:
    checked(value, bool, code)


_CHECKS: Mapping[str, Callable[[Any, str], object]] = {
    "searchableAttributes": texts,
    "displayedAttributes": texts,
    "filterableAttributes": texts,
    "sortableAttributes": texts,
    "rankingRules": _rules,
    "synonyms": _synonyms,
    "stopWords": texts,
    "typoTolerance": _typos,
    "faceting": _faceting,
    "pagination": _pagination,
    "searchCutoffMs": _cutoff,
    "facetSearch": _yes_or_no,
}
