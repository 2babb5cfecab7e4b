"""The check of relevance, over its sample of real places, fails when search forgets something."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.search.engines.postgres import words

RELEVANCE = Path(__file__).parents[2] / "relevance"


async def test_without_tolerance_of_typos_the_check_fails_and_says_where(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(RELEVANCE))
    import check
    from judging import judged

    monkeypatch.setattr(words, "allowed_typos", lambda _: 0)
    asked = [one for one in judged() if one.kind in {"misspelt", "phone"}]
    before = {key: scores for key, scores in check.baseline().items() if key[0] in {"misspelt", "phone"}}
    said = list(check.complaints(await check.ask(asked), before))
    assert any(line.startswith("misspelt: success@3 was") for line in said)
    assert any(line.startswith("  misspelt: «") for line in said)
    assert not any(line.startswith("phone:") for line in said)
