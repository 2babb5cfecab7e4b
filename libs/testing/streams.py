"""What is in a stream, as whoever reads its files would see it."""

from __future__ import annotations

from nats.aio.client import Client

from libs.contracts.events import ServiceName


async def raw_messages(nats: Client, service: ServiceName) -> list[bytes]:
    """Return the messages of the stream of `service`, each as its subject, headers and body."""
    jetstream = nats.jetstream()
    state = (await jetstream.stream_info(service)).state
    messages = [await jetstream.get_msg(service, number) for number in range(state.first_seq, state.last_seq + 1)]
    return [f"{message.subject}\n{message.headers}\n".encode() + (message.data or b"") for message in messages]
