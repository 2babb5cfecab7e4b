"""Rebuilds from a stream that is not as it should be: waited for, read as far as it can be, or left alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from libs.bus.events import headers_of, subject_of
from libs.bus.fetching import fetch
from libs.contracts.events import type_of
from libs.identifiers import uuid7
from libs.projections.rebuilding import NotRebuilt
from libs.projections.states import StreamUnreadable
from libs.projections.truth import TruthRequest
from libs.testing.services import event_of

if TYPE_CHECKING:
    from conftest import Platform

_SEND_AGAIN = """
update outbox
set published_at = null, headers = headers || jsonb_build_object('Nats-Msg-Id', uuidv7()::text)
"""


async def test_a_stream_that_lacks_structures_is_waited_for_and_never_believed(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.projections.rebuilding.STILL", 1)
    async with platform.at_work():
        await platform.make(3)
        before = await platform.held("search")
        await platform.directory.nats.jetstream().purge_stream("directory")
        with pytest.raises(NotRebuilt, match="The directory knows 3 structures, and its stream holds 0"):
            await platform.rebuild("search")
        assert await platform.held("search") == before
        # It is told again while a rebuild waits for it.
        monkeypatch.setattr("libs.projections.rebuilding.STILL", 30)
        waiting = asyncio.Event()
        rebuilding = asyncio.ensure_future(
            platform.rebuild("search", lambda at, *_: waiting.set() if at == "stream" else None)
        )
        await waiting.wait()
        await platform.sql("directory", _SEND_AGAIN)
        assert (await rebuilding).structures == 3
    assert await platform.held("search") == before


async def test_a_message_that_means_nothing_gives_way_to_an_earlier_one_or_is_named(platform: Platform) -> None:
    async with platform.at_work():
        place, _ = await platform.make(2)
        [state] = (await platform.projection("exports").truth(TruthRequest(ids=(place,)))).states  # type: ignore[misc] -- they have one
        kind, jetstream = type_of(state), platform.directory.nats.jetstream()
        unknown = uuid7()
        for aggregate in (place, unknown):
            event = event_of(state)
            headers = headers_of(event, kind, uuid7(), state.structure.updated_at)
            await jetstream.publish(subject_of(kind, aggregate), b"\xff no structure", headers=headers)
        built = await platform.rebuild("search")
        assert built.structures == 2
        assert built.unreadable == (subject_of(kind, unknown),)
    assert await platform.held("search") == await platform.truth()


@pytest.mark.usefixtures("small_steps")
async def test_a_stream_that_breaks_off_while_it_is_read_changes_nothing(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = iter(range(2))

    async def break_off(*asked: Any, **how: Any) -> Any:
        return await fetch(*asked, **how) if next(served, None) is not None else []

    monkeypatch.setattr("libs.projections.states.fetch", break_off)
    async with platform.at_work():
        await platform.make(12)
        with pytest.raises(StreamUnreadable, match="nats-server broke off"):
            await platform.rebuild("search")
        assert await platform.held("search") == await platform.truth()
        assert await platform.run("search", "select nspname from pg_namespace where nspname = 'rebuild'") == []
