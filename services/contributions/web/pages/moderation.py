"""The page of one contribution: what helps to decide, the decision, and the journey that follows."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from libs.contracts.patch import Patch
from libs.contracts.structure import departments_of
from libs.contracts.validation import FieldError, InvalidContent
from libs.web import Page, Problem, page, require
from services.contributions.handlers import decision, reading
from services.contributions.handlers.case import Case
from services.contributions.handlers.reading import Review
from services.contributions.web.form import Values, read, values_of
from services.contributions.web.form.values import packed, posted, unpacked
from services.contributions.web.pages.journey import shown_journey
from services.contributions.web.pages.place import place_form
from services.contributions.web.pages.queue import show_queue
from services.contributions.web.pages.words import department_name, form_with, speaker
from services.contributions.web.showing import LABELS, Say, changes, facts, hours_words, week_of


@get("/{contribution_id:uuid}")
async def show_contribution(request: Request[Any, Any, Any], case: NamedDependency[Case]) -> Page:
    return await _contribution(request, case)


@get("/{contribution_id:uuid}/parcours")
async def show_journey(request: Request[Any, Any, Any], case: NamedDependency[Case]) -> Page:
    contribution, journey = await reading.followed(case)
    shown = shown_journey(case.contribution_id, journey, speaker(request))
    return page(request, "contributions/_followed.html", contribution=contribution, **shown)


@post("/{contribution_id:uuid}/approuver")
async def send_approval(request: Request[Any, Any, Any], case: NamedDependency[Case]) -> Response[Any]:
    values = posted(await request.form())

    async def approve() -> None:
        version = values.get("version", [""])[0]
        await decision.approve(
            case,
            edits=await _edits(case, values),
            reason=values.get("approval_reason", [""])[0],
            seen_version=int(version) if version.isdecimal() else None,
        )

    return await _decided(request, case, values, approve())


@post("/{contribution_id:uuid}/rejeter")
async def send_rejection(request: Request[Any, Any, Any], case: NamedDependency[Case]) -> Response[Any]:
    values = posted(await request.form())
    return await _decided(request, case, values, decision.reject(case, reason=values.get("reason", [""])[0]))


@post("/{contribution_id:uuid}/reprendre")
async def send_rebase(request: Request[Any, Any, Any], case: NamedDependency[Case]) -> Response[Any]:
    values = posted(await request.form())
    return await _decided(request, case, values, decision.rebase(case, fields=values.get("keep", [])))


async def _decided(
    request: Request[Any, Any, Any], case: Case, values: Values, doing: Coroutine[Any, Any, None]
) -> Response[Any]:
    """Decide, and lead back to the contribution; where that is refused, show it as it is now with what was typed."""
    try:
        await doing
    except InvalidContent as invalid:
        return await _contribution(request, case, values=values, errors=invalid.errors)
    except Problem as problem:
        if problem.status not in {403, 409, 422}:
            raise
        return await _contribution(request, case, values=values, refusal=problem)
    return Redirect(f"/moderation/{case.contribution_id}", status_code=303)


async def _edits(case: Case, values: Values) -> Patch:
    """Return the changes that the moderator typed in the form, as a patch on the content proposed.

    Raises:
        InvalidContent: something in the form cannot be read.
    """
    if "seen" not in values or (proposed := (await reading.review(case)).proposed) is None:
        return {}
    edits, errors = read(values, unpacked(values["seen"][0]), proposed)
    if errors:
        raise InvalidContent(errors)
    return edits


async def _contribution(
    request: Request[Any, Any, Any],
    case: Case,
    *,
    values: Values | None = None,
    errors: list[FieldError] | None = None,
    refusal: Problem | None = None,
) -> Page:
    review = await reading.review(case)
    say = speaker(request)
    contribution, known, journey = review.contribution, review.current, review.journey
    conflicts = [item for item in review.difference if item.conflict] if contribution.is_open else []
    followed: dict[str, Any] = shown_journey(contribution.id, journey, say) if journey.steps else {"steps": None}
    return page(
        request,
        "contributions/contribution.html",
        status=refusal.status if refusal else 422 if errors else 200,
        contribution=contribution,
        structure=known.state if known and not known.withdrawn else None,
        is_gone=known is not None and known.withdrawn and contribution.is_open,
        **_addition(review, say),
        changes=changes(review.difference, say, editable=contribution.is_open),
        week_kept=_week_kept(review, say),
        move=_move(review),
        conflicts=[(item.field, say(LABELS[item.field])) for item in conflicts],
        duplicates=review.possible_duplicates,
        departments=[department_name(code) for code in contribution.departments],
        # What the form offers is stored in English, and read here by people of another language than who chose it.
        role=contribution.contact_role and say(contribution.contact_role),
        refusal=say(refusal.message, **refusal.parameters) if refusal else None,
        **_editing(review, values or {}, errors or [], say),
        **followed,
    )


def _editing(review: Review, values: Values, errors: list[FieldError], say: Say) -> dict[str, Any]:
    """Return what the form of changes needs: the proposed content, or what the moderator typed already."""
    proposed = review.proposed
    if proposed is None or not review.contribution.is_open:
        return {"form": None}
    shown = values_of(proposed)
    # A form that was sent holds what it was made from; the others of the page hold their own fields only.
    is_sent = "seen" in values
    seen = unpacked(values["seen"][0]) if is_sent else shown
    form = form_with(values if is_sent else {**shown, **values}, errors, say, seen=seen)
    place = place_form(form, proposed, say)
    version = review.current.version if review.current else 0
    return {
        "form": form,
        "place": place,
        "is_edited": any(part.is_open for part in place["parts"].values()),
        "seen": packed(seen),
        "version": values.get("version", [version])[0],
    }


def _move(review: Review) -> tuple[str, str] | None:
    """Return the departments that a correction takes its place out of, and those that it takes it to, by name."""
    if review.current is None or review.proposed is None or not review.contribution.is_open:
        return None
    places = [departments_of(content) for content in (review.current.state, review.proposed)]
    names = [", ".join(map(department_name, codes)) for codes in places]
    return (names[0], names[1]) if places[0] and set(places[0]) != set(places[1]) else None


def _week_kept(review: Review, say: Say) -> str | None:
    """Return the hours that stay, in words, where a correction changes only what is said beside them."""
    proposed, fields = review.proposed, {item.field: item for item in review.difference}
    note = fields.get("opening_hours_note")
    if proposed is None or proposed.opening_hours is None or note is None or "opening_hours" in fields:
        return None
    is_open_correction = review.contribution.is_open and review.contribution.kind == "correction"
    return hours_words(proposed.opening_hours, say) if is_open_correction and note.after else None


def _addition(review: Review, say: Say) -> dict[str, Any]:
    """Return what a new place says: its hours as a week where one can hold them, else among the facts."""
    proposed = review.proposed
    if proposed is None or review.contribution.kind != "addition":
        return {"facts": [], "week": None}
    week = week_of(proposed.opening_hours, say) if proposed.opening_hours else None
    others = msgspec.structs.replace(proposed, opening_hours=None) if week else proposed
    return {"facts": facts(others, say), "week": week}


ROUTER = Router(
    path="/moderation",
    guards=[require("moderator")],
    include_in_schema=False,
    route_handlers=[show_queue, show_contribution, show_journey, send_approval, send_rejection, send_rebase],
)
