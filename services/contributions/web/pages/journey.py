"""The journey of an approved change, as pages show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from babel.dates import format_timedelta

from libs.web.formatting import NARROW, PARIS, clock, moment
from libs.web.language import N_, current_language
from services.contributions.domain.journey import STEPS, Journey, Step, StepName
from services.contributions.web.showing import Say

FOLLOWED = timedelta(minutes=15)
"""How long a page asks by itself how far an approved change has come."""

SOON = timedelta(minutes=1)
"""How near another attempt must be for a page to wait for it."""

_TEXTS: dict[StepName, str] = {
    "approved": N_("Approved"),
    "applied": N_("Applied to the record"),
    "indexed": N_("In the search"),
    "exported": N_("In the exports"),
    "webhooks": N_("With the partners"),
    "contributor_notified": N_("Contributor told"),
}


def shown_journey(contribution_id: UUID, journey: Journey, say: Say) -> dict[str, Any]:
    """Return the journey as the design system's `journey` shows it."""
    reached = {step.step: step for step in journey.steps}
    start = journey.steps[0].at if journey.steps else None
    steps: list[dict[str, Any]] = []
    for name in STEPS:
        step = reached.get(name)
        shown: dict[str, Any] = {"text": say(_TEXTS[name]), "state": "pending"}
        if step is not None and start is not None:
            shown |= {
                "state": {"under_way": "pending", "not_asked": "done"}.get(step.state, step.state),
                "time": None if step.state == "not_asked" else _elapsed(start, step.at),
                "note": _note(step, say),
            }
        steps.append(shown)
    now = datetime.now(UTC)
    retried_soon = any(step.next_attempt_at and step.next_attempt_at < now + SOON for step in journey.steps)
    recent = start is not None and now - start < FOLLOWED
    follow = recent and (not journey.complete or retried_soon)
    return {
        "steps": steps,
        "summary": _summary(journey, say),
        "refresh": f"/moderation/{contribution_id}/parcours" if follow else None,
    }


def _summary(journey: Journey, say: Say) -> str:
    """Return how far the change has come as a sentence; where it has not arrived, what happens next."""
    pending = len(STEPS) - sum(step.state != "under_way" for step in journey.steps)
    failed = [step for step in journey.steps if step.state == "failed"]
    if not journey.complete:
        done = len(STEPS) - pending
        message = N_("%(done)s step of %(total)s") if done == 1 else N_("%(done)s steps of %(total)s")
        count = say(message, done=done, total=len(STEPS))
        is_with_partners = pending == 1 and any(step.state == "under_way" for step in journey.steps)
        return say(N_("%(count)s: waiting for the partners."), count=count) if is_with_partners else count
    if not failed:
        first, last = journey.steps[0].at, max(step.at for step in journey.steps)
        return say(N_("The change has arrived everywhere, %(time)s after the approval."), time=_elapsed(first, last))
    if [step.step for step in failed] != ["webhooks"]:
        return say(N_("The change has not arrived everywhere: see what failed, and what happens next."))
    [webhooks] = failed
    count = webhooks.failed or 0
    message = (
        N_("The change has arrived everywhere, but for %(count)s partner.")
        if count == 1
        else N_("The change has arrived everywhere, but for %(count)s partners.")
    )
    sentences = [say(message, count=count)]
    if webhooks.retrying:
        sentences.append(say(N_("It will be tried again %(when)s."), when=_when(webhooks, say)))
    return " ".join(sentences)


def _elapsed(start: datetime, at: datetime) -> str:
    """Return a time since the approval: « 0,3 s », past two minutes « 5 min », « 3 h », « 4 j »."""
    seconds = max((at - start).total_seconds(), 0)
    if seconds >= 120:
        return format_timedelta(at - start, format="short", locale=current_language())
    text = f"{seconds:.1f}{NARROW}s"
    return text.replace(".", ",") if current_language() == "fr" else text


def _note(step: Step, say: Say) -> str | None:
    """Return what a station says besides its time: what happens next, where something failed."""
    return _note_of_answer(step, say) if step.step == "contributor_notified" else _note_of_webhooks(step, say)


def _note_of_answer(step: Step, say: Say) -> str | None:
    if step.state == "not_asked":
        return say(N_("No address was left: there is nobody to tell."))
    if step.state != "failed":
        return None
    if step.next_attempt_at is None:
        return say(N_("The message could not be delivered, and will not be sent again."))
    return say(N_("The message could not be delivered. It will be sent again %(when)s."), when=_when(step, say))


def _note_of_webhooks(step: Step, say: Say) -> str | None:
    if step.step != "webhooks":
        return None
    if step.total == 0:
        return say(N_("No partner follows this department."))
    sentences = [say(N_("%(delivered)s of %(total)s told."), delivered=step.delivered, total=step.total or "?")]
    retrying = step.retrying or 0
    if retrying:
        message = N_("Failed for %(count)s: it will be tried again %(when)s.")
        sentences.append(say(message, count=retrying, when=_when(step, say)))
    if given_up := (step.failed or 0) - retrying:
        sentences.append(say(N_("Given up for %(count)s: this can be sent again from webhooks."), count=given_up))
    return " ".join(sentences)


def _when(step: Step, say: Say) -> str:
    """Return when the next attempt is made: « dans un instant », « à 14 h 35 », « le mardi 3 décembre 2024, 9 h »."""
    now = datetime.now(UTC)
    at = step.next_attempt_at or now
    if at < now + SOON:
        return say(N_("in a moment"))
    local = at.astimezone(PARIS)
    if local.date() == now.astimezone(PARIS).date():
        return say(N_("at %(time)s"), time=clock(local))
    return say(N_("on %(moment)s"), moment=moment(at))
