"""A week of opening hours, in words: what the design system's `week` shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from libs.contracts.structure import Override
from libs.opening_hours import DayHours, Span, week
from libs.web.formatting import clock, isolated, listed, weekday
from libs.web.language import N_


def week_of(
    hours: str | None, overrides: Sequence[Override], department: str | None, today: date, say: Callable[[str], str]
) -> list[dict[str, Any]] | None:
    """Return the days from Monday to Sunday, each as it comes next: a day already past helps nobody.

    `say` translates a marked message. Nothing is returned where no hours are known.
    """
    this = week(hours, overrides, department, today)
    following = week(hours, overrides, department, today + timedelta(weeks=1))
    days = [now if now.date >= today else later for now, later in zip(this, following, strict=True)]
    if all(day.spans is None for day in days):
        return None
    return [_day(day, today, say) for day in days]


def _day(day: DayHours, today: date, say: Callable[[str], str]) -> dict[str, Any]:
    notes = [say(day.holiday)] if day.holiday else []
    known = [span for span in day.spans or () if span.certain or span.opens != span.closes]
    if day.spans is None or (day.spans and not known):
        notes.append(say(N_("hours not known")))
    if day.override is not None and day.override.reason:
        notes.append(day.override.reason)
    notes += [span.comment for span in day.spans or () if span.comment]
    spans = [_span(span, say) for span in known]
    name = weekday(day.date)
    note = listed(map(isolated, dict.fromkeys(notes))) or None
    return {"name": name[:1].upper() + name[1:], "hours": spans, "today": day.date == today, "note": note}


def _span(span: Span, say: Callable[[str], str]) -> str:
    if span.closes is None:
        return say(N_("from %(time)s")) % {"time": clock(span.opens)}
    if span.opens == span.closes:
        return say(N_("day and night"))
    text = f"{clock(span.opens)} – {clock(span.closes)}"  # noqa: RUF001 -- the dash of a span
    return text if span.certain else say(N_("perhaps %(hours)s")) % {"hours": text}
