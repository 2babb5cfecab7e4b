"""What happened to contributions, and requests to sign in, become e-mails.

A contribution whose contact gave no e-mail address comes without contact: nothing is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from libs.bus import Event, Unsealer
from libs.contracts.events import (
    Contact,
    ContributionApproved,
    ContributionRejected,
    ContributionSubmitted,
    Reason,
    SigninMessage,
    SigninRequested,
    StructureChanged,
)
from libs.contracts.structure import is_listed
from libs.database import Connection
from services.notify.store import messages
from services.notify.store.messages import NewMessage, Publication


class MessageHandlers:
    """The handlers of what people are told of by e-mail.

    Each opens what is sealed once, so that a payload sealed for another key is found now, and buried as a
    dead letter; what is stored stays sealed.
    """

    def __init__(self, unsealer: Unsealer) -> None:
        self._unsealer = unsealer

    async def on_submitted(self, connection: Connection, events: Sequence[Event[ContributionSubmitted]]) -> None:
        for event in events:
            if event.data.contact is None:
                continue
            self._unsealer.unseal(event.data.contact, Contact)
            message = NewMessage(
                template="received",
                sealed=event.data.contact,
                place=event.data.name,
                about=event.data.contribution_id,
                correlation_id=event.correlation_id,
                causation_id=event.id,
            )
            await messages.insert_message(connection, message)

    async def on_rejected(self, connection: Connection, events: Sequence[Event[ContributionRejected]]) -> None:
        for event in events:
            if event.data.contact is None:
                continue
            self._unsealer.unseal(event.data.contact, Contact)
            if event.data.reason is not None:
                self._unsealer.unseal(event.data.reason, Reason)
            message = NewMessage(
                template="rejected",
                sealed=event.data.contact,
                sealed_reason=event.data.reason,
                place=event.data.name,
                about=event.data.contribution_id,
                correlation_id=event.correlation_id,
                causation_id=event.id,
            )
            await messages.insert_message(connection, message)

    async def on_approved(self, connection: Connection, events: Sequence[Event[ContributionApproved]]) -> None:
        for event in events:
            data = event.data
            if data.contact is not None:
                self._unsealer.unseal(data.contact, Contact)
            publication = await messages.note_approval(
                connection, data.contribution_id, sealed_contact=data.contact, place=data.name
            )
            await _thank_if_complete(connection, publication, event.correlation_id, event.id)

    async def on_signin_requested(self, connection: Connection, events: Sequence[Event[SigninRequested]]) -> None:
        for event in events:
            signin = self._unsealer.unseal(event.data.message, SigninMessage)
            message = NewMessage(
                template="signin",
                sealed=event.data.message,
                correlation_id=event.correlation_id,
                causation_id=event.id,
                expires_at=signin.expires_at,
            )
            await messages.insert_message(connection, message)


async def thank_for_applied(connection: Connection, events: Sequence[Event[StructureChanged]]) -> None:
    """Thank those whose contributions the directory has applied: only now is it true that they are published."""
    for event in events:
        if event.correlation_id is None:
            continue
        structure = event.data.structure
        slug = structure.slug if is_listed(structure) else None
        publication = await messages.note_application(connection, event.correlation_id, slug=slug)
        await _thank_if_complete(connection, publication, event.correlation_id, event.id)


async def _thank_if_complete(
    connection: Connection, publication: Publication | None, correlation_id: UUID | None, causation_id: UUID
) -> None:
    if publication is None or not publication.complete:
        return
    if publication.sealed_contact is not None:
        message = NewMessage(
            template="published",
            sealed=publication.sealed_contact,
            place=publication.place,
            slug=publication.slug,
            about=publication.contribution_id,
            correlation_id=correlation_id,
            causation_id=causation_id,
        )
        await messages.insert_message(connection, message)
    await messages.delete_publication(connection, publication.contribution_id)
