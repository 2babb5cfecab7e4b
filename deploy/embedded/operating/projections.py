"""`relais rebuild` and `relais audit`."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Annotated

import psycopg
from cyclopts import Parameter
from nats.errors import Error as NatsError
from psycopg_pool import PoolTimeout
from rich.box import SIMPLE_HEAD
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from deploy.embedded.operating.common import bus, console, fail, keep_logs_quiet, listed, say, services
from libs.bus.connection import BusClient
from libs.bus.operations import NoAnswer
from libs.database import open_pool
from libs.projections import Projection, auditing, rebuilding
from libs.projections.auditing import Findings
from libs.projections.rebuilding import NotRebuilt
from libs.projections.shadow import AtWork
from libs.projections.states import StreamUnreadable
from libs.runtime import Service, Settings, read_settings

SHOWN = 10
"""How many departments and structures are named."""

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
_STEPS = {
    "structures": "{name}: taking structures in",
    "indexes": "{name}: making indexes",
    "stream": "{name}: waiting for the stream to hold every structure",
    "exchange": "{name}: putting the new tables in place",
}
_KINDS = ("missing", "stale", "different", "extra")


def rebuild(projection: str, /) -> None:
    """Build a projection anew from what the directory said, while people go on using the old one.

    Nothing fails and nothing is lost meanwhile. It may be interrupted: the old one then stays.

    Parameters
    ----------
    projection
        search, exports or contributions.
    """
    service = _owner(projection)
    keep_logs_quiet()

    async def work(settings: Settings, found: Projection, nats: BusClient) -> None:
        with Progress(*_COLUMNS, console=console, transient=True) as progress:
            task = progress.add_task(projection, total=None)

            def tell(step: str, done: int, total: int | None) -> None:
                progress.update(
                    task, description=_STEPS[step].format(name=projection), completed=done, total=total or None
                )

            built = await rebuilding.rebuild(found, database_url=settings.database_url, nats=nats, progress=tell)
        say(f"{projection} was rebuilt from {built.structures:,} structures in {built.seconds:.1f} s.")
        if built.unreadable:
            some = listed(built.unreadable[:SHOWN])
            say(f"{len(built.unreadable):,} messages mean nothing to this release, and were left out: {some}")

    with _sentences(projection):
        asyncio.run(_with(service, projection, work))


def audit(*projections: str, repair: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Compare projections with the directory, and say which structures they do not hold as it tells them.

    The exit code is 1 if any were left different. It is done every night, too; the page /exploitation shows
    the last result.

    Parameters
    ----------
    projections
        Some of search, exports and contributions; all where none is named.
    repair
        Take what differs in anew.
    """
    names = projections or tuple(name for service in services() for name in service.projections)
    owners = {name: _owner(name) for name in names}
    keep_logs_quiet()
    outcomes: list[Findings] = []
    with Progress(*_COLUMNS, console=console, transient=True) as progress:
        for name, service in owners.items():
            task = progress.add_task(f"{name}: comparing", total=None)

            async def work(settings: Settings, found: Projection, nats: BusClient, task: TaskID = task) -> None:
                def tell(done: int, total: int) -> None:
                    progress.update(task, completed=done, total=total)

                outcomes.append(
                    await auditing.audit(
                        found, database_url=settings.database_url, nats=nats, repair=repair, progress=tell
                    )
                )

            with _sentences(name):
                asyncio.run(_with(service, name, work))
    _tell(outcomes)
    if any(outcome.audit.wrong for outcome in outcomes):
        raise SystemExit(1)


async def _with(
    service: Service, name: str, work: Callable[[Settings, Projection, BusClient], Awaitable[None]]
) -> None:
    settings = read_settings(service.name)
    async with open_pool(settings.database_url, most=2) as pool, bus(settings) as nats:
        projection = service.projections[name](pool, settings)
        try:
            await work(settings, projection, nats)
        finally:
            await projection.close()


def _owner(name: str) -> Service:
    known = {projection: service for service in services() for projection in service.projections}
    if name not in known:
        raise fail(f"There is no projection {name} here; there is: {listed(known)}.", 2)
    return known[name]


@contextmanager
def _sentences(name: str) -> Generator[None]:
    """Turn what stops a rebuild or an audit into one sentence and an exit code."""
    try:
        yield
    except AtWork as error:
        since = f"{error.since.astimezone():%H:%M:%S}"
        raise fail(f"Another process has been at this with {name} since {since}; it is left to it.") from error
    except NotRebuilt as error:
        raise fail(str(error)) from error
    except StreamUnreadable as error:
        raise fail(f"This cannot be done now: {error}. Nothing was changed; run it again in a moment.") from error
    except NoAnswer as error:
        raise fail(f"{error}, and only it knows what {name} should hold. Is its worker running?") from error
    except (psycopg.Error, PoolTimeout) as error:
        reason = str(error).strip().split("\n")[0]
        raise fail(f"The database of {name} stopped this, and is as it was: {reason}") from error
    except (NatsError, TimeoutError) as error:
        raise fail(f"nats-server went away meanwhile; {name} is as it was. Run it again in a moment.") from error


def _tell(outcomes: list[Findings]) -> None:
    table = Table(Column("Projection", no_wrap=True), box=SIMPLE_HEAD, show_edge=False, padding=0)
    for column in ("Compared", *(kind.capitalize() for kind in _KINDS), "On the way", "Repaired"):
        table.add_column(column, justify="right", no_wrap=True)
    for outcome in outcomes:
        kinds = Counter(one.kind for one in outcome.differences)
        numbers = (
            outcome.audit.compared,
            *(kinds[kind] for kind in _KINDS),
            outcome.audit.late,
            outcome.audit.repaired,
        )
        table.add_row(outcome.audit.projection, *(f"{number:,}" for number in numbers))
    console.print(table)
    for outcome in outcomes:
        _tell_differences(outcome)
    if any(outcome.audit.wrong for outcome in outcomes):
        say("\nrelais audit --repair takes what differs in anew.")


def _tell_differences(outcome: Findings) -> None:
    name = outcome.audit.projection
    if outcome.audit.late:
        say(f"\n{name}: {outcome.audit.late:,} could not be judged, for events about them are still on their way.")
    if not outcome.differences:
        return
    departments = Counter(one.department or "" for one in outcome.differences)
    some = [
        f"{code or 'none'} ({count:,} of {outcome.compared.get(code, 0):,})"
        for code, count in departments.most_common(SHOWN)
    ]
    more = f" and {len(departments) - SHOWN:,} more" if len(departments) > SHOWN else ""
    say(f"\n{name}, by department: {', '.join(some)}{more}")
    for one in outcome.differences[:SHOWN]:
        say(f"  {one.id} {one.kind}")
    if len(outcome.differences) > SHOWN:
        say(f"  … and {len(outcome.differences) - SHOWN:,} more")
