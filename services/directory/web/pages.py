"""The pages of the directory: a record, and the list of exports."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from markupsafe import Markup

from libs.contracts.structure import Structure, departments_of, is_listed, public_part
from libs.database import Pool
from libs.runtime import Settings
from libs.territories import departments, regions
from libs.territories.names import key_of
from libs.web import Page, Problem, Viewer, page
from libs.web.announcements import unread
from libs.web.clients import network_of
from libs.web.language import N_
from libs.web.pages import translate
from services.directory.imports import PUBLISHERS
from services.directory.store import announcements, export_lines, structures
from services.directory.views import Views, is_viewed
from services.directory.web.api import may_see_internal
from services.directory.web.showing import history_lines, linked_data, show

LATEST_CHANGES = 10


@get("/structures/{slug:str}", include_in_schema=False)
async def record_page(  # noqa: PLR0917 -- Litestar passes them by name
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer | None],
    views: NamedDependency[Views],
    slug: FromPath[str],
) -> Response[Any]:
    async with pool.connection() as connection:
        record = await structures.find_by_slug(connection, slug)
        if record is None:
            raise Problem(404, "not-found", N_("There is no structure with this address."))
        entries = await structures.history(connection, record.structure.id, before=2**62, most=LATEST_CHANGES)
        now = datetime.now(UTC)
        held = await announcements.newest_first(connection, about=now)
    structure = public_part(record.structure)
    staff = may_see_internal(viewer, structure)
    if not is_listed(structure) and not staff:
        return _hidden(request, structure)
    if structure.slug != slug:
        return Redirect(f"/structures/{structure.slug}", status_code=301)

    def say(message: str) -> str:
        return translate(request, message)

    say("")  # the language of what follows
    now = datetime.now(UTC)
    if is_listed(structure) and is_viewed(request):
        views.count(structure, network_of(request), now)
    url = f"{settings.public_url}/structures/{structure.slug}"
    return page(
        request,
        "directory/record.html",
        now=now,
        shown=show(structure, now, say),
        history=history_lines(entries, say),
        url=url,
        linked_data=_data_block(linked_data(structure, url, now.date())),
        hidden=not is_listed(structure),
        staff=staff,
        announcements=unread(request, [one.announcement for one in held], departments_of(structure), now),
    )


@get("/exports", include_in_schema=False)
async def exports_page(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], departement: FromQuery[str | None] = None
) -> Page:
    """The files of every department by region and, when one is asked for, of that one first."""
    async with pool.connection() as connection:
        exported = await export_lines.exported_departments(connection)
    names = departments()
    rows = [(one, names[one.department].name) for one in exported if one.department in names]
    groups = {region: [row for row in rows if names[row[0].department].region == code] for code, region in _regions()}
    return page(
        request,
        "directory/exports.html",
        rows=rows,
        groups={region: held for region, held in groups.items() if held},
        chosen=next((row for row in rows if row[0].department == departement), None),
        publishers=PUBLISHERS.values(),
    )


def _regions() -> list[tuple[str | None, str]]:
    """Return the regions with their names, by name; the last stands for the collectivities, which are in none."""
    return [*sorted(regions().items(), key=lambda region: key_of(region[1])), (None, "")]


def _hidden(request: Request[Any, Any, Any], structure: Structure) -> Page:
    """Say that a place has closed for good (410), or that its record is not shown (404, without its name)."""
    if structure.status == "closed" and structure.visibility == "public":
        return page(request, "directory/closed.html", status=410, name=structure.name)
    raise Problem(404, "not-found", N_("This record is not online at the moment. You can search for another place."))


def _data_block(data: dict[str, Any]) -> Markup:
    """Return data as JSON that may stand within a script element."""
    text = msgspec.json.encode(data).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 -- nothing in it can end the element now


HANDLERS = (record_page, exports_page)
