"""The pages of moderators: the queue, one contribution with what helps to decide, its journey."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from libs.bus import Sealer
from libs.contracts import vocabulary
from libs.contracts.events import ContributionKind
from libs.contracts.patch import Patch
from libs.contracts.structure import StructureContent
from libs.contracts.validation import FieldError, InvalidContent
from libs.database import Pool
from libs.territories import departments
from libs.web import Page, Problem, Viewer, page, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.language import current_language
from services.contributions import store
from services.contributions.domain.contribution import Status
from services.contributions.handlers import decision, reading
from services.contributions.handlers.reading import Review
from services.contributions.web.form import Values, read, values_of
from services.contributions.web.form.values import packed, posted, unpacked
from services.contributions.web.moderation_api import Position, must_cover
from services.contributions.web.pages.journey import shown_journey
from services.contributions.web.pages.place import place_form
from services.contributions.web.pages.words import form_with, speaker
from services.contributions.web.showing import LABELS, Say, changes, facts, week_of

MODERATORS = [require("moderator")]
PER_PAGE = 30
View = Literal["open", "approved", "rejected"]
VIEWS: dict[View, tuple[Status, ...]] = {
    "open": ("pending", "conflicted"),
    "approved": ("approved", "applied"),
    "rejected": ("rejected",),
}


@get("/moderation", guards=MODERATORS, include_in_schema=False)
async def show_queue(
    request: Request[Any, Any, Any],
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    status: FromQuery[View] = "open",
    department: FromQuery[str | None] = None,
    kind: FromQuery[str | None] = None,
    after: FromQuery[str | None] = None,
) -> Page:
    department = department or None
    must_cover(viewer, department)
    chosen: ContributionKind | None = kind if kind in {"addition", "correction"} else None  # pyright: ignore[reportAssignmentType] -- checked
    async with pool.connection() as connection:
        rows = await store.page_of(
            connection,
            viewer.scope,
            statuses=VIEWS[status],
            department=department,
            kind=chosen,
            after=decode_cursor(after, Position).id if after else None,
            most=PER_PAGE + 1,
        )
        counts = await store.counts(connection, viewer.scope, department=department, kind=chosen)
        seen = await store.departments_seen(connection, viewer.scope)
    shown = rows[:PER_PAGE]
    say = speaker(request)
    return page(
        request,
        "contributions/queue.html",
        rows=shown,
        details={row.id: _details(row, say) for row in shown},
        following=encode_cursor(Position(shown[-1].id)) if len(rows) > PER_PAGE else None,
        view=status,
        counts={view: sum(counts.get(one, 0) for one in statuses) for view, statuses in VIEWS.items()},
        department=department,
        departments=_departments({*seen, *(viewer.scope or ())}),
        kind=chosen,
        after=after,
    )


class Visit(NamedTuple):
    """A moderator at the page of one contribution."""

    request: Request[Any, Any, Any]
    pool: Pool
    viewer: Viewer
    contribution_id: UUID

    @property
    def back(self) -> Redirect:
        return Redirect(f"/moderation/{self.contribution_id}", status_code=303)


@get("/moderation/{contribution_id:uuid}", guards=MODERATORS, include_in_schema=False)
async def show_contribution(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Page:
    return await _contribution(Visit(request, pool, viewer, contribution_id))


@get("/moderation/{contribution_id:uuid}/parcours", guards=MODERATORS, include_in_schema=False)
async def show_journey(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Page:
    async with pool.connection() as connection:
        _, journey = await reading.journey(connection, contribution_id, viewer)
    return page(request, "contributions/_journey.html", **shown_journey(contribution_id, journey, speaker(request)))


@post("/moderation/{contribution_id:uuid}/approuver", guards=MODERATORS, include_in_schema=False)
async def send_approval(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Response[Any]:
    visit, values = Visit(request, pool, viewer, contribution_id), posted(await request.form())
    version = values.get("version", [""])[0]
    try:
        edits, errors = await _edits(visit, values)
        if errors:
            return await _contribution(visit, values=values, errors=errors)
        await decision.approve(
            pool,
            sealer,
            contribution_id,
            viewer,
            edits=edits,
            reason=values.get("approval_reason", [""])[0],
            seen_version=int(version) if version.isdecimal() else None,
        )
    except InvalidContent as invalid:
        return await _contribution(visit, values=values, errors=invalid.errors)
    except Problem as problem:
        return await _refused(visit, problem, values)
    return visit.back


@post("/moderation/{contribution_id:uuid}/rejeter", guards=MODERATORS, include_in_schema=False)
async def send_rejection(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Response[Any]:
    visit, values = Visit(request, pool, viewer, contribution_id), posted(await request.form())
    try:
        await decision.reject(pool, sealer, contribution_id, viewer, reason=values.get("reason", [""])[0])
    except InvalidContent as invalid:
        return await _contribution(visit, values=values, errors=invalid.errors)
    except Problem as problem:
        return await _refused(visit, problem, values)
    return visit.back


@post("/moderation/{contribution_id:uuid}/reprendre", guards=MODERATORS, include_in_schema=False)
async def send_rebase(
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    contribution_id: FromPath[UUID],
) -> Response[Any]:
    visit, values = Visit(request, pool, viewer, contribution_id), posted(await request.form())
    try:
        await decision.rebase(pool, contribution_id, viewer, fields=values.get("keep", []))
    except Problem as problem:
        return await _refused(visit, problem, values)
    return visit.back


async def _edits(visit: Visit, values: Values) -> tuple[Patch, list[FieldError]]:
    """Return the changes that the moderator typed in the form, as a patch on the content proposed."""
    if "seen" not in values:
        return {}, []
    async with visit.pool.connection() as connection:
        review = await reading.review(connection, visit.contribution_id, visit.viewer)
    if review.proposed is None:
        return {}, []
    return read(values, unpacked(values["seen"][0]), review.proposed)


async def _refused(visit: Visit, problem: Problem, values: Values) -> Page:
    """Show the contribution as it is now, with why it was not decided on; what was typed is kept."""
    if problem.status not in {409, 422}:
        raise problem
    return await _contribution(visit, values=values, refusal=problem)


async def _contribution(
    visit: Visit,
    *,
    values: Values | None = None,
    errors: list[FieldError] | None = None,
    refusal: Problem | None = None,
) -> Page:
    async with visit.pool.connection() as connection:
        review = await reading.review(connection, visit.contribution_id, visit.viewer)
        _, journey = await reading.journey(connection, visit.contribution_id, visit.viewer)
    say = speaker(visit.request)
    contribution, known = review.contribution, review.current
    conflicts = [item for item in review.difference if item.conflict] if contribution.is_open else []
    followed: dict[str, Any] = shown_journey(contribution.id, journey, say) if journey.steps else {"steps": None}
    return page(
        visit.request,
        "contributions/contribution.html",
        status=refusal.status if refusal else 422 if errors else 200,
        contribution=contribution,
        structure=known.state if known and not known.withdrawn else None,
        is_gone=known is not None and known.withdrawn and contribution.is_open,
        facts=_facts_of_addition(review, say),
        week=_week_of_addition(review, say),
        changes=changes(review.difference, say, editable=contribution.is_open),
        conflicts=[(item.field, say(LABELS[item.field])) for item in conflicts],
        duplicates=review.possible_duplicates,
        departments=[_department_name(code) for code in contribution.departments],
        refusal=say(refusal.message, **refusal.parameters) if refusal else None,
        **_editing(review, values, errors or [], say),
        **followed,
    )


def _editing(review: Review, values: Values | None, errors: list[FieldError], say: Say) -> dict[str, Any]:
    """Return what the form of changes needs: the proposed content, or what the moderator typed already."""
    proposed = review.proposed
    if proposed is None or not review.contribution.is_open:
        return {"form": None}
    seen = values_of(proposed)
    typed = values is not None and "seen" in values
    held = review.current.version if review.current else 0
    form = form_with({**seen, **(values or {})} if not typed else values or {}, errors, say, seen=seen)
    return {
        "form": form,
        "place": place_form(form, proposed, say),
        "is_edited": typed and bool(errors or read(values or {}, seen, proposed)[0]),
        "seen": values["seen"][0] if values and typed else packed(seen),
        "version": values["version"][0] if values and typed and "version" in values else held,
    }


def _is_new(review: Review) -> bool:
    return review.contribution.kind == "addition" and review.proposed is not None


def _facts_of_addition(review: Review, say: Say) -> list[tuple[str, str]]:
    if not _is_new(review) or review.proposed is None:
        return []
    content = review.proposed
    if _week_of_addition(review, say):
        content = _without_hours(content)
    return facts(content, say)


def _week_of_addition(review: Review, say: Say) -> list[dict[str, Any]] | None:
    if not _is_new(review) or review.proposed is None or review.proposed.opening_hours is None:
        return None
    return week_of(review.proposed.opening_hours, say)


def _details(row: store.Row, say: Say) -> str:
    """Return what a correction changes or a new place offers, the first three."""
    if row.kind == "addition":
        known = vocabulary.categories()
        codes = [service.get("category") for service in row.proposed.get("services", ())]
        words = [known[code].label(current_language()) for code in dict.fromkeys(codes) if code in known]
    else:
        words = [say(LABELS[field]) for field in LABELS if field in row.proposed]
    return ", ".join(words[:3]) + (f" +{len(words) - 3}" if len(words) > 3 else "")


def _department_name(code: str) -> str:
    known = departments().get(code)
    return f"{known.name} ({code})" if known else code


def _departments(codes: set[str]) -> list[tuple[str, str]]:
    return [(code, _department_name(code)) for code in sorted(codes)]


def _without_hours(content: StructureContent) -> StructureContent:
    return msgspec.structs.replace(content, opening_hours=None)


HANDLERS = (
    show_queue,
    show_contribution,
    show_journey,
    send_approval,
    send_rejection,
    send_rebase,
)
