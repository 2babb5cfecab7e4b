"""What administrators do with announcements, and how the directory tells it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from libs.bus import NewEvent, record
from libs.contracts.announcements import AnnouncementContent
from libs.contracts.events import AnnouncementChanged, AnnouncementWithdrawn
from libs.contracts.validation import N_, FieldError, InvalidContent
from libs.database import Connection, Pool
from libs.identifiers import uuid7
from libs.territories import departments
from libs.web import Problem
from libs.web.formatting import PARIS
from libs.web.idempotency import IdempotencyKey, claim, gone
from services.directory.domain.announcements import HeldAnnouncement, announcement_errors, ended, made, normal, revised
from services.directory.store import announcements

NO_ANNOUNCEMENT = N_("There is no such announcement.")
WITHDRAWN = N_("This announcement has been ended. Make another one instead.")
CHANGED = N_("This announcement has changed in the meantime.")


def event_of(held: HeldAnnouncement, *, republished: bool = False) -> NewEvent:
    """Return what is told of an announcement as it is now."""
    announcement = held.announcement
    if held.withdrawn_at is None:
        data = AnnouncementChanged(announcement=announcement, republished=republished)
    else:
        data = AnnouncementWithdrawn(
            announcement_id=announcement.id, version=announcement.version, republished=republished
        )
    return NewEvent(data=data, aggregate_id=announcement.id, version=announcement.version)


async def make_announcement(
    pool: Pool, content: AnnouncementContent, *, by: UUID, key: IdempotencyKey | None = None
) -> HeldAnnouncement:
    """Make an announcement; the same key and request give the first one again.

    Raises:
        InvalidContent: the content breaks rules.
        Problem: as in `claim`.
    """
    content, now = _checked(content), datetime.now(UTC)
    announcement = made(content, uuid7())
    async with pool.connection() as connection, connection.transaction():
        if first := await claim(connection, key, announcement.id):
            known = await announcements.find(connection, first)
            if known is None:
                raise gone()
            return known
        await announcements.insert(connection, announcement, at=now, by=by)
        held = HeldAnnouncement(announcement=announcement, updated_at=now)
        await record(connection, event_of(held))
    return held


async def change_announcement(
    pool: Pool, announcement_id: UUID, content: AnnouncementContent, *, seen: int | None, by: UUID
) -> HeldAnnouncement:
    """Change an announcement, of which the version `seen` (None: whichever) was read before.

    With the content that it has, nothing happens: who has closed it need not see it again.

    Raises:
        InvalidContent: the content breaks rules.
        Problem: 404; 409, it was ended; 412, it changed since it was read.
    """
    content = _checked(content)
    async with pool.connection() as connection, connection.transaction():
        held = await _lock(connection, announcement_id)
        if held.withdrawn_at is not None:
            raise Problem(409, "withdrawn", WITHDRAWN)
        if seen not in (None, held.announcement.version):
            raise Problem(412, "stale", CHANGED)
        announcement = revised(held.announcement, content)
        if announcement is held.announcement:
            return held
        held = HeldAnnouncement(announcement=announcement, updated_at=datetime.now(UTC))
        await announcements.update(connection, announcement, at=held.updated_at, by=by)
        await record(connection, event_of(held))
    return held


async def withdraw_announcement(pool: Pool, announcement_id: UUID, *, by: UUID) -> HeldAnnouncement:
    """End an announcement for good, whatever version it has; one that was ended before stays so.

    Raises:
        Problem: 404.
    """
    async with pool.connection() as connection, connection.transaction():
        held = await _lock(connection, announcement_id)
        if held.withdrawn_at is not None:
            return held
        now = datetime.now(UTC)
        held = HeldAnnouncement(announcement=ended(held.announcement), updated_at=now, withdrawn_at=now)
        await announcements.withdraw(connection, held.announcement, at=now, by=by)
        await record(connection, event_of(held))
    return held


async def find_announcement(connection: Connection, announcement_id: UUID) -> HeldAnnouncement:
    """Return an announcement.

    Raises:
        Problem: 404.
    """
    return _found(await announcements.find(connection, announcement_id))


async def _lock(connection: Connection, announcement_id: UUID) -> HeldAnnouncement:
    return _found(await announcements.lock(connection, announcement_id))


def _found(held: HeldAnnouncement | None) -> HeldAnnouncement:
    if held is None:
        raise Problem(404, "not-found", NO_ANNOUNCEMENT)
    return held


def errors_in(content: AnnouncementContent) -> list[FieldError]:
    """Return what is wrong today with a content."""
    return announcement_errors(content, departments(), datetime.now(PARIS).date())


def _checked(content: AnnouncementContent) -> AnnouncementContent:
    content = normal(content)
    if errors := errors_in(content):
        raise InvalidContent(errors)
    return content
