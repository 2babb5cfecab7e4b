"""Background tasks, ended for certain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

_T = TypeVar("_T")


async def end(task: asyncio.Future[Any]) -> None:
    """Cancel `task` and wait until it has ended, whatever it ends with.

    Cancels again when needed: `asyncio.wait_for` of Python 3.11, which the NATS client uses everywhere, can
    lose a cancellation that comes as its result does.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.5)
    if not task.cancelled():
        task.exception()  # whoever ends a task does not want its outcome; asyncio would report one never asked for


async def endable(work: Awaitable[_T]) -> _T:
    """Return what `work` returns; cancelled once, it ends, even if `work` loses that (see `end`)."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await end(task)
        raise
    return task.result()


@asynccontextmanager
async def running(*work: Awaitable[Any]) -> AsyncGenerator[None]:
    """Run `work` in the background for the length of the block."""
    tasks = [asyncio.ensure_future(item) for item in work]
    try:
        yield
    finally:
        for task in tasks:
            await end(task)


def heed_cancellation() -> None:
    """Raise CancelledError if the current task was told to end, even where an await lost that.

    For loops around the NATS client: a group of tasks tells each of its own only once (see `end`).
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
