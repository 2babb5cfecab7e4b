"""The same consumer as users of FastStream would write it: in batches, typed by msgspec, a transaction for each."""

from __future__ import annotations

import time
from typing import Annotated
from uuid import UUID

from bus import PUT, STREAM, SUBJECTS, Bench, upsert
from fast_depends.msgspec import MsgSpecSerializer
from faststream import AckPolicy, Context
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage

from libs.contracts.events import ContributionRejected

BATCH = 200


async def consumer_on_faststream(tools: Bench, name: str) -> float:
    """Take in what there is for a durable consumer; return the seconds."""
    broker = NatsBroker(tools.nats_url, serializer=MsgSpecSerializer(), logger=None)

    @broker.subscriber(
        SUBJECTS,
        durable=name,
        stream=JStream(STREAM, declare=False),
        pull_sub=PullSub(batch_size=BATCH, timeout=1, batch=True),
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def take(batch: list[ContributionRejected], message: Annotated[NatsBatchMessage, Context("message")]) -> None:
        headers = message.batch_headers
        rows = [
            (UUID(about["ce-subject"]), int(about["ce-aggregateversion"]), event.name)
            for about, event in zip(headers, batch, strict=True)
        ]
        async with tools.pool.connection() as connection, connection.transaction():
            await connection.execute(PUT, [name, [UUID(about["ce-id"]) for about in headers]])
            await upsert(connection, rows)

    await broker.connect()
    begun = time.perf_counter()
    await broker.start()
    await tools.all_answered(name)
    seconds = time.perf_counter() - begun
    await broker.stop()
    return seconds
