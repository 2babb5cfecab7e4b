"""What the page of results shows of a search, and the addresses that change it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec
from litestar.datastructures import ImmutableMultiDict, MultiDict

from libs.contracts import vocabulary
from libs.contracts.freshness import Freshness, freshness_of
from libs.contracts.structure import Override
from libs.opening_hours import OpenState, timezone_of
from libs.web.directions import directions_to
from services.search.answers import current_overrides, services_of, state_during, state_of
from services.search.asking import Asked, Typed, moment_in, shown
from services.search.domain.documents import Card, Coordinates
from services.search.domain.requests import Attempt, Found

RESULTS = "/recherche"

NARROWING = ("family", "category", "public", "department", "open_now", "open_at", "closed", "radius_km")
"""The parameters that narrow a search, or widen it again, besides its words and its place."""

ANNOUNCED = timedelta(days=14)
"""How long before it begins a closure is announced on cards."""


class Shown(msgspec.Struct, kw_only=True, frozen=True):
    """A result as its card shows it.

    `state` is that of the services of the categories in `about`, or of the place when there are none. `coming` is a
    closure that begins soon; `closures` are services that are closed for a while, by category, when others are not.
    """

    card: Card
    state: OpenState
    about: tuple[str, ...]
    closures: tuple[tuple[str, OpenState], ...]
    distance: float | None
    family: str | None
    where: str
    coming: Override | None
    freshness: Freshness

    @property
    def href(self) -> str:
        return f"/structures/{self.card.slug}"

    @property
    def directions(self) -> str | None:
        """A map that leads there, when one point is known to be the door: not the town's, not one of several stops."""
        card = self.card
        if card.latitude is None or card.longitude is None or card.approximate or card.stops:
            return None
        return directions_to(card.latitude, card.longitude)

    @property
    def points(self) -> tuple[Coordinates, ...]:
        """Where it is on a map: at one point, at each of its stops, or nowhere that is known."""
        card = self.card
        if card.stops or card.latitude is None or card.longitude is None:
            return card.stops
        return ((card.latitude, card.longitude),)

    @property
    def message(self) -> str | None:
        """What the place wants to be known today, and why it is closed."""
        reason = self.state.reason if self.state.state == "temporarily_closed" else None
        return "\n".join(filter(None, [reason, self.state.message])) or None


class Change(msgspec.Struct, frozen=True):
    """The same search with something changed: a part of it that goes (`name`, `value`)."""

    name: str
    value: str
    href: str


def shown_of(found: Found, moments: tuple[datetime, datetime], needs: Sequence[str] = ()) -> Shown:
    """Return a result as its card shows it for `moments` (see `state_during`) to who needs services of categories."""
    card = found.card
    now = moments[0]
    state = state_during(card, moments, needs)
    about = card.needed(needs)
    known = vocabulary.categories()
    today = now.astimezone(timezone_of(card.department)).date()
    coming = [
        one
        for one in current_overrides(card, now)
        if one.kind == "closure" and today < one.starts_on <= today + ANNOUNCED
    ]
    return Shown(
        card=card,
        state=state,
        about=_said_of(card, moments, about, state),
        closures=tuple(_closures(card, now, about)) if state.state != "temporarily_closed" else (),
        distance=found.distance,
        family=next((known[code].family for code in card.categories if code in known), None),
        where=", ".join(filter(None, [card.street, card.city or card.postcode])),
        coming=min(coming, key=lambda one: one.starts_on, default=None),
        freshness=freshness_of(card, now),
    )


def _said_of(
    card: Card, moments: tuple[datetime, datetime], needed: Sequence[str], state: OpenState
) -> tuple[str, ...]:
    """Return which of the services needed a state is of; nothing when all are there while the place is open."""
    if not set(needed) & set(services_of(card)):
        return ()
    return tuple(code for code in needed if state_during(card, moments, (code,)) == state)


