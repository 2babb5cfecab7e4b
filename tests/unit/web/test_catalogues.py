"""Catalogues: what the check finds, and what entering texts mends."""

from __future__ import annotations

from pathlib import Path

import pytest

from libs.web import catalogues

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8"\n\n'


def write(tree: Path, language: str, messages: str) -> Path:
    file = tree / f"libs/web/locale/{language}/LC_MESSAGES/messages.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + messages, encoding="utf-8")
    return file


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with one text, and its Arabic."""
    (tmp_path / "services").mkdir()
    (tmp_path / "libs").mkdir()
    (tmp_path / "libs" / "texts.py").write_text('N_("The address")\n')
    write(tmp_path, "ar", 'msgid "The address"\nmsgstr "العنوان"\n')
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def catalogue(tree: Path) -> Path:
    """Its French, with a straight apostrophe."""
    return write(tree, "fr", 'msgid "The address"\nmsgstr "L\'adresse"\n')


def test_the_check_finds_straight_apostrophes(catalogue: Path, capsys: pytest.CaptureFixture[str]):
    assert catalogues.main(["--check"]) == 1
    assert "straight apostrophe" in capsys.readouterr().out
    assert "L'adresse" in catalogue.read_text()


def test_entering_texts_sets_apostrophes(catalogue: Path):
    assert catalogues.main([]) == 0
    assert "L’adresse" in catalogue.read_text()
    assert catalogues.main(["--check"]) == 0


@pytest.mark.usefixtures("catalogue")
def test_every_language_is_checked(tree: Path, capsys: pytest.CaptureFixture[str]):
    catalogues.main([])
    write(tree, "ar", 'msgid "The address"\nmsgstr ""\n')
    assert catalogues.main(["--check"]) == 1
    assert capsys.readouterr().out == "libs/web/locale/ar/LC_MESSAGES/messages.po: not translated: The address\n"


FORMS = ["لا أيام", "يوم", "يومان", "%(count)s أيام", "%(count)s يوم", "%(count)s يومًا"]


@pytest.mark.parametrize(
    ("forms", "fault"),
    [
        (FORMS, ""),
        (FORMS[:2], "not translated"),
        ([*FORMS[:5], "%(days)s يومًا"], "not of the same"),
        (["يوم"] * 6, "same"),
    ],
)
def test_each_form_of_a_number_is_needed_and_names_what_the_text_gives(
    tree: Path, capsys: pytest.CaptureFixture[str], forms: list[str], fault: str
):
    (tree / "libs" / "texts.py").write_text('ngettext("%(count)s day", "%(count)s days", count)\n')
    plural = 'msgid "%(count)s day"\nmsgid_plural "%(count)s days"\n'
    write(tree, "fr", plural + 'msgstr[0] "%(count)s jour"\nmsgstr[1] "%(count)s jours"\n')
    write(tree, "ar", plural + "".join(f'msgstr[{at}] "{form}"\n' for at, form in enumerate(forms)))
    assert catalogues.main(["--check"]) == int(fault != "")
    assert fault in capsys.readouterr().out
