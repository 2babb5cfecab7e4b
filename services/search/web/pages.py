"""The public pages: home, results, and what is said to robots."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from libs.contracts import vocabulary
from libs.runtime import Settings
from libs.territories import departments
from libs.web import Page, page
from libs.web.announcements import ShownAnnouncement, unread
from libs.web.counting import is_read
from libs.web.pages import translate
from services.search.announcements.board import Board
from services.search.asking import Asked, Typed, understand
from services.search.domain.cursors import Cursors
from services.search.domain.requests import SearchRequest, SearchResult
from services.search.domain.text import fold
from services.search.engines import Engine
from services.search.finding import department_of, find
from services.search.helplines import helplines_for
from services.search.web.desk import Desk
from services.search.web.map import headers_of_map, is_mapped, only_map_changed
from services.search.web.onwards import around, finding, ways_of
from services.search.web.results import (
    NARROWING,
    RESULTS,
    Change,
    address_of,
    choices_of,
    fewer_words,
    moment_field,
    place_counts,
    shown_of,
    typed_of,
    understood_in,
)

RADII = ("1", "2", "5", "10", "20", "50", "100")
NEAREST = 3
AROUND = 20_000.0
"""How far « around me » reaches, in metres, until one says otherwise."""


class Overview:
    """How many structures there are in all, for the home page: counted at most once a minute."""

    FRESH = 60.0

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._result: SearchResult | None = None
        self._until = 0.0

    async def get(self) -> SearchResult:
        now = asyncio.get_running_loop().time()
        if self._result is None or now >= self._until:
            self._until = now + self.FRESH
            self._result = await self._engine.search(SearchRequest(per_page=1))
        return self._result


def typed_in(request: Request[Any, Any, Any]) -> Typed:
    return typed_of(request.query_params)


@get("/", include_in_schema=False)
async def home(
    request: Request[Any, Any, Any], board: NamedDependency[Board], overview: NamedDependency[Overview]
) -> Response[Any]:
    typed = typed_in(request)
    if address_of(typed) != RESULTS:
        return Redirect(address_of(typed))
    return page(
        request,
        "search/home.html",
        overview=await overview.get(),
        action=RESULTS,
        announcements=await _announcements(request, board, None, datetime.now(UTC)),
    )


@get(RESULTS, include_in_schema=False)
async def results(
    request: Request[Any, Any, Any],
    board: NamedDependency[Board],
    desk: NamedDependency[Desk],
) -> Page:
    now = datetime.now(UTC)
    settings: Settings = request.app.state.settings
    typed = typed_in(request)
    read = partial(understand, now=now, cursors=desk.cursors, around=AROUND)
    asked = read(typed)
    errors = {error.field: translate(request, error.message, error.parameters) for error in asked.errors}
    outcome = result = nearest = None
    if not errors:
        outcome = await find(desk.engine, asked)
        asked = outcome.asked
        result = outcome.result
        if asked.after is None and is_read(request) and not only_map_changed(request, typed):
            desk.count(request, asked, outcome, now)
        nearest = await nearest_to(desk.engine, outcome.request, result)
    hits = [shown_of(found, outcome.moments, asked.request.needs) for found in outcome.result.found] if outcome else []
    with_points = sum(bool(hit.points) for hit in hits)
    mapped = with_points > 0 and is_mapped(typed, settings)
    understood = understood_in(asked, outcome.attempt, outcome.result.corrections) if outcome else []
    left_out = outcome.left_out if outcome else []
    choices, fewer = choices_of(asked), list[Change]()
    ways, there = dict[str, str](), None
    if left_out and hits:
        others = [one for one in fewer_words(asked) if fold(one.value) not in left_out]
        found = await finding(desk.engine, [one.href for one in others], read, farther=False)
        fewer = [one for one in others if one.href in found]
    if outcome and not hits:
        fewer, ways = fewer_words(asked), ways_of(asked)
        hrefs = [*ways.values(), *(one.href for one in fewer)]
        found = await finding(desk.engine, hrefs, read, farther=nearest is None or not nearest.found)
        fewer = [one for one in fewer if one.href in found]
        ways = {name: href for name, href in ways.items() if href in found}
        there = await around(desk.engine, asked, read)
    return page(
        request,
        "search/results.html",
        status=422 if errors else 200,
        headers=headers_of_map(settings) if mapped else None,
        asked=asked,
        typed=typed,
        errors=errors,
        result=result,
        outcome=outcome,
        left_out=left_out,
        helplines=helplines_for(asked.typed.q or "", asked.request.needs),
        understood=understood,
        place=asked.place if outcome is None or place_counts(asked, outcome.attempt) else None,
        hits=hits,
        mapped=mapped,
        with_points=with_points,
        map_tiles=settings.map_tiles,
        map_attribution=settings.map_attribution,
        map_host=settings.map_host,
        nearest=[shown_of(found, outcome.moments, asked.request.needs) for found in nearest.found]
        if outcome and nearest
        else [],
        next_href=_next(asked, result, desk.cursors),
        choices=choices,
        narrowing=NARROWING,
        moment_field=moment_field(asked),
        fewer_words=fewer,
        ways=ways,
        there=there,
        address=partial(address_of, typed),
        action=RESULTS,
        radii=RADII,
        categories=_categories(asked),
        departments=departments(),
        announcements=await _announcements(request, board, outcome and department_of(asked, outcome), now),
    )


async def _announcements(
    request: Request[Any, Any, Any], board: Board, department: str | None, now: datetime
) -> list[ShownAnnouncement]:
    """Return the announcements for who searches in a department, or somewhere that is not known."""
    return unread(request, await board.not_over(now), [department] if department else [], now)


async def nearest_to(engine: Engine, request: SearchRequest, result: SearchResult) -> SearchResult | None:
    """When nothing lies within the circle, look for what is nearest to it."""
    if result.total or request.near is None or request.radius is None or request.after is not None:
        return None
    return await engine.search(msgspec.structs.replace(request, radius=None, per_page=NEAREST))


def _next(asked: Asked, result: SearchResult | None, cursors: Cursors) -> str | None:
    if result is None or result.next is None:
        return None
    return address_of(asked.typed, after=cursors.write(result.next, asked.verbatim))


def _categories(asked: Asked) -> dict[str, list[vocabulary.Category]]:
    """Return the categories one may choose from, by family: those of the family chosen, else all."""
    every = vocabulary.categories().values()
    wanted = [one for one in every if not asked.request.family or one.code in asked.request.family]
    return {code: [one for one in wanted if one.family == code] for code in vocabulary.families()}


_ALONE = {"q", "place", "family", "per_page"}
ENDLESS = tuple(name for name in (*Typed.__struct_fields__, "map") if name not in _ALONE)
"""What makes of one search endless others."""


@get("/robots.txt", include_in_schema=False)
async def robots() -> Response[str]:
    """Keep robots away from the endless variants of searches; whoever links to one wants it found."""
    rules = ["/api/", "/borne", *(f"{RESULTS}?*{name}=" for name in ENDLESS)]
    return Response("\n".join(["User-agent: *", *(f"Disallow: {rule}" for rule in rules), ""]), media_type="text/plain")


HANDLERS = [home, results, robots]
