"""What is searched, in figures: a public page, files for spreadsheets, an API, and what nobody found."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from libs.contracts import vocabulary
from libs.contracts.validation import FieldError
from libs.database import Pool
from libs.territories import department_name, departments
from libs.web import Page, Problem, Viewer, page, require
from libs.web.cursors import decode_cursor, encode_cursor
from libs.web.documentation import problem
from libs.web.formatting import PARIS
from libs.web.language import N_
from libs.web.problems import SENTENCES
from services.search.statistics import store
from services.search.statistics.store import AfterNotFound, By, Count, Period

STATISTICS = "/statistiques"
NOT_FOUND = "/moderation/recherches"

DAYS = 30
MOST_DAYS = 1_100
MOST_DAYS_BY_HOUR = 92
MOST_SHOWN = 15
NOT_FOUND_PER_PAGE = 50

_CENTURY = range(2001, 2100)

_FILES: dict[str, By] = {
    "day.csv": "day",
    "hour.csv": "hour",
    "hour_of_day.csv": "hour_of_day",
    "department.csv": "department",
    "service.csv": "service",
    "query.csv": "query",
}


class StatisticsAnswer(msgspec.Struct, kw_only=True):
    """Counts of searches from `since` to `until`, whole days in Paris.

    The `key` of a count is what was asked `by`: a day, the hour that begins (UTC), an hour of the day in Paris
    (00 to 23), the code of a department (empty where it is not known) or of a service or family, or the words of a
    query. `unanswered` searches found nothing as they were asked; null where that is not counted.
    """

    since: date
    until: date
    by: By
    items: list[Count]


def period_of(by: str, since: date | None, until: date | None, department: str | None) -> Period:
    """Return the period asked for; without one, the last 30 days.

    Raises:
        Problem: 422, saying what is wrong with it.
    """
    for name, day in (("since", since), ("until", until)):
        if day and day.year not in _CENTURY:
            raise _refusal(name, N_("Write a day of this century, such as 2026-11-03."))
    if department and department not in departments():
        raise _refusal("department", N_("There is no department with the code “%(code)s”."), code=department[:80])
    last = until or (since + timedelta(days=DAYS - 1) if since else datetime.now(PARIS).date())
    first = since or last - timedelta(days=DAYS - 1)
    most = MOST_DAYS_BY_HOUR if by == "hour" else MOST_DAYS
    if first > last:
        raise _refusal("since", N_("The first day must not come after the last."))
    if (last - first).days >= most:
        raise _refusal("since", N_("Ask for %(most)s days at most."), most=most)
    return Period(first=first, last=last, department=department or None)


def _refusal(field: str, message: str, **parameters: Any) -> Problem:
    errors = [FieldError(field=field, message=message, parameters=parameters)]
    return Problem(422, "invalid", SENTENCES[422], errors=errors)


Since = Annotated[date | None, QueryParameter(description="The first day; without it, 29 days before the last.")]
Until = Annotated[date | None, QueryParameter(description="The last; without it, 29 days after the first, else today.")]
OfDepartment = Annotated[str | None, QueryParameter(description="The code of a department; without it, all.")]


@get(
    "/api/v1/search/statistics",
    tags=["search"],
    responses={422: problem("A parameter cannot be read, or the period is too long; `errors` says which.")},
)
async def statistics(
    counting: NamedDependency[Pool],
    *,
    by: Annotated[By, QueryParameter(description="What to count by.")] = "day",
    since: Since = None,
    until: Until = None,
    department: OfDepartment = None,
) -> StatisticsAnswer:
    """Count the searches of a period.

    A search is counted once, with its first page. Nothing is known of who searched. Queries are told when several
    people in one department looked for the same words in one week; what comes less often is nobody's business.
    """
    period = period_of(by, since, until, department)
    async with counting.connection() as connection:
        items = await store.count_by(connection, by, period)
    return StatisticsAnswer(since=period.first, until=period.last, by=by, items=items)


@get(
    STATISTICS + "/{file:str}",
    summary="Download counts of searches",
    tags=["search"],
    responses={
        404: problem("There is no such file."),
        422: problem("A parameter cannot be read, or the period is too long; `errors` says which."),
    },
)
async def statistics_file(
    counting: NamedDependency[Pool],
    file: FromPath[str],
    *,
    since: Since = None,
    until: Until = None,
    department: OfDepartment = None,
) -> Response[str]:
    """The same as CSV: `day.csv`, `hour.csv`, `hour_of_day.csv`, `department.csv`, `service.csv`, `query.csv`."""
    by = _FILES.get(file)
    if by is None:
        raise Problem(404, "not-found", N_("There is no such file."))
    period = period_of(by, since, until, department)
    async with counting.connection() as connection:
        counts = await store.count_by(connection, by, period)
    header = (by, "searches", "unanswered")
    return file_of("searches", period, header, ((one.key, one.searches, one.unanswered) for one in counts))


def file_of(
    what: str, period: Period, header: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> Response[str]:
    """Answer what was counted in a period, by what the first of `header` names, as a CSV file to be kept."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    disposition = f'attachment; filename="relais-{what}-{header[0]}-{period.first}-{period.last}.csv"'
    return Response(text.getvalue(), media_type="text/csv", headers={"Content-Disposition": disposition})


class Bar(msgspec.Struct, kw_only=True, frozen=True):
    """A count as a plot shows it: `share` is a per cent of the longest."""

    key: str
    label: str
    searches: int
    unanswered: int | None
    share: float


def bars(counts: Sequence[Count], labels: dict[str, str] | None = None) -> list[Bar]:
    longest = max((one.searches for one in counts), default=0) or 1
    return [
        Bar(
            key=one.key,
            label=(labels or {}).get(one.key, one.key),
            searches=one.searches,
            unanswered=one.unanswered,
            share=round(100 * one.searches / longest, 1),
        )
        for one in counts
    ]


def department_labels() -> dict[str, str]:
    return {code: f"{department_name(code)} ({code})" for code in departments()}


def service_labels(language: str) -> dict[str, str]:
    terms = {**vocabulary.families(), **vocabulary.categories()}
    return {code: term.label(language) for code, term in terms.items()}


@get(NOT_FOUND, include_in_schema=False, guards=[require("moderator")])
async def not_found_page(
    request: Request[Any, Any, Any],
    counting: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    *,
    after: FromQuery[str | None] = None,
) -> Page:
    position = decode_cursor(after, AfterNotFound) if after else None
    async with counting.connection() as connection:
        rows = await store.not_found(connection, viewer.scope, after=position, most=NOT_FOUND_PER_PAGE + 1)
    shown, more = rows[:NOT_FOUND_PER_PAGE], rows[NOT_FOUND_PER_PAGE:]
    last = shown[-1] if more else None
    return page(
        request,
        "search/not_found.html",
        rows=shown,
        names={one.department: department_name(one.department) for one in shown if one.department},
        following=last and encode_cursor(AfterNotFound(-last.unanswered, last.department, last.query)),
        after=after,
        kept=store.KEPT_OF_FEW.days // 7,
    )


HANDLERS = [statistics, statistics_file, not_found_page]
