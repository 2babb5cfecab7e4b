"""How often records are read, as the directory tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

import msgspec

from libs.bus import Event
from libs.bus.inbox import Handler
from libs.contracts.events import RecordsViewed
from libs.database import Connection, Queries, fetch_all
from services.search.statistics.store import KEPT, Period, parameters_of

SQL = Queries("services.search.statistics")

ViewsBy: TypeAlias = Literal["day", "hour", "department", "service", "structure"]


class Viewed(msgspec.Struct, kw_only=True, frozen=True):
    """Views for `key`; of a structure, what it is called and where its record is."""

    key: str
    views: int
    name: str | None = None
    city: str | None = None
    slug: str | None = None


async def take_views(connection: Connection, events: Sequence[Event[Any]]) -> None:
    """Add what was counted to what is kept."""
    hours = Counter[tuple[datetime, str]]()
    services = Counter[tuple[date, str, str]]()
    structures = Counter[tuple[date, UUID, str]]()
    for event in events:
        told: RecordsViewed = event.data
        for hour in told.hours:
            hours[hour.hour, hour.department] += hour.views
        for service in told.services:
            services[service.day, service.department, service.category] += service.views
        for one in told.structures:
            structures[one.week, one.structure_id, one.department] += one.views
    for name, columns, counts in (
        ("add_hours", ("hour", "department"), hours),
        ("add_services", ("day", "department", "category"), services),
        ("add_structures", ("week", "structure_id", "department"), structures),
    ):
        rows = [dict(zip(columns, key, strict=True)) | {"views": views} for key, views in counts.items()]
        if rows:
            await connection.execute(SQL[f"views_{name}"], {"rows": msgspec.json.encode(rows).decode()})


HANDLERS: Mapping[str, Handler] = {"records.viewed.v1": take_views}


async def views_by(connection: Connection, by: ViewsBy, period: Period) -> list[Viewed]:
    """Return views of a period; of structures those that are listed, in weeks that several saw them."""
    return await fetch_all(connection, Viewed, SQL[f"views_by_{by}"], parameters_of(period))


async def forget_views(connection: Connection, today: date) -> None:
    """Delete the views of single structures that were kept long enough."""
    await connection.execute(SQL["views_forget"], {"today": today, "days": KEPT.days})
