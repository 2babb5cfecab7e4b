"""Whether search answers as well as it did: `python tests/relevance/check.py`, or `make check-relevance`.

Asks the queries of `judged.csv` of the sample of the real data beside it, as the API would ask them. Ends with 1, and
says which queries are the cause, when a kind of query is more than two points under `sample/baseline.csv`; `--accept`
writes that file anew. How good search is, `score.py` says: the sample only shows whether it got worse.
"""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from corpus import answer, engine_holding, structures_in
from judging import DEPTH, HERE, MEASURES, Judged, Score, Scores, drops, existing, judged, means_of, named

SAMPLE = HERE / "sample"
BASELINE = SAMPLE / "baseline.csv"

Key = tuple[str, str, str]
"""Kind, query and point of a judged query."""


async def ask(queries: Iterable[Judged]) -> Score:
    """Ask queries of the sample."""
    score = Score()
    async with engine_holding(one for _, _, one in structures_in(sorted(SAMPLE.glob("*.csv.gz")))) as (engine, corpus):
        for one in queries:
            score.add(one, await answer(engine, one, DEPTH), existing(one, corpus))
    return score


def complaints(score: Score, before: Mapping[Key, Scores]) -> Iterator[str]:
    """Yield each kind that got worse, and its queries that did."""
    said = list(drops(score.means, means_of((kind, scores) for (kind, _, _), scores in before.items())))
    yield from (sentence for _, sentence in said)
    worse = {kind for kind, _ in said}
    for one, scores, hits in score.of:
        earlier = before.get(key_of(one), scores)
        if worse & {"all", one.kind} and any(now < was - 0.001 for now, was in zip(scores, earlier, strict=True)):
            yield f"  {one.kind}: « {one.query} » now finds {named(hits)}"


def key_of(one: Judged) -> Key:
    return one.kind, one.query, one.near


def baseline() -> dict[Key, Scores]:
    with BASELINE.open(encoding="utf-8", newline="") as lines:
        return {
            (row["kind"], row["query"], row["near"]): tuple(float(row[measure]) for measure in MEASURES)
            for row in csv.DictReader(lines)
        }


def write_baseline(score: Score) -> None:
    with BASELINE.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["kind", "query", "near", *MEASURES])
        writer.writerows([*key_of(one), *(f"{value:.3f}" for value in scores)] for one, scores, _ in score.of)


def main(arguments: Sequence[str]) -> int:
    score = asyncio.run(ask(judged()))
    if "--accept" in arguments:
        write_baseline(score)
        print(score.table())
    said = list(complaints(score, baseline()))
    if said:
        print(score.table())
        print("\n".join(["Search answers worse than it did:", *said]))
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
