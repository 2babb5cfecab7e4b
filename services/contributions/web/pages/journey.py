"""The journey of an approved change, as pages show it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.web.formatting import NARROW, moment
from libs.web.language import N_, current_language
from services.contributions.domain.journey import STEPS, Journey, State, Step, StepName
from services.contributions.web.showing import Say

FOLLOWED = timedelta(minutes=15)
"""How long a page asks by itself how far an approved change has come."""

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
    done = sum(step["state"] != "pending" for step in steps)
    if journey.complete:
        last = max(step.at for step in journey.steps)
        message = N_("The change has arrived everywhere, %(time)s after the approval.")
        summary = say(message, time=_elapsed(start or last, last))
    else:
        summary = say(N_("%(done)s steps of %(total)s"), done=done, total=len(steps))
    recent = start is not None and datetime.now(UTC) - start < FOLLOWED
    follow = not journey.complete and recent
    return {
        "steps": steps,
        "summary": summary,
        "refresh": f"/moderation/{contribution_id}/parcours" if follow else None,
    }


def _elapsed(start: datetime, at: datetime) -> str:
    """Return a time since the approval: « 0,3 s », and past two minutes the moment itself."""
    seconds = max((at - start).total_seconds(), 0)
    if seconds >= 120:
        return moment(at)
    text = f"{seconds:.1f}{NARROW}s"
    return text.replace(".", ",") if current_language() == "fr" else text


_ANSWERS: dict[State, str] = {
    "not_asked": N_("No address was left: there is nobody to tell."),
    "failed": N_("The message could not be delivered, and will not be sent again."),
    "under_way": N_("The message could not be delivered yet. It will be sent again."),
}


def _note(step: Step, say: Say) -> str | None:
    """Return what a station says besides its time: what happens next, where something failed."""
    if step.step == "contributor_notified":
        return say(_ANSWERS[step.state]) if step.state in _ANSWERS else None
    if step.step != "webhooks":
        return None
    if step.total == 0:
        return say(N_("No partner follows this department."))
    counted = {"delivered": step.delivered or 0, "total": step.total or "?", "failed": step.failed or 0}
    if step.failed:
        message = N_("%(delivered)s of %(total)s told, %(failed)s could not be. These can be sent again from webhooks.")
        return say(message, **counted)
    return say(N_("%(delivered)s of %(total)s told."), **counted)
