"""The check of relevance notices when search gets worse. Queries and places here are invented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

RELEVANCE = Path(__file__).parents[2] / "relevance"
KINDS = ("name", "need")


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(RELEVANCE))
    import check

    return check


def a_score(right: dict[str, int], of: int = 50) -> Any:
    """Return the score of so many queries of each kind, of which so many have the right answer at once."""
    from judging import Judged, Score

    score = Score()
    for kind in KINDS:
        for number in range(of):
            found = {"name": "le pont" if number < right[kind] else "le jardin", "city": "Mende"}
            score.add(Judged(kind, f"pont {number}", "", (("name", "pont"),)), [found], 1)
    return score


def baseline_of(check: ModuleType, score: Any) -> dict[Any, Any]:
    return {check.key_of(one): scores for one, scores, _ in score.of}


def test_what_is_as_good_as_it_was_passes(check: ModuleType):
    score = a_score({"name": 40, "need": 40})
    assert list(check.complaints(score, baseline_of(check, score))) == []


def test_two_points_less_are_let_pass_and_more_are_not(check: ModuleType):
    before = baseline_of(check, a_score({"name": 40, "need": 40}))
    assert list(check.complaints(a_score({"name": 39, "need": 40}), before)) == []
    said = list(check.complaints(a_score({"name": 38, "need": 40}), before))
    assert "name: success@1 was 0.800 and is 0.760" in said
    assert not any(line.startswith("need") for line in said)


def test_the_queries_that_got_worse_are_named_and_no_others(check: ModuleType):
    before = baseline_of(check, a_score({"name": 40, "need": 40}))
    said = list(check.complaints(a_score({"name": 38, "need": 40}), before))
    assert [line for line in said if "«" in line] == [
        "  name: « pont 38 » now finds le jardin (Mende)",
        "  name: « pont 39 » now finds le jardin (Mende)",
    ]


def test_a_kind_that_is_no_longer_asked_is_worse(check: ModuleType):
    before = baseline_of(check, a_score({"name": 50, "need": 50}))
    score = a_score({"name": 50, "need": 50})
    score.of = [one for one in score.of if one[0].kind == "name"]
    assert "need: MRR was 1.000 and is 0.000" in list(check.complaints(score, before))


def test_every_judged_query_has_its_place_in_the_baseline(check: ModuleType):
    from judging import judged

    assert set(check.baseline()) == {check.key_of(one) for one in judged()}


def test_the_sample_is_small():
    assert sum(path.stat().st_size for path in (RELEVANCE / "sample").iterdir()) < 400_000
