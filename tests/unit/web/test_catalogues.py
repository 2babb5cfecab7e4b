"""Catalogues: what the check finds, and what entering texts mends."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.web import catalogues


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogue of a tree with one text, translated with a straight apostrophe."""
    (tmp_path / "services").mkdir()
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "texts.py").write_text('N_("The address")\n')
    file = tmp_path / "libs/web/locale/fr/LC_MESSAGES/messages.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8"\n\nmsgid "The address"\nmsgstr "L\'adresse"\n'
    )
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    return file


def test_the_check_finds_straight_apostrophes(catalogue: Path, capsys: pytest.CaptureFixture[str]):
    assert catalogues.main(["--check"]) == 1
    assert "straight apostrophe" in capsys.readouterr().out
    assert "L'adresse" in catalogue.read_text()


def test_entering_texts_sets_apostrophes(catalogue: Path):
    assert catalogues.main([]) == 0
    assert "L’adresse" in catalogue.read_text()
    assert catalogues.main(["--check"]) == 0
