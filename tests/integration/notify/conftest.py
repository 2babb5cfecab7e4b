"""Notify on real servers: its database, its bus, its web application, and partners who listen."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from nats.aio.client import Client

from libs.bus import NewEvent, Sealer, Unsealer, connect
from libs.bus.events import decode, headers_of, subject_of
from libs.bus.streams import ensure_stream
from libs.contracts.events import (
    ContributionApproved,
    ContributionRejected,
    ContributionSubmitted,
    EventData,
    SigninRequested,
    StructureChanged,
    StructureWithdrawn,
    type_of,
)
from libs.contracts.structure import Address, Phone, Structure
from libs.database import Pool, open_pool
from libs.identifiers import uuid7
from libs.runtime import Networks, Settings
from libs.runtime.tasks import running
from libs.testing.waiting import eventually
from libs.testing.web import SEALING_KEYS, SEALING_PUBLIC_KEYS, bearer, make_settings, serving
from services.notify.channels.endpoints import Endpoints, Gate
from services.notify.channels.smtp import MailServer
from services.notify.dispatcher import Dispatcher
from services.notify.domain.retries import Schedule
from services.notify.handlers.messages import MessageHandlers
from services.notify.handlers.structures import on_structure_changed, on_structure_withdrawn
from services.notify.letters import Letters
from services.notify.mailer import Mailer
from services.notify.service import build_web

LOOPBACK = Networks("127.0.0.0/8")
QUICK = Schedule((0.05, 0.1, 0.2), jitter=0)
POLL = 0.02
UNSEALER = Unsealer([SEALING_KEYS["notify"].private])


@dataclass
class Received:
    """One request that came in, and when (event loop seconds)."""

    headers: dict[str, str]
    body: str
    at: float

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass
class Answer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"thanks"


class Receiver:
    """A partner's HTTP server. `answer` decides what each request gets; it may wait, or raise to hang up."""

    Answer = Answer

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.answer: Callable[[Received], Awaitable[Answer]] = self._thank
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def _thank(self, _received: Received) -> Answer:
        return Answer()

    def answers(self, *statuses: int) -> None:
        """Answer with these statuses in turn, and the last one from then on."""
        left = list(statuses)

        async def answer(_received: Received) -> Answer:
            return Answer(left.pop(0) if len(left) > 1 else left[0])

        self.answer = answer

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        assert self._server
        return self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/relais"

    async def got(self, count: int, *, within: float = 15) -> list[Received]:
        async def enough() -> bool:
            return len(self.requests) >= count

        await eventually(enough, within=within)
        return self.requests

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        self.connections += 1
        try:
            while head := await self._head(reader):
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head)}
                body = await reader.readexactly(int(headers["content-length"]))
                received = Received(headers, body.decode(), asyncio.get_running_loop().time())
                self.requests.append(received)
                answer = await self.answer(received)
                lines = [f"HTTP/1.1 {answer.status} Whatever", f"content-length: {len(answer.body)}"]
                lines += [f"{name}: {value}" for name, value in answer.headers.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass  # the other side hung up, or the test ends
        finally:
            self._tasks.discard(task)
            writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> list[str]:
        try:
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return []
        return text.strip().split("\r\n")[1:]


class Notify:
    """A notify under test, and the hands to work it with."""

    def __init__(self, settings: Settings, pool: Pool, nats: Client, client: httpx.AsyncClient) -> None:
        self.settings, self.pool, self.nats, self.client = settings, pool, nats, client
        self.partner = uuid4()
        self.changed, self.withdrawn, self.resolver = changed, withdrawn, resolver
        self.seal = partial(Sealer(SEALING_PUBLIC_KEYS).seal, reader="notify")

    def headers(self, **details: Any) -> dict[str, str]:
        return bearer("partner", account_id=self.partner, **details)

    async def subscribe(self, url: str, **wish: Any) -> dict[str, Any]:
        """Create a webhook as the partner and return the answer."""
        answer = await self.client.post("/api/v1/webhooks", json={"url": url, **wish}, headers=self.headers())
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def deliveries(self, webhook_id: str) -> list[dict[str, Any]]:
        answer = await self.client.get(f"/api/v1/webhooks/{webhook_id}/deliveries", headers=self.headers())
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    async def wait_for_status(self, webhook_id: str, *statuses: str) -> list[dict[str, Any]]:
        """Wait until the webhook's deliveries, newest first, have these statuses; return them."""

        async def so() -> bool:
            return tuple(item["status"] for item in await self.deliveries(webhook_id)) == statuses

        await eventually(so)
        return await self.deliveries(webhook_id)

    @asynccontextmanager
    async def dispatching(
        self, *, patience: float = 2, schedule: Schedule = QUICK, gate: Gate | None = None, poll: float = POLL
    ) -> AsyncIterator[None]:
        """Run a dispatcher, and kill it at the end of the block."""
        async with Endpoints(gate or Gate(LOOPBACK), timeout=patience) as endpoints:
            dispatcher = Dispatcher(self.settings.database_url, self.pool, endpoints, schedule=schedule, poll=poll)
            async with running(dispatcher.run()):
                yield

    @asynccontextmanager
    async def mailing(self, sink: Sink, *, schedule: Schedule = QUICK, poll: float = POLL) -> AsyncIterator[None]:
        """Run a mailer to `sink`, and kill it at the end of the block."""
        letters = Letters(UNSEALER, public_url=self.settings.public_url, mail_from="Relais <relais@relais.test>")
        server = MailServer(f"smtp://127.0.0.1:{sink.port}", timeout=5)
        mailer = Mailer(
            self.settings.database_url,
            self.pool,
            letters,
            server,
            schedule=schedule,
            signin_schedule=schedule,
            poll=poll,
        )
        async with running(mailer.run()):
            yield

    async def tell(self, data: EventData, *, correlation_id: UUID | None = None) -> None:
        """Have the handler of an event's type take it in, as the bus would."""
        people = MessageHandlers(UNSEALER)
        handlers: dict[type[EventData], Any] = {
            ContributionSubmitted: people.on_submitted,
            ContributionApproved: people.on_approved,
            ContributionRejected: people.on_rejected,
            SigninRequested: people.on_signin_requested,
            StructureChanged: on_structure_changed,
        }
        async with self.pool.connection() as connection, connection.transaction():
            await handlers[type(data)](connection, [_heard(data, correlation_id)])

    async def announce(self, *data: EventData, correlation_id: UUID | None = None) -> None:
        """Have the consumer's handlers take events in, in one transaction, as the bus would."""
        events = [_heard(item, correlation_id) for item in data]
        async with self.pool.connection() as connection, connection.transaction():
            for event in events:
                handler = on_structure_changed if isinstance(event.data, StructureChanged) else on_structure_withdrawn
                await handler(connection, [event])

    async def publish(self, data: EventData, aggregate_id: UUID, *, correlation_id: UUID | None = None) -> None:
        """Publish an event of another service, as its relay would."""
        kind = type_of(data)
        await ensure_stream(self.nats, kind.service)
        event = NewEvent(data=data, aggregate_id=aggregate_id, correlation_id=correlation_id)
        headers = headers_of(event, kind, uuid7(), datetime.now(UTC))
        await self.nats.jetstream().publish(subject_of(kind, aggregate_id), msgspec.json.encode(data), headers=headers)

    async def said(self, kind: str) -> list[dict[str, Any]]:
        """Return the data of the events of a type in the outbox, with their correlation id."""
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                "select data::jsonb || jsonb_build_object('correlation', headers ->> 'ce-correlationid') "
                "from outbox where type = %s order by position",
                [kind],
            )
            return [row[0] for row in await cursor.fetchall()]

    async def wait_for_event(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        async def enough() -> bool:
            return len(await self.said(kind)) >= count

        await eventually(enough)
        return await self.said(kind)

    async def count(self, query: str) -> int:
        async with self.pool.connection() as connection:
            row = await (await connection.execute(query)).fetchone()  # type: ignore[call-overload]
        assert row
        return row[0]


def _heard(data: EventData, correlation_id: UUID | None = None) -> Any:
    """Return an event as a consumer decodes it."""
    subject = data.structure if isinstance(data, StructureChanged) else data
    version = getattr(subject, "version", 0)
    names = ("id", "contribution_id", "structure_id", "signin_id")
    aggregate_id = next(getattr(subject, name) for name in names if hasattr(subject, name))
    event = NewEvent(data=data, aggregate_id=aggregate_id, version=version, correlation_id=correlation_id)
    return decode(headers_of(event, type_of(data), uuid7(), datetime.now(UTC)), msgspec.json.encode(data))


def _structure(**changes: Any) -> Structure:
    """Return an invented place in Paris, with a public and an internal telephone."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "id": uuid7(),
        "slug": "accueil-invente",
        "version": 3,
        "name": "Accueil inventé",
        "address": Address(city="Paris", department="75"),
        "phones": (Phone(number="+33123456789"), Phone(number="+33698765432", visibility="internal")),
        "created_at": now,
        "updated_at": now,
    }
    return Structure(**{**known, **changes})


def changed(*, fields: Sequence[str] = ("phones",), left: tuple[str, ...] = (), **changes: Any) -> StructureChanged:
    return StructureChanged(
        structure=_structure(**changes),
        field_versions={},
        fields=tuple(fields),
        origin="contribution",
        left_departments=left,
    )


def withdrawn(**details: Any) -> StructureWithdrawn:
    return StructureWithdrawn(**{"structure_id": uuid7(), "version": 4, "departments": ("75",), **details})


def resolver(*answers: str | list[str]) -> Callable[[str, int], Awaitable[list[Any]]]:
    """Return a resolver that answers each time with the next of `answers`, the last one from then on."""
    left = [answer if isinstance(answer, list) else [answer] for answer in answers]

    async def resolve(_host: str, _port: int) -> list[Any]:
        return [ip_address(text) for text in (left.pop(0) if len(left) > 1 else left[0])]

    return resolve


@pytest.fixture
async def notify(make_database: Callable[[str], Awaitable[str]], nats_url: str) -> AsyncIterator[Notify]:
    settings = make_settings("notify", await make_database("notify"), nats_url, webhook_networks=LOOPBACK)
    async with (
        open_pool(settings.database_url) as pool,
        connect(nats_url, name="test") as nats,
        serving(build_web(settings)) as client,
    ):
        yield Notify(settings, pool, nats, client)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def other_receiver() -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.start()
    yield one
    await one.stop()


@dataclass
class Certified:
    """A server's TLS context for `partner.example`, and one of a client that trusts it."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def certified(tmp_path: Path) -> Certified:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "partner.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("partner.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = tmp_path / "partner.crt", tmp_path / "partner.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, secret)
    return Certified(server, ssl.create_default_context(cafile=str(file)))


@dataclass
class Mail:
    """One e-mail that a mail server took."""

    sender: str
    recipients: list[str]
    content: EmailMessage

    @property
    def plain(self) -> str:
        part = self.content.get_body(("plain",))
        assert part
        return part.get_content().replace("\r\n", "\n")

    @property
    def html(self) -> str:
        part = self.content.get_body(("html",))
        assert part
        return part.get_content().replace("\r\n", "\n")


class Sink:
    """A mail server. `answers` are what it says to the next messages (250 takes it), then it takes all.

    `recipient_answer` is what it says to recipients. Messages, except those to `let_through`, wait until `held`
    is set, if there is such.
    """

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answers: list[str] = []
        self.recipient_answer = "250 OK"
        self.held: asyncio.Event | None = None
        self.let_through = ""
        self.port = 0
        self._server: asyncio.Server | None = None

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- likewise
        if self.held is not None and self.let_through not in envelope.rcpt_tos:
            await self.held.wait()
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            content = BytesParser(policy=policy.default).parsebytes(envelope.content)
            self.mails.append(Mail(envelope.mail_from, list(envelope.rcpt_tos), content))
        return answer

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="sink.test", loop=loop, enable_SMTPUTF8=True), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def got(self, count: int) -> list[Mail]:
        async def enough() -> bool:
            return len(self.mails) >= count

        await eventually(enough)
        return self.mails


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    await one.start()
    yield one
    await one.stop()
