"""A search to be shown in other sites' pages, and the page that says how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from libs.contracts import vocabulary
from libs.contracts.validation import FieldError
from libs.runtime import Settings
from libs.web import Page, Problem, page
from libs.web.announcements import shown as shown_announcements
from libs.web.language import LANGUAGES, N_, NAMES, language_of
from libs.web.pages import translate
from libs.web.security import CONTENT_SECURITY_POLICY
from services.search.announcements.board import Board
from services.search.asking import LONGEST_PLACE, shown, understand
from services.search.domain.colours import Colour, accent_on, read_colour, write_colour
from services.search.finding import department_of, find
from services.search.helplines import helplines_for
from services.search.places import find_place
from services.search.web.desk import Desk
from services.search.web.pages import AROUND, typed_in
from services.search.web.results import NARROWING, RESULTS, address_of, shown_of

WIDGET = "/widget"
PER_PAGE = 5
DEFAULT_COLOUR = "#0b5a6f"

TYPED_BY_VISITORS = ("q", "place")
SETTINGS = frozenset(("q", "place", "near", "plain", *NARROWING, "colour", "theme", "lang"))
"""What the address of a widget may hold."""

NO_COLOUR = N_("Write a colour as #0b5a6f.")
NO_THEME = N_("Write light or dark.")
NO_LANGUAGE = N_("Write one of these languages: %(known)s.")

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
    board: NamedDependency[Board],
    desk: NamedDependency[Desk],
    *,
    colour: FromQuery[str] = "",
    theme: FromQuery[str] = "",
) -> Page:
    """Show a search within another site.

    Who visits that site did not write the address of the frame: what cannot be read of it is left out, so that they
    search all the same, and told at the foot to whoever wrote it. What they may have typed is said beside its field.
    """
    now = datetime.now(UTC)
    typed = msgspec.structs.replace(typed_in(request), per_page=str(PER_PAGE), after=None, map=None)
    asked = understand(typed, now=now, cursors=desk.cursors, around=AROUND)
    wrong = [error for error in asked.errors if error.field not in TYPED_BY_VISITORS]
    if wrong:
        readable = {"category": asked.verbatim.categories, "public": asked.verbatim.publics}
        typed = msgspec.structs.replace(typed, **{error.field: readable.get(error.field) for error in wrong})
        asked = understand(typed, now=now, cursors=desk.cursors, around=AROUND)
    everywhere = address_of(typed, per_page=None)
    outcome = None
    if not asked.errors and everywhere != RESULTS:
        outcome = await find(desk.engine, asked)
        asked = outcome.asked
        if typed.q:
            desk.count(request, asked, outcome, now)
    chosen = read_colour(colour)
    department = department_of(asked, outcome) if outcome else None
    notices = shown_announcements(
        await board.not_over(now), [department] if department else [], now, language=language_of(request)
    )
    return page(
        request,
        "search/widget.html",
        headers=_ANYWHERE,
        keeps_language=False,  # what it speaks on another site is not what its reader chose on ours
        action=WIDGET,
        typed=typed,
        narrowing=NARROWING,
        unread=[*_misspelt(request), *((error.field, _said(request, error)) for error in wrong)],
        # Nobody can close it here for good: what is no alert would stand in the way of each visit.
        alert=next((one for one in notices if one.tone == "alert"), None),
        errors={error.field: _said(request, error) for error in asked.errors},
        helplines=helplines_for(typed.q or "", asked.request.needs),
        outcome=outcome,
        left_out=outcome.left_out if outcome else [],
        when=outcome and outcome.when,
        result=outcome and outcome.result,
        hits=[shown_of(found, outcome.moments, asked.request.needs) for found in outcome.result.found]
        if outcome
        else [],
        everywhere=everywhere,
        style=chosen and f"{WIDGET}/{write_colour(chosen)[1:]}.css",
        colour=chosen and write_colour(chosen)[1:],
        theme=theme if theme in _PAPERS else None,
    )


def _said(request: Request[Any, Any, Any], error: FieldError) -> str:
    return translate(request, error.message, error.parameters)


def _misspelt(request: Request[Any, Any, Any]) -> Iterator[tuple[str, str]]:
    """Return what of an address is no setting of a widget, or says nothing of how it should look, and why."""
    given = request.query_params
    for name in dict.fromkeys(given):
        if name not in SETTINGS:
            yield shown(name)[:80], translate(request, N_("There is no setting of this name."))
    looks = (("colour", NO_COLOUR, read_colour), ("theme", NO_THEME, _PAPERS.get), ("lang", NO_LANGUAGE, NAMES.get))
    for name, message, read in looks:
        if (value := given.get(name)) and read(value) is None:
            yield name, translate(request, message, {"known": ", ".join(LANGUAGES)})


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
        errors["colour"] = translate(request, NO_COLOUR)
    if what and what not in vocabulary.families() | vocabulary.categories():
        message = N_("This kind of service is not in the list: “%(code)s”.")
        errors["what"] = translate(request, message, {"code": shown(what)[:80]})
    if theme and theme not in _PAPERS:
        errors["theme"] = translate(request, NO_THEME)
    if speaks and speaks not in LANGUAGES:
        errors["speaks"] = translate(request, NO_LANGUAGE, {"known": ", ".join(LANGUAGES)})
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
