"""From what was asked to what is shown: when a search as it was read finds nothing, others that are near to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

import msgspec

from services.search.asking import Asked, asked_of_a_town
from services.search.domain.requests import Attempt, Position, SearchRequest, SearchResult
from services.search.domain.words import is_offered
from services.search.engines import Engine
from services.search.understanding import When

WIDER = 50_000.0
"""How far is looked, in metres, when nothing is found around a place that was read among the words."""

MOST_TRIED = 6
"""Words of which it is tried whether something has them; each is a search."""


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """What was found, and by which attempt at the search, `asked` as it was read for it."""

    asked: Asked
    result: SearchResult
    attempt: Attempt
    request: SearchRequest

    @property
    def when(self) -> When | None:
        """The time that words were read as, unless it was given up."""
        return None if self.attempt.verbatim or self.attempt.any_time else self.asked.reading.when

    @property
    def left_out(self) -> list[str]:
        """The words that were given up."""
        return [self.asked.reading.words[at] for at in self.attempt.left_out]

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """The first and the last moment for which places are looked for; what is shown of them is of these."""
        first = self.request.open_at or self.asked.moment
        return first, self.request.last_moment or first


def department_of(asked: Asked, outcome: Outcome) -> str | None:
    """Return the department that was named, or that of the commune named, or of the first result near a point."""
    if departments := asked.request.departments:
        return departments[0] if len(departments) == 1 else None
    if asked.place and asked.place.clock:
        return asked.place.clock
    first = next(iter(outcome.result.found), None) if asked.request.near else None
    return first.card.department if first else None


async def find(engine: Engine, asked: Asked) -> Outcome:
    """Search as asked; when that finds nothing, by what is nearest to it. A further page goes on as the first did."""
    if asked.after is not None:
        attempt = asked.after.attempt
        asked = (attempt.town and asked_of_a_town(asked)) or asked
        return await _found(engine, asked, attempt, asked.after)
    first: Outcome | None = None
    async for attempt in _attempts(engine, asked):
        if attempt.closed and first and not first.result.hidden:
            continue
        outcome = await _found(engine, asked, attempt)
        if first is None and (town := _town_in_doubt(outcome)):
            other = await find(engine, town)
            if other.result.total or not outcome.result.total:
                return _of_town(other)
        # Words that were not read as a place are most likely part of a name; not so when they must be bent for it.
        if outcome.result.total and not (attempt.verbatim and outcome.result.corrections):
            return outcome
        first = first or outcome
    assert first is not None  # noqa: S101 -- there is one attempt at least
    return first


def _town_in_doubt(outcome: Outcome) -> Asked | None:
    """Return the search of a town whose name was misspelt, if the words that may be it found nothing as they are."""
    result = outcome.result
    town = asked_of_a_town(outcome.asked) if result.corrections or not result.total else None
    if town is None or not result.total:
        return town
    words = set(outcome.asked.reading.words) - set(town.reading.words)
    return None if words.isdisjoint(result.corrections) else town


def _of_town(outcome: Outcome) -> Outcome:
    attempt = msgspec.structs.replace(outcome.attempt, town=True)
    return msgspec.structs.replace(outcome, attempt=attempt, result=_continued(outcome.result, attempt))


async def _found(engine: Engine, asked: Asked, attempt: Attempt, after: Position | None = None) -> Outcome:
    request = msgspec.structs.replace(_request(asked, attempt), after=after)
    result = _continued(await engine.search(request), attempt)
    return Outcome(asked=asked, result=result, attempt=attempt, request=request)


def _continued(result: SearchResult, attempt: Attempt) -> SearchResult:
    """Return a page whose next one is of the same attempt."""
    if result.next is None:
        return result
    return msgspec.structs.replace(result, next=msgspec.structs.replace(result.next, attempt=attempt))


async def _attempts(engine: Engine, asked: Asked) -> AsyncIterator[Attempt]:
    yield Attempt()
    if asked.request.closed_at and asked.request.open_at is None:
        yield Attempt(closed=True)
    words, place, time = asked.reading.words, asked.reading.where, asked.reading.when
    if words and (time or (place and not place.is_sure)):
        yield Attempt(verbatim=True)
    any_time = bool(time)
    if any_time:
        yield Attempt(any_time=True)
    # Whoever says how far wants nothing from farther.
    around = place is not None and place.place.centre is not None and asked.verbatim.radius is None
    if place and not asked.verbatim.exact:
        yield Attempt(any_time=any_time, tolerant=True)
    if around:
        yield Attempt(any_time=any_time, wider=True)
    if len(words) > 1 and not asked.verbatim.exact:
        for wider in (False, True) if around else (False,):
            left_out = await _needless(engine, asked, Attempt(any_time=any_time, wider=wider))
            kept = [word for at, word in enumerate(words) if at not in left_out]
            # What has only the other words is no answer to a need.
            if kept and (any(map(is_offered, kept)) or not any(map(is_offered, words))):
                yield Attempt(any_time=any_time, wider=wider, left_out=left_out)


async def _needless(engine: Engine, asked: Asked, attempt: Attempt) -> tuple[int, ...]:
    """Return which words to leave out so that those that are left, the telling ones first, find something."""
    words = asked.reading.words

    def telling(at: int) -> tuple[int, int]:
        if is_offered(words[at]):
            return 0, -len(words[at])
        # The last may be unfinished, and then stands for many.
        return (2 if at == len(words) - 1 else 1), -len(words[at])

    order = sorted(range(len(words)), key=telling)
    left_out = set(order)
    for at in order[:MOST_TRIED]:
        tried = msgspec.structs.replace(attempt, left_out=tuple(sorted(left_out - {at})))
        request = msgspec.structs.replace(_request(asked, tried), per_page=1)
        if (await engine.search(request)).total:
            left_out.remove(at)
    return tuple(sorted(left_out))


def _request(asked: Asked, attempt: Attempt) -> SearchRequest:
    """Return the request of an attempt."""
    request = asked.verbatim if attempt.verbatim else asked.request
    if attempt.any_time:
        request = msgspec.structs.replace(request, open_at=asked.verbatim.open_at, open_until=None)
    if attempt.tolerant:
        request = msgspec.structs.replace(request, tolerant=True)
    if attempt.wider:
        request = msgspec.structs.replace(request, radius=WIDER)
    if attempt.closed:
        request = msgspec.structs.replace(request, closed_at=None)
    if attempt.left_out:
        words = tuple(word for at, word in enumerate(request.words) if at not in attempt.left_out)
        request = msgspec.structs.replace(request, words=words)
    return request
