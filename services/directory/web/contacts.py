"""The contacts of a record that are not published, before the moderators of its department."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Redirect

from libs.contracts.contacts import CONTACT_KEYS, internal_contacts
from libs.contracts.structure import Structure
from libs.contracts.validation import InvalidContent
from libs.database import Pool
from libs.web import Page, Problem, Viewer, page, require
from libs.web.documentation import problem
from libs.web.formatting import phone
from libs.web.language import N_
from libs.web.pages import PRIVATE, translate
from services.directory.domain.contacts import ContactNames
from services.directory.handlers.contacts import remove_contacts
from services.directory.store import structures
from services.directory.web.api import may_see_internal

_KINDS = {"phones": N_("Telephone"), "emails": N_("E-mail"), "websites": N_("Website")}


class Removal(ContactNames, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Contacts to remove, written as the API gives them. The reason is kept in the history, for staff."""

    reason: str | None = None


@post(
    "/api/v1/structures/{structure_id:uuid}/internal-contacts/removal",
    tags=["structures"],
    status_code=200,
    guards=[require("moderator")],
    responses={
        401: problem("No credential came with the request."),
        403: problem("The structure is of a department that the caller has no right on."),
        404: problem("There is no such structure."),
        422: problem("No contact is named, or one that the record does not hold as internal."),
    },
)
async def remove_internal_contacts(
    pool: NamedDependency[Pool], viewer: NamedDependency[Viewer], structure_id: FromPath[UUID], data: JSONBody[Removal]
) -> Response[Structure]:
    """Remove contacts that are not published from a structure, for good: from its history, too.

    Answers with the structure and the internal contacts that stay. Public contacts are corrected by a
    contribution instead.
    """
    async with pool.connection() as connection:
        record = await structures.find(connection, structure_id)
    _check(record.structure if record else None, viewer)
    return Response(
        await remove_contacts(pool, structure_id, data, by=viewer.id, reason=data.reason),
        headers={"Cache-Control": PRIVATE},
    )


@get("/structures/{slug:str}/contacts-internes", include_in_schema=False, guards=[require("moderator")])
async def contacts_page(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    slug: FromPath[str],
) -> Page:
    return _contacts(request, await _known(pool, viewer, slug))


@post("/structures/{slug:str}/contacts-internes", include_in_schema=False, guards=[require("moderator")])
async def send_removal(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    slug: FromPath[str],
) -> Response[Any]:
    structure = await _known(pool, viewer, slug)
    form = await request.form()
    chosen = [text for text in form.getall("contact", []) if isinstance(text, str)]
    reason = str(form.get("reason", ""))
    gone = {
        field: tuple(text.removeprefix(f"{field}:") for text in chosen if text.startswith(f"{field}:"))
        for field in CONTACT_KEYS
    }
    try:
        await remove_contacts(pool, structure.id, ContactNames(**gone), by=viewer.id, reason=reason)
    except InvalidContent as invalid:
        errors = [
            (error.field if error.field == "reason" else "contact", translate(request, error.message, error.parameters))
            for error in invalid.errors
        ]
        return _contacts(request, structure, chosen=chosen, reason=reason, errors=list(dict.fromkeys(errors)))
    return Redirect(f"/structures/{structure.slug}/contacts-internes", status_code=303)


async def _known(pool: Pool, viewer: Viewer, slug: str) -> Structure:
    async with pool.connection() as connection:
        record = await structures.find_by_slug(connection, slug)
    return _check(record.structure if record else None, viewer)


def _check(structure: Structure | None, viewer: Viewer) -> Structure:
    """Return the structure when its internal contacts are the viewer's to see.

    Raises:
        Problem: 404 or 403.
    """
    if structure is None:
        raise Problem(404, "not-found", N_("There is no structure with this address."))
    if not may_see_internal(viewer, structure):
        raise Problem(403, "forbidden", N_("Internal contacts are for the moderators of this department."))
    return structure


def _contacts(
    request: Request[Any, Any, Any],
    structure: Structure,
    *,
    chosen: list[str] | None = None,
    reason: str = "",
    errors: list[tuple[str, str]] | None = None,
) -> Page:
    internal = internal_contacts(structure)
    boxes = [
        (f"{field}:{name}", phone(name) if field == "phones" else name, item.label or translate(request, _KINDS[field]))
        for field, key in CONTACT_KEYS.items()
        for item in getattr(internal, field)
        if (name := getattr(item, key))
    ]
    return page(
        request,
        "directory/contacts.html",
        status=422 if errors else 200,
        headers={"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex"},
        structure=structure,
        boxes=boxes,
        chosen=chosen or [],
        reason=reason,
        errors=errors or [],
    )


HANDLERS = (remove_internal_contacts, contacts_page, send_removal)
