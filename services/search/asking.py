"""What somebody typed or chose, read into a search; whatever is wrong is said by parameter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import msgspec

from libs.contracts import vocabulary
from libs.contracts.validation import FieldError
from libs.opening_hours import timezone_of
from libs.territories import departments
from libs.web.language import N_
from services.search.domain.cursors import BadCursor, Cursors
from services.search.domain.requests import MOST_PER_PAGE, Point, Position, SearchRequest
from services.search.domain.text import words_of
from services.search.domain.words import needs_in
from services.search.places import Place, find_place
from services.search.understanding import MOST_WORDS, Reading, with_town
from services.search.understanding import read as read_words
from services.search.understanding.arabic import arabic_read
from services.search.understanding.dates import FARTHEST
from services.search.understanding.numbers import numbers_joined

LONGEST_QUERY = 300
LONGEST_PLACE = 120
MOST_CHOICES = 100
MOST_KILOMETRES = 1_000
PER_PAGE = 20
LATE = timedelta(hours=1)
"""By how much a moment asked for may be over, and stand for now: clocks differ, and pages are kept open."""

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_POINT = re.compile(rf"\s*({_NUMBER})\s*,\s*({_NUMBER})\s*")
_WITH_A_TIME = re.compile("[Tt ]")
"""A day alone would be its midnight, when little is open."""
_DECIMAL = re.compile(r"\d{1,9}(?:[.,]\d{1,6})?")
_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_READ = frozenset({"place", "time", "spelling"})

T = TypeVar("T")


class Typed(msgspec.Struct, kw_only=True, frozen=True):
    """The parameters of a search as they came; empty ones count as not given.

    `closed` asks for what is temporarily closed, too. `plain` names what is not to be read among the words of `q`:
    "place", "time" and, as it is, "spelling"; several with commas. `map` is how pages show the results.
    """

    q: str | None = None
    near: str | None = None
    place: str | None = None
    radius_km: str | None = None
    category: Sequence[str] = ()
    family: str | None = None
    public: Sequence[str] = ()
    department: str | None = None
    open_now: str | None = None
    open_at: str | None = None
    closed: str | None = None
    plain: str | None = None
    map: str | None = None
    per_page: str | None = None
    after: str | None = None


class Asked(msgspec.Struct, kw_only=True, frozen=True):
    """A search as it was understood. `errors` tell what was not, and was left out of `request`.

    `reading` is what the words were taken for; in `verbatim` all of them are to be looked for. `after` is where the
    page asked for begins. `moment` is when places are to be open, else now.
    """

    typed: Typed
    request: SearchRequest
    verbatim: SearchRequest
    after: Position | None
    reading: Reading
    place: Place | None
    moment: datetime
    errors: tuple[FieldError, ...]


def shown(text: str | None) -> str:
    """Return what somebody typed without characters that cannot be seen, fit to be shown again."""
    return "".join(c for c in text or "" if unicodedata.category(c)[0] != "C")


def understand(typed: Typed, *, now: datetime, cursors: Cursors, around: float | None = None) -> Asked:
    """Read a search; `open_now` means at `now` (aware), and `near` within `around` metres unless it is said.

    `place` counts only without `near`, `open_now` only without `open_at`.
    """
    errors: list[FieldError] = []
    now = now.replace(second=0, microsecond=0)  # hours begin and end on whole minutes

    def read(name: str, reader: Callable[[str], T], default: T) -> T:
        text = (getattr(typed, name) or "").strip()
        if not text:
            return default
        try:
            return reader(text)
        except _Wrong as wrong:
            errors.append(FieldError(field=name, message=wrong.message, parameters=wrong.parameters))
            return default

    near = read("near", _near, None)
    place = read("place", _place, None) if near is None else None
    radius = read("radius_km", _radius, around if near else None)
    if place is not None:
        near = place.centre
        radius = radius or place.radius
    text = arabic_read(read("q", _text, ""))
    plain = read("plain", _plain, frozenset[str]())
    reading = read_words(
        text,
        now,
        with_place="place" not in plain and near is None and place is None and not typed.department,
        with_time="time" not in plain and not typed.open_now and not typed.open_at,
    )
    open_now = read("open_now", _yes, default=False)
    open_at = read("open_at", partial(_moment, now=now), now if open_now else None)
    categories = _codes("category", typed.category, vocabulary.categories(), errors)
    family = read("family", _family, ())
    chosen = tuple(code for code in categories if not family or code in family) or categories or family
    verbatim = SearchRequest(
        words=tuple(words_of(numbers_joined(text))[:MOST_WORDS]),
        exact="spelling" in plain,
        near=near,
        radius=radius,
        categories=categories,
        family=family,
        needs=chosen or needs_in(reading.words),
        publics=_codes("public", typed.public, vocabulary.publics(), errors),
        departments=read("department", _department, place.departments if place else ()),
        open_at=open_at,
        asked_at=now,
        closed_at=None if read("closed", _yes, default=False) else open_at or now,
        per_page=read("per_page", _per_page, PER_PAGE),
    )
    position = None
    if after := (typed.after or "").strip():
        try:
            position = cursors.read(after, verbatim)
        except BadCursor:
            message = N_("This cursor is not one that we gave for this search. Start again without it.")
            errors.append(FieldError(field="after", message=message))
    return Asked(
        typed=typed,
        request=_as_read(verbatim, reading),
        verbatim=verbatim,
        after=position,
        reading=reading,
        place=place or (reading.where and reading.where.place),
        moment=open_at or now,
        errors=tuple(errors),
    )


def asked_of_a_town(asked: Asked) -> Asked | None:
    """Return a search in which words are taken for a slip in the name of a town, if there are any that may be."""
    reading = None if asked.verbatim.exact else with_town(asked.reading)
    if reading is None or reading.where is None:
        return None
    request = _as_read(asked.verbatim, reading)
    return msgspec.structs.replace(asked, reading=reading, request=request, place=reading.where.place)


def _as_read(verbatim: SearchRequest, reading: Reading) -> SearchRequest:
    request = msgspec.structs.replace(verbatim, words=reading.words)
    if reading.where:
        place = reading.where.place
        request = msgspec.structs.replace(
            request,
            hints=tuple(words_of(reading.where.words)),
            near=place.centre,
            radius=verbatim.radius or place.radius,
            departments=place.departments,
        )
    if reading.when:
        request = msgspec.structs.replace(request, open_at=reading.when.start, open_until=reading.when.end)
        if request.closed_at:
            request = msgspec.structs.replace(request, closed_at=reading.when.start)
    return request


class _Wrong(Exception):  # noqa: N818 -- a finding about what was typed
    def __init__(self, message: str, **parameters: Any) -> None:
        self.message = message
        self.parameters = parameters


def _text(text: str) -> str:
    if len(text) > LONGEST_QUERY:
        message = N_("This is too long to search for: %(length)s characters, and the most is %(longest)s.")
        raise _Wrong(message, length=len(text), longest=LONGEST_QUERY)
    return text


def _plain(text: str) -> frozenset[str]:
    named = frozenset(part.strip() for part in text.split(","))
    if not named <= _READ:
        raise _Wrong(N_("Write place, time or spelling, several with commas."))
    return named


def _near(text: str) -> Point | None:
    match = _POINT.fullmatch(text)
    point = Point(float(match[1]), float(match[2])) if match else None
    if point is None or abs(point.latitude) > 90 or abs(point.longitude) > 180:
        raise _Wrong(N_("Write a point as latitude, longitude in degrees, such as 48.8566,2.3522."))
    return point


def _place(text: str) -> Place | None:
    found = find_place(arabic_read(shown(text))) if len(text) <= LONGEST_PLACE else None
    if found is None:
        message = N_("We know no town, postcode, department or region called “%(place)s”. Check how it is written.")
        raise _Wrong(message, place=shown(text)[:80])
    return found


def _radius(text: str) -> float | None:
    kilometres = float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else 0
    if not 0 < kilometres <= MOST_KILOMETRES:
        message = N_("Write a distance in kilometres: more than 0, and %(most)s at most.")
        raise _Wrong(message, most=MOST_KILOMETRES)
    return kilometres * 1_000


def _family(text: str) -> tuple[str, ...]:
    if text not in vocabulary.families():
        raise _Wrong(N_("This family of services is not in the list: “%(code)s”."), code=shown(text)[:80])
    return tuple(code for code, category in vocabulary.categories().items() if category.family == text)


def _department(text: str) -> tuple[str, ...]:
    code = text.upper()
    if code not in departments():
        raise _Wrong(N_("There is no department with the code “%(code)s”."), code=shown(text)[:80])
    return (code,)


def _yes(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise _Wrong(N_("Write true or false."))
    return text.lower() in _YES


def moment_in(text: str) -> datetime | None:
    """Read an ISO 8601 moment to the minute, by the clock of Paris unless it says an offset; None for what is none."""
    try:
        moment = datetime.fromisoformat(text.strip() if _WITH_A_TIME.search(text.strip()) else "")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone_of(None))
        moment.astimezone(timezone_of(None))  # at the end of all years one clock shows it, another does not
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError):
        return None


def _moment(text: str, *, now: datetime) -> datetime:
    """Read a moment from `now` on."""
    moment = moment_in(text)
    if moment is None:
        raise _Wrong(N_("Write a moment such as 2026-12-24T18:30."))
    if not now - LATE <= moment <= now + FARTHEST:
        raise _Wrong(N_("Choose a moment of the coming year."))
    return max(moment, now)


def _per_page(text: str) -> int:
    number = int(text) if re.fullmatch(r"[0-9]{1,6}", text) else 0
    if not 1 <= number <= MOST_PER_PAGE:
        raise _Wrong(N_("Ask for 1 to %(most)s results a page."), most=MOST_PER_PAGE)
    return number


def _codes(name: str, codes: Sequence[str], known: dict[str, T], errors: list[FieldError]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(code.strip() for code in codes if code.strip()))
    unknown = next((code for code in chosen if code not in known), None)
    if unknown is not None or len(chosen) > MOST_CHOICES:
        messages = {
            "category": N_("This kind of service is not in the list: “%(code)s”."),
            "public": N_("This public is not in the list: “%(code)s”."),
        }
        parameters = {"code": shown(unknown)[:80]}
        errors.append(FieldError(field=name, message=messages[name], parameters=parameters))
        return tuple(code for code in chosen if code in known)
    return chosen
