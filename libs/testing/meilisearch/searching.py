"""One search on one index: what its parameters may be, and what it finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from libs.testing.meilisearch.filters import metres_between, read_filter
from libs.testing.meilisearch.problems import Problem, checked, only_known, texts
from libs.testing.meilisearch.scores import scored

_DEFAULTS: Mapping[str, Any] = {
    "q": None,
    "offset": 0,
    "limit": 20,
    "page": None,
    "hitsPerPage": None,
    "filter": None,
    "facets": None,
    "sort": None,
    "attributesToRetrieve": None,
    "attributesToCrop": None,
    "cropLength": 10,
    "cropMarker": "...",
    "attributesToHighlight": None,
    "highlightPreTag": "<em>",
    "highlightPostTag": "</em>",
    "showMatchesPosition": False,
    "showRankingScore": False,
    "showRankingScoreDetails": False,
    "matchingStrategy": "last",
    "attributesToSearchOn": None,
    "rankingScoreThreshold": None,
    "vector": None,
    "hybrid": None,
    "locales": None,
}
_COUNTS = {"offset": "offset", "limit": "limit", "page": "page", "hitsPerPage": "hits_per_page"}
_UNUSED = ("attributesToCrop", "attributesToHighlight", "attributesToSearchOn", "vector", "hybrid", "locales")
_POINT = re.compile(r"_geoPoint\(\s*(-?[\d.e+-]+)\s*,\s*(-?[\d.e+-]+)\s*\):(asc|desc)")


def search(settings: Mapping[str, Any], documents: Mapping[str, dict[str, Any]], body: Any) -> dict[str, Any]:
    """Return the answer to a search.

    Raises:
        Problem: a parameter is unknown, or not what it may be.
    """
    asked = {**_DEFAULTS, **only_known(body, frozenset(_DEFAULTS))}
    _check(asked)
    facets = texts(asked["facets"] or [], "invalid_search_facets")
    for one in facets:
        if one not in settings["filterableAttributes"]:
            raise Problem("invalid_search_facets", f"Attribute `{one}` is not filterable and cannot be a facet.")
    holds = read_filter(asked["filter"], settings["filterableAttributes"])
    orders = [_order(one, settings) for one in texts(asked["sort"] or [], "invalid_search_sort")]
    found = [(1.0, one) for one in documents.values() if holds(one)]
    if asked["q"]:
        found = scored(asked["q"], asked["matchingStrategy"], settings, [one for _, one in found])
    for order in reversed(orders):
        found.sort(key=lambda one, order=order: order(one[1]))
    return _answer(asked, settings, facets, found)


def _check(asked: Mapping[str, Any]) -> None:
    if asked["q"] is not None:
        checked(asked["q"], str, "invalid_search_q")
    for name, snake in _COUNTS.items():
        value = asked[name]
        if value is None and name in {"page", "hitsPerPage"}:
            continue
        if checked(value, int, f"invalid_search_{snake}") < 0:
            raise Problem(f"invalid_search_{snake}", "expected a positive integer")
    if asked["matchingStrategy"] not in {"last", "all", "frequency"}:
        raise Problem("invalid_search_matching_strategy", "expected one of `last`, `all`, `frequency`")
    for name in ("showMatchesPosition", "showRankingScore", "showRankingScoreDetails"):
        checked(asked[name], bool, "bad_request")
    for name in _UNUSED:
        if asked[name] is not None:
            raise Problem("bad_request", f"this double does not know `{name}`")


def _order(text: str, settings: Mapping[str, Any]) -> Any:
    """Return the key that an order sorts by; what lacks the field comes last."""
    code = "invalid_search_sort"
    if "sort" not in settings["rankingRules"]:
        raise Problem(code, "The sort ranking rule must be specified in the ranking rules settings.")
    if point := _POINT.fullmatch(text):
        _sortable("_geo", settings)
        latitude, longitude = float(point[1]), float(point[2])
        sign = 1 if point[3] == "asc" else -1

        def distance(fields: Mapping[str, Any]) -> tuple[bool, float]:
            here = fields.get("_geo")
            return here is None, sign * metres_between(latitude, longitude, here) if here else 0

        return distance
    name, _, way = text.rpartition(":")
    if way not in {"asc", "desc"}:
        raise Problem(code, f"Invalid syntax for the sort parameter: expected `:asc` or `:desc`, found `{text}`.")
    _sortable(name, settings)

    def value(fields: Mapping[str, Any]) -> tuple[bool, Any]:
        return name not in fields, -fields.get(name, 0) if way == "desc" else fields.get(name, "")

    return value


def _sortable(name: str, settings: Mapping[str, Any]) -> None:
    if name not in settings["sortableAttributes"]:
        raise Problem("invalid_search_sort", f"Attribute `{name}` is not sortable.")


def _answer(
    asked: Mapping[str, Any], settings: Mapping[str, Any], facets: list[str], found: list[tuple[float, dict[str, Any]]]
) -> dict[str, Any]:
    most = settings["pagination"]["maxTotalHits"]
    within = found[:most]
    answer: dict[str, Any] = {"query": asked["q"] or "", "processingTimeMs": 0}
    if asked["hitsPerPage"] is not None or asked["page"] is not None:
        size = 20 if asked["hitsPerPage"] is None else asked["hitsPerPage"]
        page = 1 if asked["page"] is None else asked["page"]
        hits = within[(page - 1) * size : page * size] if page else []
        pages = -(-len(within) // size) if size else 0
        answer |= {"page": page, "hitsPerPage": size, "totalHits": len(within), "totalPages": pages}
    else:
        hits = within[asked["offset"] : asked["offset"] + asked["limit"]]
        answer |= {"offset": asked["offset"], "limit": asked["limit"], "estimatedTotalHits": len(within)}
    answer["hits"] = [_shown(asked, settings, score, fields) for score, fields in hits]
    if facets:
        answer["facetDistribution"] = {name: _facet(name, settings, found) for name in facets}
        answer["facetStats"] = {}
    return answer


def _shown(
    asked: Mapping[str, Any], settings: Mapping[str, Any], score: float, fields: dict[str, Any]
) -> dict[str, Any]:
    wanted = asked["attributesToRetrieve"]
    if wanted is not None:
        texts(wanted, "invalid_search_attributes_to_retrieve")
    displayed = settings["displayedAttributes"]
    shown = {
        name: value
        for name, value in fields.items()
        if (displayed == ["*"] or name in displayed) and (wanted in (None, ["*"]) or name in wanted)
    }
    return shown | ({"_rankingScore": score} if asked["showRankingScore"] else {})


def _facet(name: str, settings: Mapping[str, Any], found: list[tuple[float, dict[str, Any]]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for _, fields in found:
        held = fields.get(name, [])
        counts.update({str(one) for one in (held if isinstance(held, list) else [held])})  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return dict(counts.most_common(settings["faceting"]["maxValuesPerFacet"]))
