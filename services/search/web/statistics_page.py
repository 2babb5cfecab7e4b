"""The public page of statistics: what is searched, and which records are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from libs.database import Pool
from libs.territories import departments
from libs.web import Page, page
from libs.web.counting import SEVERAL
from libs.web.formatting import PARIS
from libs.web.language import language_of
from services.search.statistics import store
from services.search.statistics.store import By, Count
from services.search.web.statistics import STATISTICS, bars, department_labels, period_of, service_labels
from services.search.web.views import shown_views

MOST_SHOWN = 15

Days = Literal["7", "30", "365"]


@get(STATISTICS, include_in_schema=False)
async def statistics_page(
    request: Request[Any, Any, Any],
    counting: NamedDependency[Pool],
    *,
    days: FromQuery[Days] = "30",
    department: FromQuery[str | None] = None,
) -> Page:
    today = datetime.now(PARIS).date()
    period = period_of("day", today - timedelta(days=int(days) - 1), today, department)
    language = language_of(request)
    counts: dict[By, list[Count]] = {}
    async with counting.connection() as connection:
        for by in ("day", "hour_of_day", "department", "service", "query"):
            counts[by] = await store.count_by(connection, by, period)
        views = await shown_views(connection, period, language)
    return page(
        request,
        "search/statistics.html",
        days=days,
        department=period.department,
        departments=departments(),
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
