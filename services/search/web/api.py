"""The search API."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libs.contracts import vocabulary
from libs.runtime import Settings
from libs.territories import departments
from libs.web import Problem
from libs.web.documentation import problem
from libs.web.problems import SENTENCES
from services.search.answers import Hit, hit_of
from services.search.asking import LONGEST_PLACE, LONGEST_QUERY, MOST_KILOMETRES, PER_PAGE, Asked, Typed, understand
from services.search.domain.requests import MOST_PER_PAGE
from services.search.finding import Outcome, find
from services.search.web.desk import Desk


class Facets(msgspec.Struct, kw_only=True):
    """How many of all results there are by category and by department; a result counts in each of its categories."""

    category: dict[str, int]
    department: dict[str, int]


class PlaceUnderstood(msgspec.Struct, kw_only=True):
    """A place that some `words` of `q` were read as."""

    words: str
    label: str


class TimeUnderstood(msgspec.Struct, kw_only=True):
    """A time that some `words` of `q` were read as: open at some moment from `start` to `end`."""

    words: str
    start: datetime
    end: datetime


class Understood(msgspec.Struct, kw_only=True):
    """What `q` was taken for. `words` were looked for in the texts, folded.

    `corrections` are words that stand for others like them, `left_out` those that nothing has together with the
    rest; `any_time` says that nothing was known to be open at the time read, `wider` that nothing lay nearer than
    50 km. `hidden` places match and are temporarily closed: `closed` asks for them, too; where nothing else was found
    they are among the results, and `closed` is true.
    """

    words: list[str]
    place: PlaceUnderstood | None
    time: TimeUnderstood | None
    corrections: dict[str, tuple[str, ...]]
    left_out: list[str]
    any_time: bool
    wider: bool
    closed: bool
    hidden: int


class SearchAnswer(msgspec.Struct, kw_only=True):
    """A page of results. `next` is given back as `after` to get the following page, null at the end."""

    hits: list[Hit]
    total: int
    facets: Facets
    next: str | None
    took_ms: float
    understood: Understood


def _described(description: str, **schema: object) -> QueryParameter:
    """Say in the OpenAPI document what a parameter is; `understand` checks it, in sentences."""
    return QueryParameter(description=description, schema_extra={"oneOf": None, "type": "string", **schema})


_CATEGORIES = list(vocabulary.categories())
_FAMILIES = list(vocabulary.families())
_PUBLICS = list(vocabulary.publics())
_DEPARTMENTS = list(departments())


@get(
    "/api/v1/search",
    tags=["search"],
    responses={422: problem("A parameter cannot be read; `errors` says which.")},
)
async def search(
    request: Request[Any, Any, Any],
    *,
    desk: NamedDependency[Desk],
    q: Annotated[
        str | None,
        _described("What is looked for, in words; the last may be unfinished.", maxLength=LONGEST_QUERY),
    ] = None,
    near: Annotated[
        str | None,
        _described("A point to search around, as `latitude,longitude` in degrees.", examples=["48.8566,2.3522"]),
    ] = None,
    place: Annotated[
        str | None,
        _described(
            "A commune or a postcode to search around, or a department or a region; counts only without `near`.",
            maxLength=LONGEST_PLACE,
        ),
    ] = None,
    radius_km: Annotated[
        str | None,
        _described(
            "How far from `near` or `place`. Without it: anywhere from `near`, a circle that suits the `place`.",
            type="number",
            exclusiveMinimum=0,
            maximum=MOST_KILOMETRES,
        ),
    ] = None,
    category: Annotated[
        list[str] | None,
        _described(
            "Codes of categories: results offer at least one.",
            type="array",
            items={"type": "string", "enum": _CATEGORIES},
        ),
    ] = None,
    family: Annotated[
        str | None, _described("The code of a family: results offer one of its categories.", enum=_FAMILIES)
    ] = None,
    public: Annotated[
        list[str] | None,
        _described(
            "Codes of publics: results welcome at least one.", type="array", items={"type": "string", "enum": _PUBLICS}
        ),
    ] = None,
    department: Annotated[str | None, _described("The code of a department.", enum=_DEPARTMENTS)] = None,
    open_now: Annotated[str | None, _described("Only what is open at this moment.", type="boolean")] = None,
    open_at: Annotated[
        str | None,
        _described(
            "Only what is open at this moment of the coming year (ISO 8601; by the clock of Paris unless it says "
            "an offset). The open states of the answer are then those of that moment.",
            examples=["2026-12-24T18:30"],
        ),
    ] = None,
    closed: Annotated[
        str | None, _described("Also what is temporarily closed at the moment asked for.", type="boolean")
    ] = None,
    plain: Annotated[
        str | None,
        _described(
            "What is not to be read among the words of `q`: `place`, `time`, and `spelling`, by which words are taken "
            "for others like them, or left out; several with commas. They are then looked for as they are.",
            examples=["place", "place,time"],
        ),
    ] = None,
    per_page: Annotated[
        str | None,
        _described("Results a page.", type="integer", minimum=1, maximum=MOST_PER_PAGE, default=PER_PAGE),
    ] = None,
    after: Annotated[str | None, _described("The `next` of the page before, of the same search.")] = None,
) -> SearchAnswer:
    """Search the listed structures.

    `q` is read as people type it: telephone numbers, a place (« à Lyon », « repas 75019 »; unless `near`, `place` or
    `department` is given) and a time (« ouvert dimanche », « ce soir »; unless `open_now` is given) are understood,
    and `understood` says how; a town or a postcode alone is looked for like any word. Every other word must match,
    without regard to case, accents and endings; words that nothing matches stand for those they may have been mistyped
    from. Where nothing matches, what is nearest to it is answered: at any time, farther from a place read in `q`,
    without the words that nothing has.

    With a point and no words the nearest come first; with words, the best matches near by. Counts are over all
    results, not only this page. Open states are those of this moment, of `open_at`, or of when a place first is open
    in the time read in `q`: of the services that are asked for, by category, family or in words, where these have
    hours of their own. Hours that say nothing of public holidays count on these as on other days, and `holiday` names
    the day: whoever goes may find the place closed. What is temporarily closed is left out and counted in `understood`,
    unless `closed` asks for it or nothing else matches.
    """
    started = time.perf_counter()
    now = datetime.now(UTC)
    typed = Typed(
        q=q,
        near=near,
        place=place,
        radius_km=radius_km,
        category=category or (),
        family=family,
        public=public or (),
        department=department,
        open_now=open_now,
        open_at=open_at,
        closed=closed,
        plain=plain,
        per_page=per_page,
        after=after,
    )
    asked = understand(typed, now=now, cursors=desk.cursors)
    if asked.errors:
        raise Problem(422, "invalid", SENTENCES[422], errors=asked.errors)
    outcome = await find(desk.engine, asked)
    asked = outcome.asked
    result = outcome.result
    if asked.after is None:
        desk.count(request, asked, outcome, now)
    settings: Settings = request.app.state.settings
    return SearchAnswer(
        hits=[hit_of(found, outcome.moments, settings.public_url, asked.request.needs) for found in result.found],
        total=result.total,
        facets=Facets(category=result.categories, department=result.departments),
        next=desk.cursors.write(result.next, asked.verbatim) if result.next else None,
        took_ms=round((time.perf_counter() - started) * 1_000, 1),
        understood=_understood(asked, outcome),
    )


def _understood(asked: Asked, outcome: Outcome) -> Understood:
    attempt, reading = outcome.attempt, asked.reading
    where = None if attempt.verbatim else reading.where
    when = outcome.when
    return Understood(
        words=list(outcome.request.words),
        place=where and PlaceUnderstood(words=where.words, label=where.place.label),
        time=when and TimeUnderstood(words=when.words, start=when.start, end=when.end),
        corrections=outcome.result.corrections,
        left_out=outcome.left_out,
        any_time=attempt.any_time,
        wider=attempt.wider,
        closed=attempt.closed or asked.verbatim.closed_at is None,
        hidden=outcome.result.hidden,
    )
