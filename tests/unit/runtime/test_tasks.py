"""Background work ends when asked to, even when a library loses the cancellation."""

from __future__ import annotations

import asyncio

from libs.runtime.tasks import end, heed_cancellation


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
