"""Pages for everybody: propose a place, correct one, see what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from libs.bus import Sealer
from libs.contracts.structure import StructureContent
from libs.contracts.validation import N_, FieldError, InvalidContent
from libs.database import Pool
from libs.web import Page, Problem, page
from libs.web.clients import network_of
from libs.web.language import language_of
from libs.web.limits import enforce
from libs.web.pages import PRIVATE
from libs.web.security import viewer_of
from services.contributions import store
from services.contributions.domain.contribution import KnownStructure
from services.contributions.domain.intake import ProposedContact, contact_errors, content_from
from services.contributions.handlers.places import place_errors
from services.contributions.handlers.senders import FORM_QUOTA, TOO_MANY, count_proposal
from services.contributions.handlers.submission import Draft, submit
from services.contributions.web.form import Form, Values, read, values_of
from services.contributions.web.form.values import packed, posted, unpacked
from services.contributions.web.pages.place import place_form
from services.contributions.web.pages.words import form_with, speaker
from services.contributions.web.showing import hours_words

BLANK = values_of(StructureContent(name=""))
"""What stands in the form of a new place."""

TRAP = "trap"
"""A field that people do not see: what fills it in is a program."""


@get("/contribuer", include_in_schema=False)
async def show_addition(request: Request[Any, Any, Any]) -> Page:
    return _addition(request, Form(BLANK, seen=BLANK))


@post("/contribuer", include_in_schema=False)
async def send_addition(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
) -> Response[Any]:
    values = posted(await request.form())
    patch, errors = read(values, {}, None)
    errors += _trapped(values)
    if "services" not in patch:
        errors.append(FieldError(field="category", message=N_("Choose at least one thing that the place offers.")))
    draft = _draft(request, values, Draft(kind="addition", proposed=patch))
    try:
        contribution_id = await _send(request, pool, sealer, draft, errors)
    except InvalidContent as invalid:
        return _addition(request, form_with(values, invalid.errors, speaker(request), seen=BLANK), status=422)
    return Redirect(f"/contribuer/merci/{contribution_id}", status_code=303)


@get("/structures/{slug:str}/corriger", include_in_schema=False)
async def show_correction(request: Request[Any, Any, Any], pool: NamedDependency[Pool], slug: FromPath[str]) -> Page:
    known = await _known(pool, slug)
    seen = values_of(known.content)
    return _correction(request, known, Form(seen, seen=seen), seen, known.version)


@post("/structures/{slug:str}/corriger", include_in_schema=False)
async def send_correction(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    slug: FromPath[str],
) -> Response[Any]:
    known = await _known(pool, slug)
    values = posted(await request.form())
    seen = unpacked(values.get("seen", [""])[0])
    version = values.get("version", [""])[0]
    seen_version = int(version) if version.isdecimal() and 0 < int(version) <= known.version else known.version
    patch, errors = read(values, seen, known.content)
    errors += _trapped(values)
    correction = Draft(kind="correction", proposed=patch, structure_id=known.id, based_on_version=seen_version)
    draft = _draft(request, values, correction)
    say = speaker(request)
    try:
        contribution_id = await _send(request, pool, sealer, draft, errors)
    except InvalidContent as invalid:
        form = form_with(values, invalid.errors, say, seen=seen)
    except Problem as problem:
        if problem.kind != "nothing-changes":
            raise
        nothing = say(
            N_(
                "Open the part that is wrong and change it, or write what you know under “In your own words” (opening "
                "hours) or “In a few words” (all the rest), then send it."
            )
        )
        form = Form(values, {}, (nothing,), seen=seen)
    else:
        return Redirect(f"/contribuer/merci/{contribution_id}", status_code=303)
    return _correction(request, known, form, seen, seen_version, status=422)


@get("/contribuer/merci/{contribution_id:uuid}", include_in_schema=False)
async def show_thanks(
    request: Request[Any, Any, Any], pool: NamedDependency[Pool], contribution_id: FromPath[UUID]
) -> Page:
    async with pool.connection() as connection:
        status = await store.public_status(connection, contribution_id)
    if status is None:
        raise Problem(404, "not-found", N_("There is no proposal at this address."))
    headers = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex"}
    hours = hours_words(status.opening_hours, speaker(request)) if status.opening_hours else None
    return page(request, "contributions/thanks.html", headers=headers, contribution=status, hours=hours)


async def _known(pool: Pool, slug: str) -> KnownStructure:
    async with pool.connection() as connection:
        known = await store.structure_by_slug(connection, slug)
    if known is None or known.state.visibility != "public":
        raise Problem(
            404,
            "not-found",
            N_("There is no structure with this address. If it was added just now, try again in a minute."),
        )
    if known.withdrawn:
        raise Problem(410, "withdrawn", N_("This place was withdrawn from the directory."))
    return known


def _draft(request: Request[Any, Any, Any], values: Values, draft: Draft) -> Draft:
    """Return a draft with what people say about themselves."""

    def typed(name: str) -> str | None:
        return next(iter(values.get(name, ())), "").strip() or None

    return Draft(
        kind=draft.kind,
        proposed=draft.proposed,
        structure_id=draft.structure_id,
        based_on_version=draft.based_on_version,
        contact=ProposedContact(email=typed("email"), name=typed("contact_name"), role=typed("contact_role")),
        comment=typed("comment"),
        language=language_of(request),
    )


def _trapped(values: Values) -> list[FieldError]:
    if not any(text.strip() for text in values.get(TRAP, ())):
        return []
    return [FieldError(field=TRAP, message=N_("Leave this field empty: it is there to stop programs."))]


async def _send(
    request: Request[Any, Any, Any], pool: Pool, sealer: Sealer, draft: Draft, errors: list[FieldError]
) -> UUID:
    """Keep a proposal from a form.

    Raises:
        InvalidContent: with `errors`, found while reading the form, and whatever else is wrong.
        Problem: as in `enforce` and `submit`.
    """
    if errors:
        raise InvalidContent([*errors, *await _other_errors(pool, draft)])
    if viewer_of(request) is None:
        enforce(request, await count_proposal(pool, network_of(request), FORM_QUOTA), TOO_MANY)
    return await submit(pool, sealer, draft)


async def _other_errors(pool: Pool, draft: Draft) -> list[FieldError]:
    """Return what is wrong besides what could not be read, so that all is said at once."""
    errors = contact_errors(draft.contact, draft.comment)
    base: StructureContent | None = None
    if draft.structure_id is not None:
        async with pool.connection() as connection:
            known = await store.structure_by_id(connection, draft.structure_id)
        base = known.content if known else None
    try:
        content_from(base, draft.proposed, "proposed", place_errors)
    except InvalidContent as invalid:
        errors += invalid.errors
    return errors


def _addition(request: Request[Any, Any, Any], form: Form, *, status: int = 200) -> Page:
    return page(
        request,
        "contributions/addition.html",
        status=status,
        place=place_form(form, None, speaker(request)),
        form=form,
    )


def _correction(
    request: Request[Any, Any, Any],
    known: KnownStructure,
    form: Form,
    seen: Values,
    version: int,
    *,
    status: int = 200,
) -> Page:
    return page(
        request,
        "contributions/correction.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        structure=known.state,
        place=place_form(form, known.content, speaker(request)),
        form=form,
        seen=packed(seen),
        version=version,
    )


HANDLERS = (show_addition, send_addition, show_correction, send_correction, show_thanks)
