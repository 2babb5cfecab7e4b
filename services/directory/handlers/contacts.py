"""Takes contacts that are not published out of a record, and out of its history."""

from __future__ import annotations

from uuid import UUID

from libs.bus import record
from libs.contracts.contacts import CONTACT_KEYS
from libs.contracts.structure import Structure, content_of
from libs.contracts.validation import LONG, N_, FieldError, InvalidContent, text_errors
from libs.database import Pool
from services.directory.domain.contacts import ContactNames, not_held, without
from services.directory.domain.records import STAFF, revise
from services.directory.handlers.announcing import announcement
from services.directory.store import structures
from services.directory.store.structures import Author


async def remove_contacts(
    pool: Pool, structure_id: UUID, gone: ContactNames, *, by: UUID, reason: str | None
) -> Structure:
    """Remove internal contacts of a structure for good, and return it as it is then.

    Nothing of them stays in the history but that the field changed, when, by whom and why.

    Raises:
        InvalidContent: none is named, one is not among those held, or the reason breaks rules.
        LookupError: there is no such structure.
    """
    async with pool.connection() as connection, connection.transaction():
        held = (await structures.lock(connection, [structure_id])).get(structure_id)
        if held is None:
            raise LookupError(structure_id)
        content = content_of(held.structure)
        errors = list(text_errors("reason", reason, longest=LONG))
        message = N_("The record holds no such contact that is not published.")
        errors += [FieldError(field=field, message=message) for field in not_held(content, gone)]
        if not any(getattr(gone, field) for field in CONTACT_KEYS):
            errors.append(FieldError(field="contact", message=N_("Choose at least one contact.")))
        if errors:
            raise InvalidContent(errors)
        at = await structures.begin_change(connection)
        change = revise(held, without(content, gone), slug=held.structure.slug, at=at, origin=STAFF)
        author = Author(by=str(by), reason=(reason or "").strip() or None)
        await structures.save(connection, [change], author)
        for field in CONTACT_KEYS:
            await structures.forget_contacts(connection, structure_id, field, getattr(gone, field))
        await record(connection, announcement(change))
    return change.record.structure
