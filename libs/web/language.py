"""Which language to speak, and the words in it: gettext catalogues read from .po files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from gettext import c2py
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from litestar import Request
from markupsafe import Markup

NAMES = {"fr": "Français", "en": "English", "ar": "العربية"}
"""What each language calls itself, in the order in which they are offered."""

LANGUAGES = tuple(NAMES)
RIGHT_TO_LEFT = frozenset({"ar"})
DEFAULT = "fr"
COOKIE = "lang"

_current: ContextVar[str] = ContextVar("language", default=DEFAULT)


def N_(message: str) -> str:  # noqa: N802 -- gettext's customary name
    """Mark a message for extraction into the catalogues, to be translated where it is shown."""
    return message


def language_of(request: Request[Any, Any, Any]) -> str:
    """Return the language to answer in: `?lang=`, else the cookie, else what the browser asks, else French."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return wish
    wishes: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wishes, key=lambda wish: wish[0]) if tag in LANGUAGES), DEFAULT)


def current_language() -> str:
    """Return the language of the request being answered."""
    return _current.get()


def speak(language: str) -> None:
    """Set the language of what is said from here on in this task."""
    _current.set(language)


def direction() -> str:
    """Return which way the current language is written, as HTML's `dir` says it."""
    return "rtl" if current_language() in RIGHT_TO_LEFT else "ltr"


def in_french() -> Markup:
    """Return the attributes of an element that holds what places say of themselves, which is French.

    A screen reader must know it where the page is not, and its punctuation must not turn around.
    """
    return Markup("") if current_language() == "fr" else Markup(' lang="fr" dir="auto"')


class Catalogues:
    """The translations of several folders, each holding `<language>/LC_MESSAGES/messages.po`.

    Source texts are English; a text without translation is shown in English.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._texts: dict[str, dict[str, str | tuple[str, ...]]] = {language: {} for language in LANGUAGES}
        self._forms: dict[str, Callable[[int], int]] = {}
        for language in LANGUAGES:
            self._forms[language] = c2py(Catalog(locale=language).plural_expr)
            for folder in reversed(folders):
                file = folder / language / "LC_MESSAGES" / "messages.po"
                if file.is_file():
                    self._texts[language] |= self._read(file, language)

    @staticmethod
    def _read(file: Path, language: str) -> dict[str, str | tuple[str, ...]]:
        texts: dict[str, str | tuple[str, ...]] = {}
        with file.open("rb") as handle:
            for message in read_po(handle, locale=language):
                if message.id and message.string and not message.fuzzy:
                    source = message.id if isinstance(message.id, str) else message.id[0]
                    texts[source] = message.string if isinstance(message.string, str) else tuple(message.string)
        return texts

    def gettext(self, message: str) -> str:
        """Return `message` in the current language."""
        found = self._texts[current_language()].get(message)
        return message if found is None else found if isinstance(found, str) else found[0]

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form of a message for `count`, in the current language (French has two, Arabic six)."""
        language = current_language()
        found = self._texts[language].get(one)
        if isinstance(found, tuple):
            return found[self._forms[language](count)]
        return one if count == 1 else many
