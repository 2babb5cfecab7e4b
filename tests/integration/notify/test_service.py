"""The whole service at work, on the bus: events in, deliveries, messages and receipts out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import msgspec
import pytest

from libs.contracts.events import Contact, ContributionApproved, ContributionSubmitted
from libs.runtime.tasks import running
from libs.testing.mailserver import Sink
from libs.testing.receiver import Receiver
from libs.testing.waiting import eventually
from services.notify.service import work

if TYPE_CHECKING:
    from conftest import Notify

pytestmark = pytest.mark.usefixtures("clean_streams")


async def test_an_approved_change_reaches_partners_and_thanks_its_contributor(
    notify: Notify, receiver: Receiver, sink: Sink
) -> None:
    webhook = await notify.subscribe(receiver.url)
    settings = msgspec.structs.replace(notify.settings, smtp_url=f"smtp://127.0.0.1:{sink.port}")
    contribution, change = uuid4(), notify.changed()
    contact = notify.seal(Contact(email="camille.exemple@courriel.test", language="fr"))
    submitted = ContributionSubmitted(contribution_id=contribution, kind="addition", name="Accueil", contact=contact)
    approved = ContributionApproved(
        contribution_id=contribution,
        kind="addition",
        structure_id=change.structure.id,
        based_on_version=0,
        patch={},
        name="Accueil",
        approved_by=str(uuid4()),
        contact=contact,
    )
    async with running(work(settings)):
        await notify.hear(submitted, about=contribution)
        await sink.got(1)
        await notify.hear(approved, about=contribution)
        await notify.hear(change, about=contribution)
        await receiver.got(1)
        mails = await sink.got(2)
        await notify.wait_for_status(webhook["id"], "delivered")
        await eventually(lambda: _all_published(notify, 4))
        # A bulk import follows; it gives no receipt and delays no latency-bound change after it.
        for _ in range(300):
            imported = notify.changed()
            await notify.hear(imported)
        await receiver.got(301, within=30)
    assert [mail.content["Subject"] for mail in mails] == [
        "Nous avons votre proposition\u00a0: Accueil",
        "Publié, grâce à vous\u00a0: Accueil",
    ]
    assert len({request.id for request in receiver.requests}) == 301
    kinds = [
        "webhook.scheduled.v1",
        "webhook.delivered.v1",
        "message.sent.v1",
    ]
    assert [len(await notify.said(kind)) for kind in kinds] == [1, 1, 2]


async def _all_published(notify: Notify, count: int) -> bool:
    return await notify.count("select count(*) from outbox where published_at is not null") == count


async def _all_scheduled(notify: Notify, count: int) -> bool:
    return await notify.count("select count(*) from delivery where status = 'pending'") == count


async def test_a_worker_killed_between_scheduling_and_answers_sends_everything_once_restarted(
    notify: Notify, receiver: Receiver, sink: Sink
) -> None:
    webhook = await notify.subscribe(receiver.url)
    settings = msgspec.structs.replace(notify.settings, smtp_url=f"smtp://127.0.0.1:{sink.port}")
    changes = [notify.changed() for _ in range(40)]
    held = receiver.hold()
    async with running(work(settings)):
        for change in changes:
            await notify.hear(change, about=uuid4())
        await receiver.got(4)
        await eventually(lambda: _all_scheduled(notify, 40))
    held.set()
    async with running(work(settings)):
        await notify.wait_for_status(webhook["id"], *["delivered"] * 40)
        await notify.wait_for_event("webhook.delivered.v1", 40)
    told = {request.json["data"]["structure"]["id"] for request in receiver.requests}
    assert told == {str(change.structure.id) for change in changes}
    assert len({request.id for request in receiver.requests}) == 40
