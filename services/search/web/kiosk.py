"""The search on a screen in a hall: large, simple, around the screen, and with no way out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import segno
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from markupsafe import Markup

from libs.contracts import vocabulary
from libs.database import is_outage
from libs.opening_hours import timezone_of
from libs.runtime import Settings
from libs.web import page
from libs.web.announcements import ShownAnnouncement, shown
from libs.web.language import DEFAULT, LANGUAGES, language_of
from libs.web.pages import translate
from libs.web.weeks import week_of
from services.search.announcements.board import Board
from services.search.asking import Asked, Typed, understand
from services.search.domain.cursors import Cursors
from services.search.domain.requests import Counts, SearchRequest
from services.search.engines import Engine
from services.search.finding import Outcome, find
from services.search.helplines import helplines_for
from services.search.web.desk import Desk
from services.search.web.pages import AROUND, is_read, nearest_to, typed_in
from services.search.web.results import Shown, shown_of

KIOSK = "/borne"
RECORDS = f"{KIOSK}/structures"
PER_PAGE = 8
SECONDS = 60
"""After how long without a touch it goes back to its start, where no script does so."""

THEMES = ("light", "dark")

# What people leave behind is not for the next ones to find.
_FORGOTTEN = {"Cache-Control": "no-store"}


class Kiosk(msgspec.Struct, kw_only=True, frozen=True):
    """A screen as its address sets it up, and what is asked of it at the moment.

    `home` is the language that it starts in and goes back to, `language` the one that is spoken now.
    """

    place: str
    near: str
    radius_km: str
    theme: str
    home: str
    language: str
    q: str
    family: str
    after: str

    @property
    def start(self) -> str:
        """The address it goes back to: nothing asked, in its own language."""
        return self.address(q="", family="", after="", language=self.home)

    @property
    def is_asked(self) -> bool:
        return bool(self.q.strip() or self.family)

    @property
    def at_start(self) -> bool:
        return not self.is_asked and self.language == self.home

    def address(self, path: str = KIOSK, **changes: str) -> str:
        """Return an address of this screen, with parts of it changed ("" leaves one out)."""
        return f"{path}?{urlencode(self.parameters(**changes))}"

    def parameters(self, **changes: str) -> dict[str, str]:
        """Return what each of its addresses holds."""
        all_of_it = {**msgspec.structs.asdict(self), **changes}
        language = all_of_it.pop("language")
        if all_of_it["home"] == language:
            all_of_it["home"] = ""
        if all_of_it["theme"] == THEMES[0]:
            all_of_it["theme"] = ""
        return {name: value for name, value in all_of_it.items() if value} | {"lang": language}


def _kiosk(request: Request[Any, Any, Any]) -> Kiosk:
    given = request.query_params
    typed = typed_in(request)
    language, home, theme = language_of(request), given.get("home", ""), given.get("theme", "")
    return Kiosk(
        place=typed.place or "",
        near=typed.near or "",
        radius_km=typed.radius_km or "",
        theme=theme if theme in THEMES else THEMES[0],
        home=home if home in LANGUAGES else language,
        language=language,
        q=typed.q or "",
        family=typed.family or "",
        after=typed.after or "",
    )


def _asked(kiosk: Kiosk, cursors: Cursors, now: datetime) -> Asked:
    names = ("place", "near", "radius_km", "q", "family", "after")
    typed = Typed(per_page=str(PER_PAGE), **{name: getattr(kiosk, name) for name in names})
    return understand(typed, now=now, cursors=cursors, around=AROUND)


async def _department(engine: Engine, asked: Asked) -> str | None:
    """Return the department that a screen stands in: that of the place in its address, or of what is nearest to it."""
    if asked.place or not asked.request.near:
        return asked.place and asked.place.clock
    try:
        nearest = await engine.search(SearchRequest(near=asked.request.near, per_page=1))
    except Exception as error:
        if not is_outage(error):
            raise
        return None  # a screen begins all the same
    return nearest.found[0].card.department if nearest.found else None


async def _announcements(engine: Engine, board: Board, kiosk: Kiosk, asked: Asked) -> list[ShownAnnouncement]:
    """Return what each person meets anew where they begin: nobody closes it for the next one."""
    department = await _department(engine, asked)
    now = datetime.now(UTC)
    return shown(await board.not_over(now), [department] if department else [], now, language=kiosk.language)


def _is_new(request: Request[Any, Any, Any], kiosk: Kiosk) -> bool:
    """Whether this is asked for the first time: not by coming back from a record, or in another language."""
    before = urlsplit(request.headers.get("referer", ""))
    if not before.path.startswith(KIOSK):
        return True
    query = parse_qs(before.query)
    return any(query.get(name, [""]) != [getattr(kiosk, name)] for name in ("q", "family"))


async def _look(engine: Engine, asked: Asked) -> tuple[Outcome, list[Shown], list[Shown]]:
    """Return what was found, the results, and where there are none around, the nearest farther away."""
    outcome = await find(engine, asked)
    asked = outcome.asked
    farther = await nearest_to(engine, outcome.request, outcome.result)
    return (
        outcome,
        [shown_of(found, outcome.moments, asked.request.needs) for found in outcome.result.found],
        [shown_of(found, outcome.moments, asked.request.needs) for found in farther.found] if farther else [],
    )


async def _families(engine: Engine, asked: Asked) -> Counts:
    """Return the families of services that there are around, else those of which the nearest are shown."""
    of = asked.verbatim
    around = SearchRequest(
        near=of.near, radius=of.radius, departments=of.departments, closed_at=of.closed_at, per_page=1
    )
    found = (await engine.search(around)).families
    if found or not of.near:
        return found
    return (await engine.search(msgspec.structs.replace(around, radius=None))).families


@get(KIOSK, include_in_schema=False)
async def kiosk_search(
    request: Request[Any, Any, Any],
    board: NamedDependency[Board],
    desk: NamedDependency[Desk],
) -> Response[Any]:
    """Show where to begin, or what was found. Each address says its language: a cookie is the last person's."""
    if request.query_params.get("lang") not in LANGUAGES:
        kiosk = msgspec.structs.replace(_kiosk(request), language=DEFAULT, home=DEFAULT)
        return Redirect(kiosk.address())
    now = datetime.now(UTC)
    kiosk = _kiosk(request)
    asked = _asked(kiosk, desk.cursors, now)
    outcome, hits, farther, families = None, list[Shown](), list[Shown](), Counts()
    if kiosk.is_asked and not asked.errors:
        outcome, hits, farther = await _look(desk.engine, asked)
        asked = outcome.asked
        if not hits and not farther:
            families = await _families(desk.engine, asked)
        if asked.after is None and is_read(request) and _is_new(request, kiosk):
            desk.count(request, asked, outcome, now)
    result = outcome and outcome.result
    following = result and result.next
    return page(
        request,
        "search/kiosk/results.html" if kiosk.is_asked else "search/kiosk/start.html",
        status=422 if asked.errors else 200,
        headers=_FORGOTTEN,
        **_frame(kiosk),
        errors={error.field: translate(request, error.message, error.parameters) for error in asked.errors},
        place=asked.place,
        result=result,
        hits=hits,
        farther=farther,
        families=families,
        helplines=helplines_for(asked.typed.q or "", asked.request.needs),
        outcome=outcome,
        left_out=outcome.left_out if outcome else [],
        when=outcome and outcome.when,
        family=vocabulary.families().get(kiosk.family),
        records=RECORDS,
        announcements=[] if kiosk.is_asked else await _announcements(desk.engine, board, kiosk, asked),
        next_href=following and kiosk.address(after=desk.cursors.write(following, asked.verbatim)),
    )


