"""The inbox: each consumer takes each event in once, in the transaction of its effect."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from libs.bus.events import Event
from libs.bus.outbox import SQL
from libs.contracts.events import EventData
from libs.database import Connection

Handler: TypeAlias = Callable[[Connection, Sequence[Event[Any]]], Awaitable[None]]
"""Applies events of one type, in order, inside the transaction that took them in."""


async def take_in(
    connection: Connection, consumer: str, events: Sequence[Event[EventData]], handlers: Mapping[str, Handler]
) -> None:
    """Hand the events that are new to `consumer` to their handlers, type by type in order.

    For use inside a transaction, which what the handlers do is part of.
    """
    parameters = {"consumer": consumer, "ids": [event.id for event in events]}
    cursor = await connection.execute(SQL["take_in"], parameters)
    new = {row[0] for row in await cursor.fetchall()}
    runs: list[list[Event[EventData]]] = []
    for event in events:
        if event.id not in new:
            continue
        new.discard(event.id)
        if runs and runs[-1][0].type == event.type:
            runs[-1].append(event)
        else:
            runs.append([event])
    for run in runs:
        await handlers[run[0].type](connection, run)


async def count_failure(connection: Connection, consumer: str, event_id: UUID) -> int:
    """Note that `consumer` has tried an event in vain, and return how often by now: in whatever process."""
    cursor = await connection.execute(SQL["count_failure"], {"consumer": consumer, "event_id": event_id})
    [(tries,)] = await cursor.fetchall()
    return tries
