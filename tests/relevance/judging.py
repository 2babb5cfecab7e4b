"""What is asked, and how well answers serve: the same for the real data and for the sample of it."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from services.search.domain.numbers import national
from services.search.domain.text import fold

HERE = Path(__file__).parent
MEASURES = ("success@1", "success@3", "nDCG@10", "MRR")
SLACK = 0.02
DEPTH = 10

Hit = dict[str, Any]
Scores = tuple[float, ...]
Means = dict[str, list[float]]
"""The mean of each measure, by kind of query; "all" is one of them."""


@dataclass(frozen=True)
class Judged:
    """A query, and the conditions that a right answer meets; none when nothing is to be found."""

    kind: str
    query: str
    near: str
    wanted: tuple[tuple[str, str], ...]

    def is_met_by(self, hit: Hit) -> bool:
        return all(CONDITIONS[name](hit, value) for name, value in self.wanted)


def _holds(text: str | None, words: str) -> bool:
    return set(words.split()) <= set(fold(text or "").split())


def _within(hit: Hit, circle: str) -> bool:
    """Whether a hit lies in "LATITUDE LONGITUDE KILOMETRES"."""
    if hit["latitude"] is None:
        return False
    latitude, longitude, kilometres = map(float, circle.split())
    east = math.radians(hit["longitude"] - longitude) * math.cos(math.radians(latitude))
    return 6_371 * math.hypot(math.radians(hit["latitude"] - latitude), east) <= kilometres


CONDITIONS: dict[str, Callable[[Hit, str], bool]] = {
    "name": lambda hit, value: any(_holds(hit["name"], words) for words in value.split("|")),
    "city": lambda hit, value: _holds(hit["city"], value),
    "postcode": lambda hit, value: hit["postcode"] == value,
    "department": lambda hit, value: hit["department"] == value,
    "category": lambda hit, value: not set(value.split("|")).isdisjoint(hit["categories"]),
    "near": _within,
    "phone": lambda hit, value: any(national(phone["number"]) == value for phone in hit["phones"]),
}


def judged() -> list[Judged]:
    """Read the queries; the conditions of a cell are apart by ";", alternatives within one by "|"."""
    with (HERE / "judged.csv").open(encoding="utf-8", newline="") as lines:
        return [
            Judged(
                kind=row["kind"],
                query=row["query"],
                near=row["near"].replace(";", ","),
                wanted=tuple(
                    (name, value)
                    for name, _, value in (
                        part.partition("=") for part in row["wanted"].split(";") if part != "nothing"
                    )
                ),
            )
            for row in csv.DictReader(lines)
        ]


def existing(one: Judged, corpus: Sequence[Hit]) -> int:
    """Return how many right answers there are."""
    right = sum(map(one.is_met_by, corpus)) if one.wanted else 0
    if one.wanted and not right:
        raise SystemExit(f"Nothing that is held answers « {one.query} »: is it the right data?")
    return right


def scores_of(one: Judged, hits: Sequence[Hit], right_ones: int) -> Scores:
    """Return the measures of an answer; `right_ones` could have been found."""
    if not one.wanted:
        return (float(not hits),) * len(MEASURES)
    right = [one.is_met_by(hit) for hit in hits]
    gained = sum(met / math.log2(place + 2) for place, met in enumerate(right))
    ideal = sum(1 / math.log2(place + 2) for place in range(min(right_ones, DEPTH)))
    first = next((place for place, met in enumerate(right, start=1) if met), None)
    return float(any(right[:1])), float(any(right[:3])), gained / ideal, 1 / first if first else 0.0


class Score:
    """The scores of every query, and what was found."""

    def __init__(self) -> None:
        self.of: list[tuple[Judged, Scores, Sequence[Hit]]] = []

    def add(self, one: Judged, hits: Sequence[Hit], right_ones: int) -> None:
        self.of.append((one, scores_of(one, hits, right_ones), hits))

    @property
    def means(self) -> Means:
        return means_of((one.kind, scores) for one, scores, _ in self.of)

    def failures(self) -> Iterator[str]:
        """Yield what was found by each query of which none of the first three answers is right."""
        for one, scores, hits in self.of:
            if not scores[1]:
                yield f"{one.kind}: « {one.query} » found {named(hits)}"

    def table(self) -> str:
        lines = [f"{'kind':<14}{'queries':>8}" + "".join(f"{measure:>12}" for measure in MEASURES)]
        for kind, values in self.means.items():
            queries = sum(kind in {"all", one.kind} for one, _, _ in self.of)
            lines.append(f"{kind:<14}{queries:>8}" + "".join(f"{value:>12.3f}" for value in values))
        return "\n".join(lines)


def named(hits: Sequence[Hit]) -> str:
    return ", ".join(f"{hit['name']} ({hit['city']})" for hit in hits[:3]) or "nothing"


def means_of(scores: Iterable[tuple[str, Scores]]) -> Means:
    """Return the means of scores that come with their kind."""
    by_kind: dict[str, list[Scores]] = {}
    for kind, found in scores:
        by_kind.setdefault(kind, []).append(found)
    by_kind["all"] = [found for every in by_kind.values() for found in every]
    return {kind: [fmean(column) for column in zip(*every, strict=True)] for kind, every in by_kind.items()}


def drops(means: Means, before: Means) -> Iterator[tuple[str, str]]:
    """Yield each kind of which a measure is more than two points under what it was, and a sentence that says so."""
    for kind, was in before.items():
        # A kind of which nothing is asked any more is no better than one that finds nothing.
        now = means.get(kind, [0.0] * len(MEASURES))
        for measure, value, earlier in zip(MEASURES, now, was, strict=True):
            # Baselines are written with three digits.
            if round(value, 3) < round(earlier, 3) - SLACK - 1e-9:
                yield kind, f"{kind}: {measure} was {earlier:.3f} and is {value:.3f}"
