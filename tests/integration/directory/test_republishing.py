"""When the stream is lost, what the outbox no longer holds is told again, as nothing new."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from nats.js.errors import NotFoundError

from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import Directory

CHANGED = "structure.changed.v1"
PLACE = {"name": "Accueil inventé", "address": {"postcode": "48000", "city": "Mende"}}


async def test_structures_that_the_outbox_forgot_are_told_again_and_change_nothing(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.relay.CHECK", 0.1)
    async with directory.at_work():
        first, second = [(await directory.approve(patch=PLACE)).structure_id for _ in range(2)]
        await directory.wait_for_event(CHANGED, 2)
        async with directory.pool.connection() as connection:
            await connection.execute("delete from outbox where aggregate_id = %s", [first])
        jetstream = directory.nats.jetstream()
        await jetstream.delete_stream("directory")

        async def both_are_back() -> bool:
            try:
                stream = await jetstream.stream_info(
                    "directory", subjects_filter="relais.directory.structure.*.changed.v1"
                )
            except NotFoundError:
                return False
            return len(stream.state.subjects or {}) == 2

        await eventually(both_are_back)
        told = {event["structure"]["id"]: event for event in await directory.wait_for_event(CHANGED, 2)}
        assert told[str(first)]["republished"] is True
        assert "republished" not in told[str(second)] or told[str(second)]["republished"] is False
        assert await directory.count("select count(*) from outbox where aggregate_version <> 1") == 0
        assert told[str(first)]["origin"] == told[str(second)]["origin"] == "contribution"

        async def both_are_exported() -> bool:
            return await directory.count("select count(*) from export_line where version = 1") == 2

        await eventually(both_are_exported)
        assert await directory.count("select max(version) from structure") == 1
