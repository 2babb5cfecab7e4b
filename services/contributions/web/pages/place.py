"""The form of a place on a page: its parts, with what the record says there now, and the choices they offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from libs.contracts import vocabulary
from libs.contracts.structure import Override, StructureContent
from libs.contracts.validation import N_
from libs.web.formatting import PARIS, isolated
from libs.web.language import current_language
from services.contributions.web.form import Form
from services.contributions.web.form.filling import internal_boxes
from services.contributions.web.form.parts import PARTS, THREE_WAY
from services.contributions.web.showing import (
    CONDITIONS,
    FEES,
    WEEKDAYS,
    WELCOMES,
    Say,
    address_line,
    hours_words,
    language_name,
    override_words,
    said,
    service_names,
    week_of,
)

LANGUAGES = ("fr", "en", "ar", "es", "pt", "it", "de", "ro", "ru", "uk", "tr", "fa", "ps", "bn", "ta", "zh", "wo", "so")
"""Languages that forms offer: those most spoken by people who come to places of help in France."""

NEEDED = {"nom", "services", "adresse"}
"""The parts that a new place cannot do without."""

_JOINT = " · "
_NOTHING = StructureContent(name="")


class Part(NamedTuple):
    """A part as its summary line shows it. `mark` says that it was changed or is to be corrected, `tone` which."""

    title: str
    value: str
    is_open: bool
    mark: str | None = None
    tone: str = "accent"


def place_form(form: Form, content: StructureContent | None, say: Say) -> dict[str, Any]:
    """Return what pages need to show the form of a place; `content` is what the record says, None for a new place."""
    return {
        "form": form,
        "parts": {code: _part(code, form, content, say) for code in PARTS},
        "choices": _choices(content, say),
        "hours_in_words": _hours_beside_week(content, say),
        "internal": _internal(content, say),
        "announced": [(item.id, override_words(item, say)) for item in _announced(content)],
    }


def _internal(content: StructureContent | None, say: Say) -> list[tuple[str, str]]:
    """Return the boxes of the contacts that are not published, each with its words."""
    boxes = internal_boxes(content) if content else {}
    alone = {value: msgspec.structs.replace(_NOTHING, **{field: (item,)}) for value, (field, item) in boxes.items()}
    return [(value, said(alone[value], field, say)) for value, (field, _) in boxes.items()]


def _part(code: str, form: Form, content: StructureContent | None, say: Say) -> Part:
    title, words = _SUMMARIES[code]
    edited, wrong = form.is_edited(code), form.is_wrong(code)
    if content is None:
        value = "" if code in NEEDED else say(N_("optional"))
    else:
        value = words(content, say) or say(N_("Nothing is known yet"))
    is_open = wrong or edited or (content is None and code in NEEDED)
    if wrong:
        return Part(say(title), value, is_open, mark=say(N_("To correct")), tone="temporary")
    return Part(say(title), value, is_open, mark=say(N_("Changed")) if edited and content else None)


def _announced(content: StructureContent | None) -> list[Override]:
    """Return the closures and messages that are not over."""
    today = datetime.now(PARIS).date()
    return [item for item in (content.overrides if content else ()) if (item.ends_on or date.max) >= today]


def _closure(content: StructureContent, say: Say) -> str:
    if content.status == "closed":
        return said(content, "status", say)
    return _JOINT.join(override_words(item, say) for item in _announced(content)) or say(N_("No closure announced"))


def _joined(*fields: str) -> Callable[[StructureContent, Say], str]:
    return lambda content, say: _JOINT.join(filter(None, (said(content, field, say) for field in fields)))


def _hours(content: StructureContent, say: Say) -> str:
    words = hours_words(content.opening_hours, say) if content.opening_hours else ""
    words = _JOINT.join(filter(None, (words, isolated(content.opening_hours_note or ""))))
    return words[:1].upper() + words[1:]


_SUMMARIES: dict[str, tuple[str, Callable[[StructureContent, Say], str]]] = {
    "fermeture": (N_("Closure"), _closure),
    "nom": (N_("Name and description"), _joined("name", "description")),
    "services": (N_("What one finds there"), lambda content, _: service_names(content.services)),
    "adresse": (N_("Address"), lambda content, _: address_line(content.address)),
    "contact": (N_("Telephone, e-mail, website"), _joined("phones", "emails", "websites")),
    "horaires": (N_("Opening hours"), _hours),
    "conditions": (N_("Conditions of access"), _joined("access")),
    "publics": (N_("Who is welcome, languages"), _joined("publics", "languages")),
}


def _hours_beside_week(content: StructureContent | None, say: Say) -> str | None:
    """Return hours that the week of the form cannot hold, in words, to be shown beside it."""
    if content is None or content.opening_hours is None or week_of(content.opening_hours, say) is not None:
        return None
    return hours_words(content.opening_hours, say)


def _choices(content: StructureContent | None, say: Say) -> Mapping[str, Any]:
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