def _closures(card: Card, now: datetime, about: Sequence[str]) -> Iterator[tuple[str, OpenState]]:
    for code in services_of(card):
        if not about or code in about:
            state = state_of(card, now, (code,))
            if state.state == "temporarily_closed":
                yield code, state


def typed_of(query: MultiDict[str] | ImmutableMultiDict[str]) -> Typed:
    """Return the parameters of a search in the query of an address, as they are.

    Of those that may be several, one may hold them all, with commas: the choice of a form that keeps what was chosen.
    """
    several = {
        name: tuple(code for text in query.getall(name, []) for code in text.split(","))
        for name in ("category", "public")
    }
    single = {name: query.get(name) for name in Typed.__struct_fields__ if name not in several}
    return msgspec.convert({**single, **several}, Typed)


def address_of(typed: Typed, **changes: str | None) -> str:
    """Return the lasting address of a search, with single parameters changed (None leaves one out)."""
    return _address(pair for pair in _pairs(typed, changes))


def choices_of(asked: Asked) -> list[Change]:
    """Return what narrows a search besides words and place, each with the address of the search without it."""
    typed = asked.typed
    pairs = list(_pairs(typed, {"after": None}))
    left_out = {error.field for error in asked.errors} - {"category", "public"}  # of which others may be read
    if not asked.request.near:
        left_out.add("radius_km")
    if asked.typed.open_at and "open_at" not in left_out:
        left_out.add("open_now")
    narrowing = [(name, value) for name in NARROWING if name not in left_out for one, value in pairs if one == name]
    return [Change(name, value, _address(pair for pair in pairs if pair != (name, value))) for name, value in narrowing]


def moment_field(asked: Asked) -> tuple[str, str]:
    """Return the type and the value of the field with the moment asked for: by the clock of Paris, to the minute.

    What is no moment stands there as it came, for no other field would show it.
    """
    typed = asked.typed.open_at or ""
    moment = moment_in(typed)
    if moment is None:
        return ("text" if typed.strip() else "datetime-local"), typed
    is_read = all(error.field != "open_at" for error in asked.errors)
    local = (asked.moment if is_read else moment).astimezone(timezone_of(None))
    return "datetime-local", local.strftime("%Y-%m-%dT%H:%M")


def place_counts(asked: Asked, attempt: Attempt) -> bool:
    """Whether the place asked for is where was searched: one read among the words may have been given up."""
    return not (attempt.verbatim and asked.reading.where)


def understood_in(asked: Asked, attempt: Attempt, corrections: Collection[str]) -> list[Change]:
    """Return what words were read as a place, a time, or slips, each with the address that has them looked for as is.

    `corrections` are the words that were taken for others.
    """
    plain = [part for part in (asked.typed.plain or "").split(",") if part]

    def undone(name: str) -> str:
        return address_of(asked.typed, plain=",".join([*plain, name]), after=None)

    found: list[Change] = []
    if asked.reading.where and not attempt.verbatim:
        found.append(Change("place", asked.reading.where.words, undone("place")))
    if asked.reading.when and not attempt.verbatim and not attempt.any_time:
        found.append(Change("time", asked.reading.when.words, undone("time")))
    found += [Change("spelling", word, undone("spelling")) for word in corrections]
    return found


def fewer_words(asked: Asked) -> list[Change]:
    """Return the searches that leave out one of several words, each named by it."""
    words = shown(asked.typed.q).split()
    if not 2 <= len(words) <= 6:
        return []
    return [
        Change("q", word, address_of(asked.typed, q=" ".join(words[:at] + words[at + 1 :]), after=None))
        for at, word in enumerate(words)
        if len(word) > 3
    ]


def _pairs(typed: Typed, changes: dict[str, str | None]) -> Iterable[tuple[str, str]]:
    for name in Typed.__struct_fields__:
        value = changes[name] if name in changes else getattr(typed, name)
        for one in (value,) if isinstance(value, str) else value or ():
            if one.strip():
                yield name, one


def _address(pairs: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(pairs))
    return f"{RESULTS}?{query}" if query else RESULTS
