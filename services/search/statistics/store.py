"""The counts as they are kept, and what they tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from libs.database import Connection, Queries, fetch_all
from libs.web.counting import SEVERAL
from libs.web.formatting import PARIS
from services.search.statistics.tally import Counts

SQL = Queries("services.search.statistics")

By: TypeAlias = Literal["day", "hour", "hour_of_day", "department", "service", "query"]

MOST_TOLD = 200

KEPT_OF_FEW = timedelta(weeks=13)
"""How long a query of fewer than SEVERAL people is kept."""

KEPT = timedelta(weeks=105)
"""How long other queries are."""


class Count(msgspec.Struct, kw_only=True, frozen=True):
    """Searches for `key`, and of these the ones that nothing answered as they were asked (None: not counted)."""

    key: str
    searches: int
    unanswered: int | None


class Period(msgspec.Struct, kw_only=True, frozen=True):
    """Whole days in Paris, both counted; of one department, or of all."""

    first: date
    last: date
    department: str | None = None


class NotFound(msgspec.Struct, kw_only=True, frozen=True):
    """A query that nothing answered, how often, and the Monday of the week in which it last came."""

    department: str
    query: str
    unanswered: int
    week: date


_Sortable: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[^\\x00]*$")]
"""A text that PostgreSQL takes: cursors come from outside."""


class AfterNotFound(msgspec.Struct, frozen=True, array_like=True):
    """Where a page of queries goes on."""

    unanswered: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
    department: _Sortable
    query: _Sortable


async def add(connection: Connection, counts: Counts) -> None:
    """Add counts to those that are kept."""
    searches = [
        {"hour": hour, "department": department, "searches": number, "unanswered": counts.unanswered[hour, department]}
        for (hour, department), number in counts.searches.items()
    ]
    services = [
        {"day": day, "department": department, "service": service, "searches": number}
        for (day, department, service), number in counts.services.items()
    ]
    queries = [
        {
            "week": query[0],
            "department": query[1],
            "query": query[2],
            "searches": number,
            "unanswered": counts.unanswered_queries[query],
            "people": counts.people[query],
        }
        for query, number in counts.queries.items()
    ]
    async with connection.transaction():
        for name, rows in (("add_searches", searches), ("add_services", services), ("add_queries", queries)):
            if rows:
                await connection.execute(SQL[name], {"rows": msgspec.json.encode(rows).decode()})


def parameters_of(period: Period) -> dict[str, Any]:
    """Return what the queries of a period are given."""
    return {
        "first": period.first,
        "last": period.last,
        "since": datetime.combine(period.first, time.min, PARIS),
        "until": datetime.combine(period.last + timedelta(days=1), time.min, PARIS),
        "department": period.department,
        "several": SEVERAL,
        "most": MOST_TOLD,
    }


async def count_by(connection: Connection, by: By, period: Period) -> list[Count]:
    """Return counts of a period; of queries only those of SEVERAL people, the most frequent."""
    return await fetch_all(connection, Count, SQL[f"by_{by}"], parameters_of(period))


async def not_found(
    connection: Connection, departments: Sequence[str] | None, *, after: AfterNotFound | None, most: int
) -> list[NotFound]:
    """Return queries that nothing answered in these departments (None: anywhere), the most frequent first."""
    parameters = {
        "departments": None if departments is None else list(departments),
        "after": after and msgspec.json.encode(after).decode(),
        "most": most,
    }
    return await fetch_all(connection, NotFound, SQL["not_found"], parameters)


async def forget(connection: Connection, today: date) -> None:
    """Delete the queries that were kept long enough."""
    parameters = {"today": today, "several": SEVERAL, "days_of_few": KEPT_OF_FEW.days, "days": KEPT.days}
    await connection.execute(SQL["forget_queries"], parameters)
