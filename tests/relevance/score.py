"""How well search answers what people type: `python tests/relevance/score.py [URL]`, or `make relevance`.

Asks the queries of `judged.csv` of a platform that holds the real data: the one at URL, else one of its own into
which ../shared/data is imported (two minutes). An answer is right when it meets the conditions beside its query,
whatever engine found it; what could have been found is counted over all that the platform holds. Prints, by kind of
query, how often the first answer is right (success@1), one of the first three (success@3), how well the first ten
are ordered (nDCG@10) and the mean reciprocal rank; then each query that fails. Ends with 1 when a bar is missed or a
kind is more than two points under `baseline.csv`; `--accept` writes that file anew.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx

from libs.testing.platform import RunningPlatform, until
from services.search.domain.numbers import national
from services.search.domain.text import fold

HERE = Path(__file__).parent
DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = (
    "leaflet-paris-nord-est-2020.csv",
    "france-services-2024.csv",
    "lieux-mediation-numerique.csv.gz",
    "mairies.csv.gz",
)
MEASURES = ("success@1", "success@3", "nDCG@10", "MRR")
SLACK = 0.02
DEPTH = 10

Hit = dict[str, Any]
Scores = tuple[float, ...]


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


def everything(client: httpx.Client) -> Iterator[Hit]:
    """Yield all that the platform holds."""
    query: dict[str, str] = {"per_page": "100"}
    while True:
        answer = client.get("/api/v1/search", params=query).raise_for_status().json()
        yield from answer["hits"]
        if answer["next"] is None:
            return
        query["after"] = answer["next"]


def scores_of(one: Judged, hits: Sequence[Hit], existing: int) -> Scores:
    """Return the measures of an answer; `existing` right ones could have been found."""
    if not one.wanted:
        return (float(not hits),) * len(MEASURES)
    right = [one.is_met_by(hit) for hit in hits]
    gained = sum(met / math.log2(place + 2) for place, met in enumerate(right))
    ideal = sum(1 / math.log2(place + 2) for place in range(min(existing, DEPTH)))
    first = next((place for place, met in enumerate(right, start=1) if met), None)
    return float(any(right[:1])), float(any(right[:3])), gained / ideal, 1 / first if first else 0.0


def ask(client: httpx.Client) -> tuple[dict[str, list[Scores]], list[str]]:
    """Return the scores of each query by kind, and what is to be said of those that fail."""
    corpus = list(everything(client))
    found: dict[str, list[Scores]] = defaultdict(list)
    failures: list[str] = []
    for one in judged():
        existing = sum(map(one.is_met_by, corpus)) if one.wanted else 0
        if one.wanted and not existing:
            raise SystemExit(f"Nothing that the platform holds answers « {one.query} »: is it the real data?")
        query = {"q": one.query, "per_page": str(DEPTH)} | ({"near": one.near} if one.near else {})
        hits = client.get("/api/v1/search", params=query).raise_for_status().json()["hits"]
        scores = scores_of(one, hits, existing)
        found[one.kind].append(scores)
        if not scores[1]:
            names = ", ".join(f"{hit['name']} ({hit['city']})" for hit in hits[:3]) or "nothing"
            failures.append(f"{one.kind}: « {one.query} » found {names}")
    return found, failures


def baseline() -> dict[str, list[float]]:
    with (HERE / "baseline.csv").open(encoding="utf-8", newline="") as lines:
        return {row["kind"]: [float(row[measure]) for measure in MEASURES] for row in csv.DictReader(lines)}


def write_baseline(means: dict[str, list[float]]) -> None:
    with (HERE / "baseline.csv").open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["kind", *MEASURES])
        writer.writerows([kind, *(f"{value:.3f}" for value in values)] for kind, values in means.items())


def complaints(means: dict[str, list[float]], before: dict[str, list[float]]) -> Iterator[str]:
    """Yield each bar that is missed, and each kind that is worse than it was."""
    everywhere = dict(zip(MEASURES, means["all"], strict=True))
    if everywhere["success@3"] < 0.92:
        yield "success@3 is under 0.92"
    if everywhere["nDCG@10"] < 0.85:
        yield "nDCG@10 is under 0.85"
    for kind, values in means.items():
        for measure, value, was in zip(MEASURES, values, before.get(kind, values), strict=True):
            if measure in {"success@3", "nDCG@10"} and value < 0.80:
                yield f"{kind}: {measure} is {value:.3f}, under 0.80"
            if value < was - SLACK:
                yield f"{kind}: {measure} was {was:.3f} and is {value:.3f}"


@contextmanager
def platform_of_its_own() -> Generator[str]:
    if not DATA.is_dir():
        raise SystemExit(f"The real data is not there ({DATA}); give the URL of a platform that holds it.")
    platform = RunningPlatform(sample=False)
    platform.start()
    try:
        rows = 0
        for file in FILES:
            platform.command("import", str(DATA / file))
        with httpx.Client(base_url=platform.url, timeout=60) as client:

            def is_still() -> bool:
                nonlocal rows
                before, rows = rows, client.get("/api/v1/search", params={"per_page": 1}).json()["total"]
                return rows > 40_000 and rows == before

            until(is_still, within=300, every=3)
        yield platform.url
    finally:
        platform.stop()


def main(arguments: Sequence[str]) -> int:
    urls = [argument for argument in arguments if not argument.startswith("--")]
    if not urls:
        with platform_of_its_own() as url:
            return main([*arguments, url])
    with httpx.Client(base_url=urls[0], timeout=60) as client:
        found, failures = ask(client)
    found["all"] = [scores for every in found.values() for scores in every]
    means = {kind: [fmean(column) for column in zip(*scores, strict=True)] for kind, scores in found.items()}
    print(f"{'kind':<14}{'queries':>8}" + "".join(f"{measure:>12}" for measure in MEASURES))
    for kind, values in means.items():
        print(f"{kind:<14}{len(found[kind]):>8}" + "".join(f"{value:>12.3f}" for value in values))
    print("\n".join(failures))
    if "--accept" in arguments:
        write_baseline(means)
    said = list(complaints(means, baseline()))
    print("\n".join(said) or "Every bar is met.")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
