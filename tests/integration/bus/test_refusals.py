"""What cannot be done is said in one clear sentence, and nothing is lost by it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psutil
import pytest
from structlog.testing import capture_logs

from libs.bus import Relay, connect, dead_letters
from libs.bus.connection import BusClient
from libs.bus.dead_letters import CannotReplay
from libs.bus.operations import LettersRequest, answering, ask_letters
from libs.bus.relay import FULL, STORES_NOTHING
from libs.bus.streams import ensure_stream
from libs.contracts.events import ServiceName
from libs.identifiers import uuid7
from libs.runtime.tasks import running
from libs.servers import NatsServer, Process, free_port
from libs.testing.waiting import eventually

if TYPE_CHECKING:
    from conftest import House

UNPUBLISHED = "select count(*) from outbox where published_at is null"
ROOM = 300_000


@pytest.fixture
async def folder() -> AsyncIterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="relais-refusals-"))
    yield made
    shutil.rmtree(made)


def server(folder: Path, port: int, **choices: Any) -> NatsServer:
    made = NatsServer(folder / "nats", port=port, passwords={"relais": "tests"}, logs=folder, durable=False, **choices)
    made.prepare()
    return made


def said(logs: list[Any], sentence: str) -> list[Any]:
    return [line for line in logs if line.get("error") == sentence]


async def until_said(logs: list[Any], sentence: str) -> None:
    async def so() -> bool:
        return bool(said(logs, sentence))

    await eventually(so, within=30)


async def stored(url: str) -> int:
    async with connect(url, name="test") as nats:
        return (await nats.jetstream().stream_info("search")).state.messages


async def test_a_full_store_is_said_once_and_everything_waits_for_room(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beginnings = 0

    async def counted(client: BusClient, service: ServiceName) -> datetime:
        nonlocal beginnings
        beginnings += 1
        return await ensure_stream(client, service)

    async def tried_again() -> bool:
        return beginnings >= 4

    monkeypatch.setattr("libs.bus.relay.ensure_stream", counted)  # each attempt begins with it
    small = server(folder, free_port(), most_bytes=ROOM)
    small.start()
    small.wait_ready()
    try:
        with capture_logs() as logs:
            async with connect(small.url(), name="test") as nats, running(Relay("search", house.url, nats).run()):
                await house.say_at_once(1_500)  # about three times what there is room for
                await until_said(logs, FULL)
                await eventually(tried_again)
        assert len(said(logs, FULL)) == 1
        assert await house.count(UNPUBLISHED) > 0
        small.stop()
        roomy = server(folder, small.port)
        roomy.start()
        roomy.wait_ready()
        async with connect(roomy.url(), name="test") as nats, running(Relay("search", house.url, nats).run()):
            await eventually(house.has(UNPUBLISHED, 0), within=30)
        assert await stored(roomy.url()) == 1_500
        roomy.stop()
    finally:
        small.stop()


def on_a_disk_of(folder: Path, size: str, made: NatsServer) -> None:
    """Have a server see a small disk of its own in its folder, and start again there whenever it ends."""
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "--")
    disk = made.folder
    if subprocess.run(
        [*prefix, "mount", "-t", "tmpfs", "tmpfs", str(disk)], check=False, capture_output=True
    ).returncode:
        pytest.skip("no user namespace here, in which a small disk could be mounted")
    # The configuration lies in the folder that the disk hides.
    moved = folder / "nats-server.conf"
    (disk / "nats-server.conf").replace(moved)
    script = f"mount -t tmpfs -o size={size} tmpfs {disk}; while true; do {made.process.command[0]} -c {moved}; done"
    made.process = Process("nats-server", ["sh", "-c", script], logs=folder, prefix=prefix)


def end(made: NatsServer, *, whole: bool) -> None:
    """End a server on a disk of its own: `whole` for good, else it starts again."""
    shell = psutil.Process(made.process.pid)
    servers = shell.children()
    if whole:
        made.process.stop_now()
    for one in servers:
        one.kill()
    if whole:
        made.stop()


async def test_a_full_disk_is_said_and_nothing_is_lost_once_there_is_room(house: House, folder: Path) -> None:
    made = server(folder, free_port())
    on_a_disk_of(folder, "2m", made)
    made.start()
    made.wait_ready()
    filler = Path(f"/proc/{made.process.pid}/root{made.folder}/filler")
    try:
        with capture_logs() as logs:
            async with connect(made.url(), name="test") as nats, running(Relay("search", house.url, nats).run()):
                await house.say_at_once(1)
                await eventually(house.has(UNPUBLISHED, 0))
                filler.write_bytes(b"x" * 1_700_000)  # noqa: ASYNC240 -- it is memory
                await house.say_at_once(800)
                await until_said(logs, STORES_NOTHING)
                assert await house.count(UNPUBLISHED) > 0
                filler.unlink()  # noqa: ASYNC240 -- likewise
                end(made, whole=False)
                await eventually(house.has(UNPUBLISHED, 0), within=30)
        assert await stored(made.url()) == 801
    finally:
        end(made, whole=True)


async def test_a_second_relay_says_that_it_waits_and_takes_over(house: House) -> None:
    first = asyncio.create_task(house.relay().run())
    await house.say_at_once(1)
    await eventually(house.has(UNPUBLISHED, 0))
    with capture_logs() as logs:
        async with running(house.relay().run()):

            async def waits() -> bool:
                return {"event": "another_relay_is_at_work", "log_level": "info", "service": "search"} in logs

            await eventually(waits)
            first.cancel()
            await asyncio.wait([first])
            await house.say_at_once(1)
            await eventually(house.has(UNPUBLISHED, 0))
    assert len([line for line in logs if line["event"] == "another_relay_is_at_work"]) == 1


async def test_copies_that_a_single_server_cannot_keep_are_refused_in_a_sentence(house: House, nats_url: str) -> None:
    with capture_logs() as logs:
        async with connect(nats_url, name="test", replicas=3) as nats, running(Relay("search", house.url, nats).run()):
            await house.say_at_once(1)

            async def refused() -> bool:
                return any("replicas > 1 not supported in non-clustered mode" in line.get("error", "") for line in logs)

            await eventually(refused)
    assert await house.count(UNPUBLISHED) == 1


async def bury(house: House, consumer: str) -> Any:
    async with house.pool.connection() as connection:
        await dead_letters.bury(
            connection,
            consumer=consumer,
            subject="relais.search.structure.x.indexed.v1",
            headers={"ce-type": "structure.indexed.v1", "ce-id": str(uuid7())},
            data="{}",
            error="ValueError: no such place",
            deliveries=7,
        )
        return (await dead_letters.list_letters(connection))[-1].id


async def replay(house: House, letter_id: Any) -> None:
    async with house.pool.connection() as connection:
        await dead_letters.replay(connection, letter_id)


async def test_a_letter_of_an_unknown_consumer_is_not_left_waiting_for_ever(house: House) -> None:
    letter_id = await bury(house, "search-former")
    with pytest.raises(CannotReplay, match=r"There is no consumer search-former any more .* can only be dropped\."):
        await replay(house, letter_id)
    async with answering(house.nats, house.pool, "search"):
        answer = await ask_letters(house.nats, "search", LettersRequest(action="replay", id=letter_id))
        assert answer.lasting
        [left] = (await ask_letters(house.nats, "search", LettersRequest(action="list"))).letters
        assert not left.replaying


async def test_a_letter_of_a_consumer_that_is_at_work_is_tried_again(house: House) -> None:
    letter_id = await bury(house, "test-effects")

    async def accepted() -> bool:
        try:
            await replay(house, letter_id)
        except CannotReplay:
            return False
        return True

    async with running(house.consumer().run()):
        await eventually(accepted)


async def test_an_event_that_the_outbox_has_forgotten_cannot_be_sent_again(house: House) -> None:
    letter_id = await bury(house, "search-relay")
    with pytest.raises(CannotReplay, match=r"The outbox no longer has the event of dead letter .* only be dropped\."):
        await replay(house, letter_id)
    async with house.pool.connection() as connection:
        assert [letter.id for letter in await dead_letters.list_letters(connection)] == [letter_id]


async def test_an_unknown_letter_is_said_to_be_gone(house: House) -> None:
    unknown = uuid4()
    with pytest.raises(dead_letters.NoDeadLetter, match=f"There is no dead letter {unknown}"):
        await replay(house, unknown)
