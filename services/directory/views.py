"""How often records are read, told to whoever keeps statistics: counts, and nobody's name."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from litestar import Request

from libs.bus import NewEvent, record
from libs.contracts.events import RecordsViewed, ViewsInHour, ViewsOfService, ViewsOfStructure
from libs.contracts.structure import Structure, department_of
from libs.database import Pool
from libs.web.counting import AWAY, SEVERAL, Crowd, is_read
from libs.web.formatting import PARIS

log = structlog.get_logger()

TELL_EVERY = 60.0
"""Seconds between two counts."""

_ROBOT = re.compile(r"bot\b|crawl|spider|slurp|preview|^$", re.IGNORECASE)

Hour: TypeAlias = tuple[datetime, str]
OfService: TypeAlias = tuple[date, str, str]
OfStructure: TypeAlias = tuple[date, UUID, str]


class Views:
    """Views of records as a process counts them, until they are told.

    Which record it was is told once several people saw it in one week.
    """

    def __init__(self) -> None:
        self._hours = Counter[Hour]()
        self._services = Counter[OfService]()
        self._structures = Counter[OfStructure]()
        self._crowd = Crowd[OfStructure]()

    def count(self, structure: Structure, network: str, moment: datetime) -> None:
        """Count that somebody from `network` read a record at `moment` (aware)."""
        department, day = department_of(structure) or "", moment.astimezone(PARIS).date()
        self._hours[moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0), department] += 1
        self._services.update({(day, department, service.category) for service in structure.services})
        week = day - timedelta(days=day.weekday())
        this = (week, structure.id, department)
        if self._crowd.count(week, this, network) >= SEVERAL:
            self._structures[this] += self._crowd.release(this)
        self._crowd.make_room()

    def take(self) -> RecordsViewed | None:
        """Return what was counted since the last time, and may be told; None when there is nothing."""
        if not self._hours:
            return None
        taken = RecordsViewed(
            hours=tuple(ViewsInHour(hour=at, department=one, views=n) for (at, one), n in self._hours.items()),
            services=tuple(
                ViewsOfService(day=day, department=one, category=code, views=n)
                for (day, one, code), n in self._services.items()
            ),
            structures=tuple(
                ViewsOfStructure(week=week, structure_id=structure, department=one, views=n)
                for (week, structure, one), n in self._structures.items()
            ),
        )
        self._hours, self._services, self._structures = Counter[Hour](), Counter[OfService](), Counter[OfStructure]()
        return taken

    def give_back(self, taken: RecordsViewed) -> None:
        """Take back what could not be told."""
        self._hours.update({(one.hour, one.department): one.views for one in taken.hours})
        self._services.update({(one.day, one.department, one.category): one.views for one in taken.services})
        self._structures.update({(one.week, one.structure_id, one.department): one.views for one in taken.structures})


def is_viewed(request: Request[Any, Any, Any]) -> bool:
    """Whether somebody is to read the page, not a program that says what it is."""
    return is_read(request) and not _ROBOT.search(request.headers.get("user-agent", ""))


async def tell(views: Views, pool: Pool) -> None:
    """Record what was counted, to be told; while the database is away it waits."""
    taken = views.take()
    if taken is None:
        return
    try:
        async with pool.connection() as connection, connection.transaction():
            await record(connection, NewEvent(data=taken, aggregate_id=_of_its_hour(datetime.now(UTC))))
    except BaseException as error:
        views.give_back(taken)
        if not isinstance(error, AWAY):
            raise
        log.warning("views_put_off", error=type(error).__name__)


def _of_its_hour(now: datetime) -> UUID:
    """Return the id under which counts of an hour of the week are told.

    The stream keeps so many events of each, whatever their age: of counts it then keeps a bounded number.
    """
    return uuid5(NAMESPACE_URL, f"relais:records.viewed/{now:%w/%H}")