@get(RECORDS + "/{slug:str}", include_in_schema=False)
async def kiosk_record(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    settings: NamedDependency[Settings],
    slug: FromPath[str],
) -> Response[Any]:
    """Show one of the results, looked for again as it was found; back to these when it is no longer among them."""
    now = datetime.now(UTC)
    kiosk = _kiosk(request)
    asked = _asked(kiosk, desk.cursors, now)
    found: Shown | None = None
    if request.query_params.get("lang") in LANGUAGES and kiosk.is_asked and not asked.errors:
        _, hits, farther = await _look(desk.engine, asked)
        found = next((hit for hit in (*hits, *farther) if hit.card.slug == slug), None)
    if found is None:
        return Redirect(kiosk.address())
    card = found.card
    address = settings.public_url + found.href
    today = asked.moment.astimezone(timezone_of(card.department)).date()
    return page(
        request,
        "search/kiosk/record.html",
        headers=_FORGOTTEN,
        **_frame(kiosk, f"{RECORDS}/{slug}"),
        hit=found,
        days=week_of(card.opening_hours, card.overrides, card.department, today, lambda text: translate(request, text)),
        address=address,
        code=Markup(segno.make_qr(address, error="m").svg_inline(border=4, light="#fff", omitsize=True)),  # noqa: S704 -- drawn here
    )


def problem_page(request: Request[Any, Any, Any]) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    """Return the page that says on a screen what went wrong, and leads back to where it starts."""
    path = request.url.path
    if path != KIOSK and not path.startswith(f"{KIOSK}/"):
        return None
    kiosk = _kiosk(request)
    if not {request.query_params.get(name) for name in ("home", "lang")} & set(LANGUAGES):
        kiosk = msgspec.structs.replace(kiosk, home=DEFAULT)
    return "search/kiosk/error.html", _frame(kiosk, path), _FORGOTTEN


def _frame(kiosk: Kiosk, path: str = KIOSK) -> dict[str, Any]:
    """Return what every page of a screen is given."""
    return {
        "kiosk": kiosk,
        "theme": kiosk.theme,
        "seconds": SECONDS,
        "tongues": [(code, kiosk.address(path, language=code)) for code in LANGUAGES],
    }


HANDLERS = [kiosk_search, kiosk_record]
