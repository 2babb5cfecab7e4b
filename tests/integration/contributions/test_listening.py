"""What is heard: structures at their newest, the receipts of approved changes in any order, conflicts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import pytest

from libs.bus import Event
from libs.contracts.events import (
    ContributionConflicted,
    EventData,
    ExportRefreshed,
    MessageFailed,
    MessageSent,
    StructureChanged,
    StructureIndexed,
    WebhookDelivered,
    WebhookFailed,
    WebhookScheduled,
)
from libs.identifiers import uuid7
from libs.testing.waiting import eventually
from services.contributions import store
from services.contributions.handlers.listening import structures_changed

if TYPE_CHECKING:
    from conftest import Desk

# An invented person.
CONTACT = {"email": "alix@example.org"}


def receipts(about: str, structure_id: UUID, deliveries: list[UUID]) -> list[EventData]:
    """Return what directory, search and notify say of an applied contribution, its change left out."""
    webhook_id = uuid7()
    common: dict[str, Any] = {"structure_id": structure_id, "version": 2}
    return [
        StructureIndexed(**common),
        ExportRefreshed(**common, departments=("75",)),
        WebhookScheduled(**common, deliveries=len(deliveries)),
        *(
            WebhookDelivered(delivery_id=delivery, webhook_id=webhook_id, structure_id=structure_id, attempt=1)
            for delivery in deliveries
        ),
        MessageSent(message_id=uuid7(), template="published", about=UUID(about)),
    ]


async def journey(desk: Desk, contribution_id: str) -> dict[str, Any]:
    answer = await desk.client.get(f"{desk.moderation}/{contribution_id}/journey", headers=desk.moderator())
    assert answer.status_code == 200
    return answer.json()


def until(desk: Desk, contribution_id: str, condition: Callable[[dict[str, Any]], bool]) -> Any:
    async def holds() -> bool:
        return condition(await journey(desk, contribution_id))

    return eventually(holds)


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_journey_fills_in_whatever_the_order_of_receipts(desk: Desk, make: Callable[..., Any], seed: int):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.proposed(
            kind="correction",
            structure_id=str(structure.id),
            based_on_version=1,
            proposed={"name": "Autre nom"},
            contact=CONTACT,
        )
        assert await journey(desk, contribution_id) == {"steps": [], "complete": False}
        assert (await desk.decide(contribution_id, "approve")).status_code == 200
        reception = MessageSent(message_id=uuid7(), template="received", about=UUID(contribution_id))
        await desk.hear(reception, about=UUID(contribution_id))
        said = receipts(contribution_id, structure.id, [uuid7(), uuid7()])
        changed = StructureChanged(
            structure=make(id=str(structure.id), version=2, name="Autre nom"), field_versions={"name": 2}
        )
        events = random.Random(seed).sample([*said, changed], len(said) + 1)  # noqa: S311 -- not a secret
        for event in events:
            assert not (await journey(desk, contribution_id))["complete"]
            await desk.hear(event, about=UUID(contribution_id))
        await until(desk, contribution_id, lambda found: found["complete"])
    found = await journey(desk, contribution_id)
    assert [step["step"] for step in found["steps"]] == [
        "approved",
        "applied",
        "indexed",
        "exported",
        "webhooks",
        "contributor_notified",
    ]
    assert {step["state"] for step in found["steps"]} == {"done"}
    webhooks = found["steps"][4]
    assert (webhooks["delivered"], webhooks["failed"], webhooks["total"]) == (2, 0, 2)
    detail = await desk.detail(contribution_id)
    assert detail["contribution"]["status"] == "applied"
    assert detail["current"]["name"] == "Autre nom"
    assert detail["difference"] == [{"field": "name", "before": structure.name, "after": "Autre nom"}]


async def test_a_contributor_without_address_and_failing_partners_do_not_block(desk: Desk, make: Callable[..., Any]):
    async with desk.at_work():
        contribution_id = await desk.proposed()
        answer = await desk.decide(contribution_id, "approve")
        structure_id = UUID(answer.json()["contribution"]["structure_id"])
        about, delivery = UUID(contribution_id), uuid7()
        failed: dict[str, Any] = {
            "delivery_id": delivery,
            "webhook_id": uuid7(),
            "structure_id": structure_id,
            "error": "timeout",
        }
        changed = StructureChanged(structure=make(id=str(structure_id)), field_versions={})
        again = datetime.now(UTC) + timedelta(hours=2)
        for event in [
            changed,
            StructureIndexed(structure_id=structure_id, version=1),
            ExportRefreshed(structure_id=structure_id, version=1),
            WebhookScheduled(structure_id=structure_id, version=1, deliveries=1),
            WebhookFailed(**failed, attempt=1, next_attempt_at=again),
        ]:
            await desk.hear(event, about=about)
        await until(desk, contribution_id, lambda found: found["complete"])
        steps = {step["step"]: step for step in (await journey(desk, contribution_id))["steps"]}
        assert steps["contributor_notified"]["state"] == "not_asked"
        webhooks = steps["webhooks"]
        assert (webhooks["state"], webhooks["failed"], webhooks["retrying"]) == ("failed", 1, 1)
        assert datetime.fromisoformat(webhooks["next_attempt_at"]) == again

        delivered = WebhookDelivered(delivery_id=delivery, webhook_id=uuid7(), structure_id=structure_id, attempt=2)
        await desk.hear(delivered, about=about)
        await until(desk, contribution_id, lambda found: found["steps"][4]["state"] == "done")
    webhooks = (await journey(desk, contribution_id))["steps"][4]
    assert (webhooks["delivered"], webhooks["failed"]) == (1, 0)
    assert "next_attempt_at" not in webhooks


async def test_a_thank_you_that_failed_is_shown(desk: Desk):
    async with desk.at_work():
        contribution_id = await desk.proposed(contact=CONTACT)
        await desk.decide(contribution_id, "approve")
        message = MessageFailed(message_id=uuid7(), template="published", error="no such mailbox")
        await desk.hear(message, about=UUID(contribution_id))
        await until(desk, contribution_id, lambda found: found["steps"][-1]["state"] == "failed")


async def test_an_approval_that_the_directory_refuses_comes_back_to_the_queue(desk: Desk):
    async with desk.at_work():
        structure = await desk.know()
        contribution_id = await desk.corrected(structure, name="Autre nom")
        assert (await desk.decide(contribution_id, "approve")).status_code == 200
        conflicted = ContributionConflicted(
            contribution_id=UUID(contribution_id), structure_id=structure.id, fields=("name",)
        )
        await desk.hear(conflicted, about=UUID(contribution_id))

        async def back() -> bool:
            return (await desk.detail(contribution_id))["contribution"]["status"] == "conflicted"

        await eventually(back)
        await desk.know(id=str(structure.id), version=2, changed={"name": 2}, name="Nom d'aujourd'hui")
        detail = await desk.detail(contribution_id)
        assert detail["contribution"]["conflicts"] == ["name"]
        assert detail["difference"][0]["conflict"]
        assert (await desk.decide(contribution_id, "approve")).status_code == 409
        assert (await desk.decide(contribution_id, "rebase", {"fields": ["name"]})).status_code == 200
        assert (await desk.decide(contribution_id, "approve")).status_code == 200
    events = await desk.said("contribution.approved.v1")
    assert [event["based_on_version"] for event in events] == [1, 2]


async def test_an_older_state_does_not_replace_a_newer_one(desk: Desk, make: Callable[..., Any]):
    async with desk.at_work():
        structure = await desk.know(version=3, name="Le plus récent")
        old = StructureChanged(structure=make(id=str(structure.id), version=2, name="Ancien"), field_versions={})
        await desk.hear(old)
        await desk.know()
        contribution_id = await desk.corrected(structure, name="Proposé")
        assert (await desk.detail(contribution_id))["current"]["name"] == "Le plus récent"


async def test_a_bulk_import_is_taken_over_quickly(desk: Desk, make: Callable[..., Any]):
    """A whole import is 35,000 structures; of a tenth, a slow path takes minutes, and a busy machine some seconds."""
    kind, now = "structure.changed.v1", msgspec.convert("2026-11-21T12:00:00Z", Any)
    events: list[Event[StructureChanged]] = []
    for number in range(3_500):
        structure = make(slug=f"mairie-{number}", name=f"Mairie de Commune-Inventée-{number}")
        events.append(
            Event(
                id=uuid7(),
                type=kind,
                source="/directory",
                time=now,
                aggregate_id=structure.id,
                version=1,
                correlation_id=None,
                causation_id=None,
                data=StructureChanged(structure=structure, field_versions={"name": 1}),
                headers={},
            )
        )
    started = time.monotonic()
    for first in range(0, len(events), 100):
        async with desk.pool.connection() as connection, connection.transaction():
            await structures_changed(connection, events[first : first + 100])
    assert time.monotonic() - started < 15
    async with desk.pool.connection() as connection:
        cursor = await connection.execute("select count(*), max(length(state::text)) from structure")
        assert (await cursor.fetchone() or [0])[0] == 3_500


async def test_contacts_are_forgotten_long_after_the_decision_and_only_then(desk: Desk):
    old, recent, waiting = [await desk.proposed(contact=CONTACT) for _ in range(3)]
    for contribution_id in (old, recent):
        await desk.decide(contribution_id, "reject", {"reason": "Doublon."})
    async with desk.pool.connection() as connection:
        await connection.execute(
            "update contribution set decided_at = now() - interval '91 days' where id = %s", [UUID(old)]
        )
        await store.forget_contacts(connection)
    contacts = {
        contribution_id: (await desk.detail(contribution_id))["contribution"]["contact"]
        for contribution_id in (old, recent, waiting)
    }
    assert contacts[old] is None
    assert contacts[recent]["email"] == contacts[waiting]["email"] == CONTACT["email"]


async def test_counts_of_senders_and_their_salt_go_when_the_day_is_over(desk: Desk):
    await desk.proposed()
    async with desk.pool.connection() as connection:

        async def rows() -> list[int]:
            cursor = await connection.execute(
                "select (select count(*) from submission_count), (select count(*) from submission_salt)"
            )
            return list(await cursor.fetchone() or ())

        await store.forget_senders(connection)
        assert await rows() == [1, 1]
        await connection.execute("update submission_count set hour = hour - interval '3 hours'")
        await connection.execute("update submission_salt set day = day - 1")
        await store.forget_senders(connection)
        assert await rows() == [0, 0]
