"""How often records are read: the API, files for spreadsheets, and what the page of statistics shows."""

from __future__ import annotations

from datetime import date
from typing import Annotated, get_args

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from libs.database import Connection, Pool
from libs.web import Problem
from libs.web.documentation import problem
from libs.web.language import N_
from libs.web.spreadsheets import plain_cell
from services.search.statistics.store import Count, Period
from services.search.statistics.views import Viewed, ViewsBy, views_by
from services.search.web.statistics import (
    STATISTICS,
    Bar,
    OfDepartment,
    Since,
    Until,
    bars,
    department_labels,
    file_of,
    period_of,
    service_labels,
)

MOST_SHOWN = 15

_FILES: dict[str, ViewsBy] = {f"{by}.csv": by for by in get_args(ViewsBy)}


class ViewsAnswer(msgspec.Struct, kw_only=True):
    """Counts of views of records from `since` to `until`, whole days in Paris.

    The `key` of a count is what was asked `by`: a day, the hour that begins (UTC), the code of a department (empty
    where it is not known) or of a category, or the id of a structure, which then has `name`, `city` and `slug`.
    """

    since: date
    until: date
    by: ViewsBy
    items: list[Viewed]


class ShownViews(msgspec.Struct, kw_only=True, frozen=True):
    """What the page shows of views; `total` is of the whole period."""

    total: int
    by_day: list[Bar]
    by_department: list[Bar]
    by_service: list[Bar]
    structures: list[Viewed]


@get(
    "/api/v1/search/statistics/views",
    tags=["search"],
    responses={422: problem("A parameter cannot be read, or the period is too long; `errors` says which.")},
)
async def views(
    counting: NamedDependency[Pool],
    *,
    by: Annotated[ViewsBy, QueryParameter(description="What to count by.")] = "day",
    since: Since = None,
    until: Until = None,
    department: OfDepartment = None,
) -> ViewsAnswer:
    """Count the views of records in a period.

    A view is a page of a record that was shown, whoever saw it: nothing is known of them. Single structures are told
    of weeks in which several people saw them; a record counts in each category that it offers.
    """
    period = period_of(by, since, until, department)
    async with counting.connection() as connection:
        items = await views_by(connection, by, period)
    return ViewsAnswer(since=period.first, until=period.last, by=by, items=items)


@get(
    STATISTICS + "/fiches/{file:str}",
    summary="Download counts of views",
    tags=["search"],
    responses={
        404: problem("There is no such file."),
        422: problem("A parameter cannot be read, or the period is too long; `errors` says which."),
    },
)
async def views_file(
    counting: NamedDependency[Pool],
    file: FromPath[str],
    *,
    since: Since = None,
    until: Until = None,
    department: OfDepartment = None,
) -> Response[str]:
    """The same as CSV: `day.csv`, `hour.csv`, `department.csv`, `service.csv`, `structure.csv`."""
    by = _FILES.get(file)
    if by is None:
        raise Problem(404, "not-found", N_("There is no such file."))
    period = period_of(by, since, until, department)
    async with counting.connection() as connection:
        counts = await views_by(connection, by, period)
    names = ("name", "city") if by == "structure" else ()
    rows = ((one.key, one.views, *(plain_cell(getattr(one, name) or "") for name in names)) for one in counts)
    return file_of("views", period, (by, "views", *names), rows)


async def shown_views(connection: Connection, period: Period, language: str) -> ShownViews:
    """Return what the page shows of a period, in a language."""
    days = await views_by(connection, "day", period)
    of_departments = [one for one in await views_by(connection, "department", period) if one.key]
    of_services = await views_by(connection, "service", period)
    return ShownViews(
        total=sum(one.views for one in days),
        by_day=bars(_counts(days)),
        by_department=bars(_counts(of_departments[:MOST_SHOWN]), department_labels()),
        by_service=bars(_counts(of_services[:MOST_SHOWN]), service_labels(language)),
        structures=(await views_by(connection, "structure", period))[:MOST_SHOWN],
    )


def _counts(views: list[Viewed]) -> list[Count]:
    return [Count(key=one.key, searches=one.views, unanswered=None) for one in views]


HANDLERS = [views, views_file]
