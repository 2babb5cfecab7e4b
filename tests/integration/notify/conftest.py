"""Notify on real servers: its database, its bus, its web application, and partners who listen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from libs.bus import Sealer, Unsealer
from libs.bus.events import decode, headers_of
from libs.contracts.events import (
    Contact,
    ContributionApproved,
    ContributionRejected,
    ContributionSubmitted,
    EventData,
    Reason,
    SigninRequested,
    StructureChanged,
    StructureWithdrawn,
    type_of,
)
from libs.contracts.structure import Address, Phone, Structure
from libs.identifiers import uuid7
from libs.runtime import Networks
from libs.runtime.tasks import running
from libs.testing.certificates import Contexts, contexts_for
from libs.testing.mailserver import Sink
from libs.testing.receiver import Receiver
from libs.testing.services import ServiceUnderTest, event_of, under_test
from libs.testing.waiting import eventually
from libs.testing.web import SEALING_KEYS, SEALING_PUBLIC_KEYS, bearer, make_settings
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
QUICK = Schedule((0.02, 0.04, 0.08), jitter=0)
POLL = 0.02
UNSEALER = Unsealer([SEALING_KEYS["notify"].private])


class Notify(ServiceUnderTest):
    """A notify under test, and the hands to work it with."""

    partner = uuid4()

    def seal(self, value: msgspec.Struct) -> str:
        """Seal what is personal, as other services do for notify."""
        return Sealer(SEALING_PUBLIC_KEYS).seal(value, reader="notify")

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

    async def wait_until_attempted(self, count: int) -> None:
        """Wait until as many messages have been begun."""

        async def begun() -> bool:
            return await self.count("select count(*) from message where attempts > 0") == count

        await eventually(begun)

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

    async def announce(self, *data: EventData, about: UUID | None = None) -> None:
        """Have the handlers take events in, in one transaction, without waiting for the bus."""
        people = MessageHandlers(UNSEALER)
        handlers: dict[type[EventData], Any] = {
            ContributionSubmitted: people.on_submitted,
            ContributionApproved: people.on_approved,
            ContributionRejected: people.on_rejected,
            SigninRequested: people.on_signin_requested,
            StructureChanged: on_structure_changed,
            StructureWithdrawn: on_structure_withdrawn,
        }
        async with self.pool.connection() as connection, connection.transaction():
            for item in data:
                headers = headers_of(event_of(item, about=about), type_of(item), uuid7(), datetime.now(UTC))
                await handlers[type(item)](connection, [decode(headers, msgspec.json.encode(item))])

    def contributor(self, **contact: Any) -> Contributor:
        """Return somebody who contributes, reached by `contact`."""
        return Contributor(self, **contact)

    @staticmethod
    def changed(*, fields: Sequence[str] = ("phones",), left: tuple[str, ...] = (), **changes: Any) -> StructureChanged:
        """Return the change of an invented place in Paris, with a public and an internal telephone."""
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
        return StructureChanged(
            structure=Structure(**{**known, **changes}),
            field_versions={},
            fields=tuple(fields),
            origin="contribution",
            left_departments=left,
        )

    @staticmethod
    def withdrawn(**details: Any) -> StructureWithdrawn:
        return StructureWithdrawn(**{"structure_id": uuid7(), "version": 4, "departments": ("75",), **details})

    @staticmethod
    def resolver(*answers: str | list[str]) -> Callable[[str, int], Awaitable[list[Any]]]:
        """Return a resolver that answers each time with the next of `answers`, the last one from then on."""
        left = [answer if isinstance(answer, list) else [answer] for answer in answers]

        async def resolve(_host: str, _port: int) -> list[Any]:
            return [ip_address(text) for text in (left.pop(0) if len(left) > 1 else left[0])]

        return resolve


class Contributor:
    """An invented contributor, and what happens to their contribution."""

    address = "camille.exemple@courriel.test"

    def __init__(self, notify: Notify, **contact: Any) -> None:
        self.notify = notify
        self.id = uuid4()
        details: dict[str, Any] = {"email": self.address, "name": "Camille Exemple", "language": "en"}
        self.contact: str | None = notify.seal(Contact(**(details | contact)))
        self.name = "Accueil inventé"

    async def submitted(self) -> None:
        await self._announce(
            ContributionSubmitted(contribution_id=self.id, kind="correction", name=self.name, contact=self.contact)
        )

    async def rejected(self, reason: str | None) -> None:
        sealed = self.notify.seal(Reason(text=reason)) if reason else None
        await self._announce(
            ContributionRejected(
                contribution_id=self.id, kind="correction", name=self.name, contact=self.contact, reason=sealed
            )
        )

    async def approved(self) -> None:
        await self._announce(
            ContributionApproved(
                contribution_id=self.id,
                kind="correction",
                structure_id=uuid4(),
                based_on_version=1,
                patch={"name": self.name},
                name=self.name,
                approved_by=str(uuid4()),
                contact=self.contact,
            )
        )

    async def applied(self, **changes: Any) -> None:
        await self._announce(self.notify.changed(**changes))

    async def _announce(self, data: EventData) -> None:
        await self.notify.announce(data, about=self.id)


@pytest.fixture
async def notify(make_database: Callable[[str], Awaitable[str]], nats_url: str) -> AsyncIterator[Notify]:
    settings = make_settings("notify", await make_database("notify"), nats_url, webhook_networks=LOOPBACK)
    async with under_test(Notify, settings, build_web) as notify:
        yield notify


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


@pytest.fixture
def certified(tmp_path: Path) -> Contexts:
    return contexts_for("partner.example", tmp_path)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    await one.start()
    yield one
    await one.stop()
