"""Conditions, publics and exceptions of a record, in plain words."""

from __future__ import annotations

from collections.abc import Callable

from libs.contracts import vocabulary
from libs.contracts.structure import Access, Override, Publics
from libs.web.formatting import day, isolated, listed
from libs.web.language import N_, current_language

Say = Callable[[str], str]
"""Translates a marked message."""

_CONDITIONS: tuple[tuple[str, str, str], ...] = (
    ("unconditional", N_("Open to all, without condition"), N_("Not open to all: there are conditions")),
    ("appointment", N_("By appointment"), N_("Without appointment")),
    ("registration", N_("You must register first"), N_("No need to register")),
    ("referral", N_("A social worker must send you"), N_("You can come by yourself")),
    ("wheelchair", N_("Accessible by wheelchair"), N_("Not accessible by wheelchair")),
    ("animals", N_("Animals are accepted"), N_("Animals are not accepted")),
)

_FEES = {
    "free": N_("Free of charge"),
    "conditional": N_("Free of charge under conditions"),
    "membership": N_("For members, with a subscription"),
    "paid": N_("There is a charge"),
}


def access_words(access: Access, say: Say) -> list[str]:
    """Return the conditions that somebody has said, a phrase each; the note last."""
    phrases = [say(_FEES[access.fee])] if access.fee else []
    for name, yes, no in _CONDITIONS:
        answer: bool | None = getattr(access, name)
        if answer is not None:
            phrases.append(say(yes if answer else no))
    return phrases + ([access.note] if access.note else [])


def publics_words(publics: Publics, say: Say) -> list[str]:
    """Return who is welcome, a phrase each; nothing when nobody has said more than "everybody"."""
    language = current_language()
    known = vocabulary.publics()
    groups = listed(known[code].label(language) for code in publics.groups if code in known)
    phrases: list[str] = []
    if groups and publics.welcome == "exclusive":
        phrases.append(say(N_("Only for: %(groups)s")) % {"groups": groups})
    elif groups and publics.welcome == "preferential":
        phrases.append(say(N_("Everybody is welcome, these people first: %(groups)s")) % {"groups": groups})
    elif groups:
        phrases.append(say(N_("Everybody is welcome, among others: %(groups)s")) % {"groups": groups})
    if ages := _ages(publics, say):
        phrases.append(ages)
    return phrases + ([publics.note] if publics.note else [])


def _ages(publics: Publics, say: Say) -> str | None:
    youngest, oldest = publics.age_min, publics.age_max
    if youngest is not None and oldest is not None:
        return say(N_("From %(youngest)s to %(oldest)s years old")) % {"youngest": youngest, "oldest": oldest}
    if youngest is not None:
        return say(N_("From %(youngest)s years old")) % {"youngest": youngest}
    return None if oldest is None else say(N_("Up to %(oldest)s years old")) % {"oldest": oldest}


def override_words(override: Override, say: Say) -> str:
    """Return an exception as a sentence: « Fermé du lundi 3 août au vendredi 14 août : congés. »."""
    start, end = override.starts_on, override.ends_on
    if override.kind == "message":
        return override.message or ""
    if end is not None and start == end:
        when = say(N_("on %(day)s")) % {"day": day(start)}
    elif end is not None:
        when = say(N_("from %(start)s to %(end)s")) % {"start": day(start), "end": day(end)}
    else:
        when = say(N_("from %(start)s, until further notice")) % {"start": day(start)}
    text = say(N_("Closed %(when)s") if override.kind == "closure" else N_("Other hours %(when)s")) % {"when": when}
    details = ". ".join(part.strip().rstrip(".") for part in (override.reason, override.message) if part)
    return f"{text}. {isolated(f'{details}.')}" if details else f"{text}."
