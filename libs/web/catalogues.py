"""Keeps the catalogues in step with the texts: `python -m libs.web.catalogues [--check]`.

Each of libs, the services and the local mailbox has one catalogue of its own texts a language. Without `--check`, new
texts are entered (untranslated), texts no longer used are removed, and straight apostrophes of translations become
typographic ones; with it, nothing is written: anything missing, untranslated or left over, every translation with other
placeholders than its text, and every straight apostrophe, is listed, and the exit code is 1.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from libs.web.language import LANGUAGES

ROOT = Path(__file__).parents[2]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"N_": None, "translate": (2,)}
OPTIONS = {"jinja2": {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}}
SOURCE = "en"
"""The language that texts are written in, to be translated to the others."""

_NAMED = re.compile(r"%\((\w+)\)s")

APOSTROPHE = "\u2019"
"""How French is set."""


def _catalogues() -> Iterator[tuple[Path, Path]]:
    """Yield each folder of sources with its catalogue."""
    yield ROOT / "libs", ROOT / "libs/web/locale"
    for service in sorted((ROOT / "services").iterdir()):
        if (service / "service.py").exists():
            yield service, service / "locale"
    yield ROOT / "deploy/embedded/mailbox", ROOT / "deploy/embedded/mailbox/locale"


def _extract(folder: Path, language: str) -> Catalog:
    catalog = Catalog(locale=language, header_comment="", charset="utf-8")
    options = {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}
    found = extract_from_dir(folder, METHODS, options, KEYWORDS, comment_tags=("Translators:",))
    for file, _line, message, comments, context in sorted(found, key=lambda entry: entry[:2]):
        # Line numbers would change the catalogue with every edit; the file says enough.
        catalog.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return catalog


def _read(file: Path, language: str) -> Catalog:
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as handle:
        return read_po(handle, locale=language)


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _is_translated(held: Message, message: Message, forms: int) -> bool:
    """Whether what is held of a message says it in full: each of the language's forms, where it depends on a number."""
    strings = _strings(held)
    return len(strings) == (forms if message.pluralizable else 1) and all(strings) and not held.fuzzy


def _is_false(message: Message) -> bool:
    """Whether a translation names something that its text does not give, or leaves out what it gives.

    Forms for one number alone may leave the number out.
    """
    given = [set(_NAMED.findall(text)) for text in ([message.id] if isinstance(message.id, str) else message.id)]
    said = [set(_NAMED.findall(string)) for string in _strings(message)]
    return any(one - set[str]().union(*given) for one in said) or max(said, key=len) != max(given, key=len)


def _is_straight(message: Message) -> bool:
    """Whether a translation has a straight apostrophe: a page shows several catalogues, which must agree."""
    return any("'" in string for string in _strings(message))


def _set(message: Message) -> None:
    """Set the apostrophes of a translation as French is set."""
    curly = [string.replace("'", APOSTROPHE) for string in _strings(message)]
    message.string = tuple(curly) if message.pluralizable else "".join(curly)


def _problems(file: Path, known: Catalog, wanted: Catalog) -> list[str]:
    name = file.relative_to(ROOT)
    found: list[str] = []
    for message in wanted:
        held = known.get(message.id) if message.id else message
        if held is None:
            found.append(f"{name}: missing: {message.id}")
        elif message.id and not _is_translated(held, message, wanted.num_plurals):
            found.append(f"{name}: not translated: {message.id}")
        elif message.id and _is_false(held):
            found.append(f"{name}: not of the same %(names)s: {message.id}")
        elif message.id and _is_straight(held):
            found.append(f"{name}: straight apostrophe, to be {APOSTROPHE}: {message.id}")
    found += [f"{name}: no longer used: {m.id}" for m in known if m.id and wanted.get(m.id) is None]
    return found


def _write(file: Path, known: Catalog, wanted: Catalog) -> None:
    for message in wanted:
        held = known.get(message.id) if message.id else None
        if held is not None:
            message.string = held.string
            _set(message)
            message.flags |= held.flags
    buffer = BytesIO()
    wanted.revision_date = known.revision_date
    write_po(buffer, wanted, width=120, omit_header=False, sort_by_file=False, sort_output=True, no_location=True)
    lines = [line for line in buffer.getvalue().decode().splitlines() if not line.startswith(_VARYING)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


_VARYING = (
    '"Project-Id',
    '"Report-Msgid',
    '"POT-Creation',
    '"PO-Revision',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
    "#, fuzzy",
)
"""Lines of the header that say nothing, or change by themselves."""


def main(arguments: list[str]) -> int:
    """Check or update every catalogue; return the exit code."""
    check = "--check" in arguments
    problems: list[str] = []
    for folder, locale in _catalogues():
        for language in LANGUAGES:
            if language == SOURCE:
                continue
            file = locale / language / "LC_MESSAGES" / "messages.po"
            wanted = _extract(folder, language)
            if not any(message.id for message in wanted) and not file.exists():
                continue
            if not check:
                _write(file, _read(file, language), wanted)
            problems += _problems(file, _read(file, language), wanted)
    sys.stdout.writelines(f"{line}\n" for line in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
