"""Sentences in the language of who asks, and the choices that forms offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from litestar import Request

from libs.contracts import vocabulary
from libs.contracts.structure import StructureContent
from libs.contracts.validation import N_, FieldError
from libs.web.language import current_language, language_of, speak
from libs.web.pages import translate
from services.contributions.web.form import Form, Values
from services.contributions.web.form.values import THREE_WAY, field_of
from services.contributions.web.showing import CONDITIONS, FEES, WEEKDAYS, WELCOMES, Say, language_name

LANGUAGES = ("fr", "en", "ar", "es", "pt", "it", "de", "ro", "ru", "uk", "tr", "fa", "ps", "bn", "ta", "zh", "wo", "so")
"""Languages that forms offer: those most spoken by people who come to places of help in France."""


def speaker(request: Request[Any, Any, Any]) -> Say:
    """Return what puts messages in the language of who asks, and speak it from here on."""
    speak(language_of(request))

    def say(message: str, **parameters: Any) -> str:
        return translate(request, message, parameters)

    return say


def form_with(values: Values, errors: Iterable[FieldError], say: Say) -> Form:
    """Return a form sent back: what was typed, with a sentence beside each field that needs one."""
    found: dict[str, str] = {}
    others: list[str] = []
    for error in errors:
        sentence = say(error.message, **error.parameters)
        name = error.field if _is_field(error.field) else field_of(error)
        if name is None:
            others.append(sentence)
        else:
            found.setdefault(name, sentence)
    return Form(values, found, tuple(dict.fromkeys(others)))


def _is_field(name: str) -> bool:
    """Whether an error names the form's field itself, as what reads the form does."""
    return "." not in name and (
        name.startswith(("hours", "closure")) or name in {"position", "category", "city", "trap"}
    )


def choices(content: StructureContent | None, say: Say) -> Mapping[str, Any]:
    """Return the choices of the form's fields: families with their categories, publics, languages, conditions."""
    language = current_language()
    spoken = dict.fromkeys([*LANGUAGES, *(content.languages if content else ())])
    return {
        "families": [
            (
                family.code,
                family.label(language),
                [
                    (category.code, category.label(language))
                    for category in vocabulary.categories().values()
                    if category.family == family.code
                ],
            )
            for family in vocabulary.families().values()
        ],
        "publics": [(public.code, public.label(language)) for public in vocabulary.publics().values()],
        "languages": sorted(((code, language_name(code)) for code in spoken), key=lambda pair: pair[0] != "fr"),
        "welcomes": _said(WELCOMES, say),
        "fees": _said(FEES, say),
        "conditions": [(name, say(CONDITIONS[name][0])) for name in THREE_WAY],
        "yes_no": [("yes", say(N_("Yes"))), ("no", say(N_("No")))],
        "weekdays": [say(name) for name in WEEKDAYS],
    }


def _said(words: Mapping[str, str], say: Say) -> Sequence[tuple[str, str]]:
    return [(code, say(message)) for code, message in words.items()]
