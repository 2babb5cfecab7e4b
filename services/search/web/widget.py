"""A search to be shown in other sites' pages, and the page that says how."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from libs.contracts import vocabulary
from libs.runtime import Settings
from libs.web import Page, Problem, page
from libs.web.language import LANGUAGES, N_, language_of
from libs.web.pages import translate
from libs.web.security import CONTENT_SECURITY_POLICY
from services.search.asking import LONGEST_PLACE, shown, understand
from services.search.domain.colours import Colour, accent_on, read_colour, write_colour
from services.search.finding import find
from services.search.places import find_place
from services.search.web.desk import Desk
from services.search.web.pages import AROUND, typed_in
from services.search.web.results import RESULTS, address_of, shown_of

WIDGET = "/widget"
PER_PAGE = 5
DEFAULT_COLOUR = "#0b5a6f"

_ANYWHERE = {"Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")}
_WITH_PREVIEW = {"Content-Security-Policy": f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"}

_PAPERS: dict[str, tuple[Colour, str]] = {
    "light": ((250 / 255, 248 / 255, 244 / 255), "#ffffff"),
    "dark": ((26 / 255, 32 / 255, 41 / 255), "#11151c"),
}
"""By theme the one of its grounds on which colours are hardest to read, and the colour of text on the accent."""


@get(WIDGET, include_in_schema=False)
async def widget(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    *,
    colour: FromQuery[str] = "",
    theme: FromQuery[str] = "",
) -> Page:
    """Show a search within another site. What cannot be read of how it should look is left out, not refused."""
    now = datetime.now(UTC)
    typed = msgspec.structs.replace(typed_in(request), per_page=str(PER_PAGE), after=None)
    asked = understand(typed, now=now, cursors=desk.cursors, around=AROUND)
    everywhere = address_of(typed, per_page=None)
    outcome = None
    if not asked.errors and everywhere != RESULTS:
        outcome = await find(desk.engine, asked)
        asked = outcome.asked
        if typed.q:
            desk.count(request, asked, outcome, now)
    chosen = read_colour(colour)
    return page(
        request,
        "search/widget.html",
        headers=_ANYWHERE,
        action=WIDGET,
        typed=typed,
        errors={error.field: translate(request, error.message, error.parameters) for error in asked.errors},
        result=outcome and outcome.result,
        hits=[shown_of(found, asked.moment, asked.request.needs) for found in outcome.result.found] if outcome else [],
        everywhere=everywhere,
        style=chosen and f"{WIDGET}/{write_colour(chosen)[1:]}.css",
        colour=chosen and write_colour(chosen)[1:],
        theme=theme if theme in _PAPERS else None,
    )


@get(WIDGET + "/{file:str}", include_in_schema=False)
async def widget_style(file: FromPath[str]) -> Response[str]:
    """Answer the style sheet of a colour: `0b5a6f.css`."""
    colour = read_colour(file.removesuffix(".css")) if file.endswith(".css") else None
    if colour is None:
        raise Problem(404, "not-found", N_("There is no such colour."))
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_style_of(colour), media_type="text/css", headers=headers)


@lru_cache(maxsize=256)
def _style_of(colour: Colour) -> str:
    light, dark = _tokens("light", colour), _tokens("dark", colour)
    return (
        f':root, [data-theme="light"] {{ {light} }}\n[data-theme="dark"] {{ {dark} }}\n'
        f"@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme]) {{ {dark} }} }}\n"
    )


def _tokens(theme: str, colour: Colour) -> str:
    paper, on_accent = _PAPERS[theme]
    found = accent_on(paper, colour)
    return (
        f"--accent: {write_colour(found.accent)}; --accent-strong: {write_colour(found.strong)}; "
        f"--accent-soft: {write_colour(found.soft)}; --on-accent: {on_accent};"
    )


@get(WIDGET + "/creer", include_in_schema=False)
async def make_widget(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    *,
    what: FromQuery[str] = "",
    place: FromQuery[str] = "",
    colour: FromQuery[str] = DEFAULT_COLOUR,
    theme: FromQuery[str] = "",
    speaks: FromQuery[str] = "",
) -> Page:
    """Show how a widget looks, and what to paste into a page to have it."""
    chosen = read_colour(colour)
    errors: dict[str, str] = {}
    if chosen is None:
        errors["colour"] = translate(request, N_("Write a colour as #0b5a6f."))
    place = shown(place)[:LONGEST_PLACE]
    if place and find_place(place) is None:
        message = N_("We know no town, postcode or department called “%(place)s”. Check how it is written.")
        errors["place"] = translate(request, message, {"place": place[:80]})
    wanted = {
        "family": what if what in vocabulary.families() else "",
        "category": what if what in vocabulary.categories() and what not in vocabulary.families() else "",
        "place": "" if "place" in errors else place,
        "colour": write_colour(chosen)[1:] if chosen and write_colour(chosen) != DEFAULT_COLOUR else "",
        "theme": theme if theme in _PAPERS else "",
        "lang": speaks if speaks in LANGUAGES else "",
    }
    query = urlencode({name: value for name, value in wanted.items() if value})
    language = language_of(request)
    return page(
        request,
        "search/make_widget.html",
        status=422 if errors else 200,
        headers=_WITH_PREVIEW,
        what=what,
        place=place,
        colour=write_colour(chosen) if chosen else colour,
        theme=theme,
        speaks=speaks,
        errors=errors,
        source=WIDGET + (f"?{query}" if query else ""),
        tongues=LANGUAGES,
        kiosk=f"{settings.public_url}/borne?near=48.8839,2.3899&radius_km=2&lang=fr",
        address=settings.public_url + WIDGET + (f"?{query}" if query else ""),
        kinds=[
            (
                family.label(language),
                [
                    (family.code, family.label(language)),
                    *(
                        (one.code, one.label(language))
                        for one in vocabulary.categories().values()
                        if one.family == family.code and one.code != family.code
                    ),
                ],
            )
            for family in vocabulary.families().values()
        ],
    )


HANDLERS = [widget, widget_style, make_widget]
