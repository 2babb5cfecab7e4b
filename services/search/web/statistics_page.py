"""The public page of statistics: what is searched, and which records are read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from libs.contracts.validation import FieldError
from libs.database import Pool
from libs.territories import departments
from libs.web import Page, Problem, page
from libs.web.counting import SEVERAL
from libs.web.formatting import PARIS
from libs.web.language import N_, language_of
from libs.web.pages import translate
from services.search.asking import shown
from services.search.statistics import store
from services.search.statistics.store import By, Count, Period
from services.search.web.statistics import STATISTICS, bars, department_labels, period_of, service_labels
from services.search.web.views import shown_views

MOST_SHOWN = 15

DAYS = ("7", "30", "365")
"""The periods up to today that are one link away."""

DAYS_AT_FIRST = "30"


@get(STATISTICS, include_in_schema=False)
async def statistics_page(
    request: Request[Any, Any, Any],
    counting: NamedDependency[Pool],
    *,
    days: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    department: FromQuery[str] = "",
) -> Page:
    """Show what was searched in the last `days`, else from `since` to `until`; what cannot be read is said."""
    days = "" if since or until else days or DAYS_AT_FIRST
    unread = [name for name, text in (("since", since), ("until", until)) if text and _day(text) is None]
    period, wrong = _period(days, since, until, department, unread)
    form: dict[str, Any] = {
        "days": days,
        "choices": DAYS,
        "since": period.first.isoformat() if period else since,
        "until": period.last.isoformat() if period else until,
        "unread": unread,
        "department": department,
        "departments": departments(),
        "errors": {one.field: translate(request, one.message, one.parameters) for one in wrong},
    }
    if period is None:
        return page(request, "search/statistics.html", status=422, **form)
    language = language_of(request)
    counts: dict[By, list[Count]] = {}
    async with counting.connection() as connection:
        for by in ("day", "hour_of_day", "department", "service", "query"):
            counts[by] = await store.count_by(connection, by, period)
        views = await shown_views(connection, period, language)
    return page(
        request,
        "search/statistics.html",
        **form,
        period=period,
        total=sum(one.searches for one in counts["day"]),
        unanswered=sum(one.unanswered or 0 for one in counts["day"]),
        by_day=bars(counts["day"]),
        by_hour=bars(counts["hour_of_day"]),
        by_department=bars(
            [one for one in counts["department"] if one.key][:MOST_SHOWN],
            department_labels(),
        ),
        by_service=bars(counts["service"][:MOST_SHOWN], service_labels(language)),
        queries=bars(counts["query"][:MOST_SHOWN]),
        missing=sorted(
            (one for one in counts["query"] if one.unanswered), key=lambda one: (-(one.unanswered or 0), one.key)
        )[:MOST_SHOWN],
        views=views,
        several=SEVERAL,
        file=f"since={period.first}&until={period.last}"
        + (f"&department={period.department}" if period.department else ""),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _period(
    days: str, since: str, until: str, department: str, unread: list[str]
) -> tuple[Period | None, list[FieldError]]:
    """Return the period asked for, else what is wrong with it; days in `unread` are none."""
    wrong = [FieldError(field=name, message=N_("Write a day of this century, such as 2026-11-03.")) for name in unread]
    if days and days not in DAYS:
        wrong.append(FieldError(field="days", message=N_("Choose one of the periods.")))
    if department and department not in departments():
        message = N_("There is no department with the code “%(code)s”.")
        wrong.append(FieldError(field="department", message=message, parameters={"code": shown(department)[:80]}))
    if wrong:
        return None, wrong
    first, last = _day(since), _day(until)
    if days:
        last = datetime.now(PARIS).date()
        first = last - timedelta(days=int(days) - 1)
    try:
        return period_of("day", first, last, department or None), []
    except Problem as problem:
        return None, list(problem.errors)
