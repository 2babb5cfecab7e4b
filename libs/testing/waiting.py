"""Waiting for what another process will do: by looking again until it is so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 15) -> None:
    """Return once `condition` holds.

    Raises:
        TimeoutError: it does not within `within` seconds.
    """
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110 -- what is awaited happens in another process
            await asyncio.sleep(0.02)
