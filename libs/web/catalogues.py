"""Keeps the catalogues in step with the texts: `python -m libs.web.catalogues [--check]`.

Each of libs, the services and the local mailbox has one catalogue of its own texts. Without `--check`, new texts are
entered (untranslated), texts no longer used are removed, and straight apostrophes of translations become typographic
ones; with it, nothing is written: anything missing, untranslated or left over, and every straight apostrophe, is
listed, and the exit code is 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"N_": None, "translate": (2,)}
OPTIONS = {"jinja2": {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}}
LANGUAGE = "fr"
"""The language that texts are translated to; they are written in English."""

APOSTROPHE = "\u2019"
"""How French is set."""


def _catalogues() -> Iterator[tuple[Path, Path]]:
    """Yield each folder of sources with its catalogue."""
    yield ROOT / "libs", ROOT / "libs/web/locale"
    for service in sorted((ROOT / "services").iterdir()):
        if (service / "service.py").exists():
            yield service, service / "locale"
    yield ROOT / "deploy/embedded/mailbox", ROOT / "deploy/embedded/mailbox/locale"


def _extract(folder: Path) -> Catalog:
    catalog = Catalog(locale=LANGUAGE, header_comment="", charset="utf-8")
    options = {pattern: OPTIONS.get(method, {}) for pattern, method in METHODS}
    found = extract_from_dir(folder, METHODS, options, KEYWORDS, comment_tags=("Translators:",))
    for file, _line, message, comments, context in sorted(found, key=lambda entry: entry[:2]):
        # Line numbers would change the catalogue with every edit; the file says enough.
        catalog.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return catalog


def _strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def _is_translated(message: Message) -> bool:
    strings = _strings(message)
    return bool(strings) and all(strings) and not message.fuzzy


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
        elif message.id and not _is_translated(held):
            found.append(f"{name}: not translated: {message.id}")
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
        file = locale / LANGUAGE / "LC_MESSAGES" / "messages.po"
        wanted = _extract(folder)
        if not any(message.id for message in wanted) and not file.exists():
            continue
        if file.exists():
            with file.open("rb") as handle:
                known = read_po(handle, locale=LANGUAGE)
        else:
            known = Catalog(locale=LANGUAGE)
        if not check:
            _write(file, known, wanted)
            with file.open("rb") as handle:
                known = read_po(handle, locale=LANGUAGE)
        problems += _problems(file, known, wanted)
    sys.stdout.writelines(f"{line}\n" for line in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
