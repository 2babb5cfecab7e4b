"""How well search answers what people type: `python tests/relevance/score.py [URL]`, or `make relevance`.

Asks the queries of `judged.csv` of a platform that holds the real data: the one at URL, else one of its own into
which ../shared/data is imported (two minutes). An answer is right when it meets the conditions beside its query,
whatever engine found it; what could have been found is counted over all that the platform holds. Prints, by kind of
query, how often the first answer is right (success@1), one of the first three (success@3), how well the first ten
are ordered (nDCG@10) and the mean reciprocal rank; then each query that fails. Ends with 1 when a bar is missed or a
kind is more than two points under `baseline.csv`; `--accept` writes that file anew.

`check.py` asks the same of a sample, within seconds.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from judging import DEPTH, HERE, MEASURES, Hit, Means, Score, drops, existing, judged

from libs.testing.platform import RunningPlatform, until

DATA = Path(__file__).parents[3] / "shared" / "data"
FILES = (
    "leaflet-paris-nord-est-2020.csv",
    "france-services-2024.csv",
    "lieux-mediation-numerique.csv.gz",
    "mairies.csv.gz",
)
BASELINE = HERE / "baseline.csv"


def everything(client: httpx.Client) -> Iterator[Hit]:
    """Yield all that the platform holds."""
    query: dict[str, str] = {"per_page": "100"}
    while True:
        answer = client.get("/api/v1/search", params=query).raise_for_status().json()
        yield from answer["hits"]
        if answer["next"] is None:
            return
        query["after"] = answer["next"]


def ask(client: httpx.Client) -> Score:
    corpus = list(everything(client))
    score = Score()
    for one in judged():
        right_ones = existing(one, corpus)
        query = {"q": one.query, "per_page": str(DEPTH)} | ({"near": one.near} if one.near else {})
        hits = client.get("/api/v1/search", params=query).raise_for_status().json()["hits"]
        score.add(one, hits, right_ones)
    return score


def bars_missed(means: Means) -> Iterator[str]:
    everywhere = dict(zip(MEASURES, means["all"], strict=True))
    if everywhere["success@3"] < 0.92:
        yield "success@3 is under 0.92"
    if everywhere["nDCG@10"] < 0.85:
        yield "nDCG@10 is under 0.85"
    for kind, values in means.items():
        for measure, value in zip(MEASURES, values, strict=True):
            if measure in {"success@3", "nDCG@10"} and value < 0.80:
                yield f"{kind}: {measure} is {value:.3f}, under 0.80"


def baseline() -> Means:
    with BASELINE.open(encoding="utf-8", newline="") as lines:
        return {row["kind"]: [float(row[measure]) for measure in MEASURES] for row in csv.DictReader(lines)}


def write_baseline(means: Means) -> None:
    with BASELINE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["kind", *MEASURES])
        writer.writerows([kind, *(f"{value:.3f}" for value in values)] for kind, values in means.items())


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
        score = ask(client)
    print(score.table())
    print("\n".join(score.failures()))
    if "--accept" in arguments:
        write_baseline(score.means)
    said = [*bars_missed(score.means), *(sentence for _, sentence in drops(score.means, baseline()))]
    print("\n".join(said) or "Every bar is met.")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
