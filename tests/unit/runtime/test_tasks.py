"""Background work ends when asked to, even when a library loses the cancellation."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from libs.runtime.tasks import end, endable, heed_cancellation


async def work_that_loses_cancellations(*, heeds: bool, turns: list[int]) -> None:
    while len(turns) < 200:
        if heeds:
            heed_cancellation()
        turns.append(len(turns))
        try:
            await asyncio.sleep(0.001)
        except asyncio.CancelledError:
            continue


async def in_a_group(*, heeds: bool, turns: list[int]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(work_that_loses_cancellations(heeds=heeds, turns=turns))


async def test_a_loop_in_a_group_ends_although_its_cancellation_was_lost():
    turns: list[int] = []
    task = asyncio.create_task(in_a_group(heeds=True, turns=turns))
    await asyncio.sleep(0.01)
    await end(task)
    assert task.cancelled()
    assert len(turns) < 200


async def test_without_heeding_it_would_go_on():
    turns: list[int] = []
    task = asyncio.create_task(in_a_group(heeds=False, turns=turns))
    await asyncio.sleep(0.01)
    await end(task)
    assert len(turns) == 200


async def test_what_loses_a_cancellation_is_ended_by_one_all_the_same():
    async def lose_the_first() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(endable(lose_the_first()))
    await asyncio.sleep(0.01)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert done == {task}
    assert task.cancelled()


async def test_what_ends_by_itself_gives_its_outcome():
    async def answer() -> int:
        return 42

    async def fail() -> None:
        raise ValueError("no answer")

    assert await endable(answer()) == 42
    with pytest.raises(ValueError, match="no answer"):
        await endable(fail())
