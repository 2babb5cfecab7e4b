"""The events services exchange, by type. New fields need defaults; a breaking change is a new version.

A type is `<aggregate>.<what happened>.v<N>`; the registry maps it to the Struct of its data. Events carry
public facts and identifiers only: what is personal travels sealed for the one service that reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Literal, TypeVar, get_args
from uuid import UUID

import msgspec

from libs.contracts.announcements import Announcement
from libs.contracts.patch import Patch
from libs.contracts.structure import Structure

ServiceName = Literal["directory", "search", "contributions", "notify", "accounts"]
SERVICES: tuple[ServiceName, ...] = get_args(ServiceName)
ContributionKind = Literal["addition", "correction"]


class EventData(msgspec.Struct, frozen=True):
    """What an event says; `type_of` gives its type and publisher."""


class EventType(msgspec.Struct, frozen=True):
    """An entry of the registry."""

    name: str
    service: ServiceName
    data: type[EventData]

    @property
    def aggregate(self) -> str:
        return self.name.split(".")[0]


REGISTRY: dict[str, EventType] = {}
"""Every event type by its name, such as `structure.changed.v1`."""

_BY_DATA: dict[type[EventData], EventType] = {}
_E = TypeVar("_E", bound=type[EventData])


def event(name: str, *, by: ServiceName) -> Callable[[_E], _E]:
    """Enter a Struct in the registry as the data of the event type `name`, published by service `by`."""

    def register(data: _E) -> _E:
        REGISTRY[name] = _BY_DATA[data] = EventType(name, by, data)
        return data

    return register


def type_of(data: EventData | type[EventData]) -> EventType:
    """Return the registry's entry for event data, or for its Struct."""
    return _BY_DATA[data if isinstance(data, type) else type(data)]


# directory ---------------------------------------------------------------------------------------------


@event("structure.changed.v1", by="directory")
class StructureChanged(EventData, kw_only=True, frozen=True):
    """A structure was created or changed. Carries its whole public state, so that nobody calls back.

    `field_versions` says at which version each field last changed; `fields` names those this change
    touched; `origin` is `contribution`, `staff` or `import:<source>`. `left_departments` are those that it
    served before and no longer does. `republished` says that nothing changed: the state is told again to
    whoever may have lost it, and partners need not hear.
    """

    structure: Structure
    field_versions: dict[str, int]
    fields: tuple[str, ...] = ()
    origin: str = ""
    left_departments: tuple[str, ...] = ()
    republished: bool = False


@event("structure.withdrawn.v1", by="directory")
class StructureWithdrawn(EventData, kw_only=True, frozen=True):
    """A structure no longer exists; `replaced_by` names the one it was merged into."""

    structure_id: UUID
    version: int
    departments: tuple[str, ...] = ()
    replaced_by: UUID | None = None


@event("contribution.conflicted.v1", by="directory")
class ContributionConflicted(EventData, kw_only=True, frozen=True):
    """An approved correction was not applied: these fields changed between approval and application."""

    contribution_id: UUID
    structure_id: UUID
    fields: tuple[str, ...]


@event("import.completed.v1", by="directory")
class ImportCompleted(EventData, kw_only=True, frozen=True):
    source: str
    created: int
    updated: int
    unchanged: int
    rejected: int


@event("export.refreshed.v1", by="directory")
class ExportRefreshed(EventData, kw_only=True, frozen=True):
    """Receipt: the export files of these departments hold this version of the structure; no others hold any."""

    structure_id: UUID
    version: int
    departments: tuple[str, ...] = ()


@event("announcement.changed.v1", by="directory")
class AnnouncementChanged(EventData, kw_only=True, frozen=True):
    """An announcement was made or changed. Carries all of it.

    `republished` says that nothing changed: it is told again to whoever may have lost it.
    """

    announcement: Announcement
    republished: bool = False


@event("announcement.withdrawn.v1", by="directory")
class AnnouncementWithdrawn(EventData, kw_only=True, frozen=True):
    """An announcement was ended before its last day, for good; `republished` as when it was changed."""

    announcement_id: UUID
    version: int
    republished: bool = False


class ViewsInHour(msgspec.Struct, kw_only=True, frozen=True):
    """Views of records of a department ("" where it is not known) in the hour that begins then."""

    hour: datetime
    department: str
    views: int


class ViewsOfService(msgspec.Struct, kw_only=True, frozen=True):
    """Views of records that offer a category, on a day in Paris."""

    day: date
    department: str
    category: str
    views: int


class ViewsOfStructure(msgspec.Struct, kw_only=True, frozen=True):
    """Views of a record in the week of that Monday, in which several people saw it."""

    week: date
    structure_id: UUID
    department: str
    views: int


@event("records.viewed.v1", by="directory")
class RecordsViewed(EventData, kw_only=True, frozen=True):
    """How often pages of records were read since the last count; nothing says by whom."""

    hours: tuple[ViewsInHour, ...] = ()
    services: tuple[ViewsOfService, ...] = ()
    structures: tuple[ViewsOfStructure, ...] = ()


# search ------------------------------------------------------------------------------------------------


@event("structure.indexed.v1", by="search")
class StructureIndexed(EventData, kw_only=True, frozen=True):
    """Receipt: searches find this version of the structure (or no longer find it, when not listed)."""

    structure_id: UUID
    version: int


# contributions -----------------------------------------------------------------------------------------


@event("contribution.submitted.v1", by="contributions")
class ContributionSubmitted(EventData, kw_only=True, frozen=True):
    """Somebody proposed a place or a correction. `contact` is a `Contact`, sealed for notify."""

    contribution_id: UUID
    kind: ContributionKind
    name: str
    department: str | None = None
    structure_id: UUID | None = None
    contact: str | None = None


@event("contribution.approved.v1", by="contributions")
class ContributionApproved(EventData, kw_only=True, frozen=True):
    """A moderator approved a contribution, perhaps after edits.

    `patch` is a merge patch on the public content of the structure (on an empty content for an addition), and
    `based_on_version` the version it was made from (0 for an addition). `approved_by` is an account id.
    `contact` is a `Contact`, sealed for notify; `internal_contacts` are `InternalContacts` that the structure
    gets besides, sealed for directory.
    """

    contribution_id: UUID
    kind: ContributionKind
    structure_id: UUID
    based_on_version: int
    patch: Patch
    name: str
    approved_by: str
    reason: str | None = None
    department: str | None = None
    contact: str | None = None
    internal_contacts: str | None = None


@event("contribution.rejected.v1", by="contributions")
class ContributionRejected(EventData, kw_only=True, frozen=True):
    """A moderator refused a contribution. `contact` (a `Contact`) and `reason` (a `Reason`) are sealed for notify."""

    contribution_id: UUID
    kind: ContributionKind
    name: str
    department: str | None = None
    contact: str | None = None
    reason: str | None = None


class Contact(msgspec.Struct, kw_only=True, frozen=True):
    """Who to thank, in clear only inside contributions and notify."""

    email: str
    name: str | None = None
    language: str = "fr"


class Reason(msgspec.Struct, kw_only=True, frozen=True):
    """Why a contribution was refused, in the moderator's words: they may name people."""

    text: str


# notify ------------------------------------------------------------------------------------------------


@event("webhook.scheduled.v1", by="notify")
class WebhookScheduled(EventData, kw_only=True, frozen=True):
    """Receipt: this many partners are to be told of the change; none is a count of 0."""

    structure_id: UUID
    version: int
    deliveries: int


@event("webhook.delivered.v1", by="notify")
class WebhookDelivered(EventData, kw_only=True, frozen=True):
    """Receipt: a partner has taken the change."""

    delivery_id: UUID
    webhook_id: UUID
    structure_id: UUID
    attempt: int


@event("webhook.failed.v1", by="notify")
class WebhookFailed(EventData, kw_only=True, frozen=True):
    """Receipt: an attempt failed; None in `next_attempt_at` means that no further one will be made."""

    delivery_id: UUID
    webhook_id: UUID
    structure_id: UUID
    attempt: int
    error: str
    next_attempt_at: datetime | None = None


@event("message.sent.v1", by="notify")
class MessageSent(EventData, kw_only=True, frozen=True):
    """Receipt: a message went out. `template` says which; `about` is what it was about (a contribution)."""

    message_id: UUID
    template: str
    about: UUID | None = None


@event("message.failed.v1", by="notify")
class MessageFailed(EventData, kw_only=True, frozen=True):
    message_id: UUID
    template: str
    error: str
    about: UUID | None = None
    next_attempt_at: datetime | None = None


# accounts ----------------------------------------------------------------------------------------------


@event("signin.requested.v1", by="accounts")
class SigninRequested(EventData, kw_only=True, frozen=True):
    """Somebody asked for a sign-in link; `message` is a `SigninMessage`, sealed for notify."""

    signin_id: UUID
    message: str


class SigninMessage(msgspec.Struct, kw_only=True, frozen=True):
    """What the sign-in e-mail needs, in clear only inside accounts and notify."""

    email: str
    url: str
    expires_at: datetime
    language: str = "fr"


@event("credential.revoked.v1", by="accounts")
class CredentialRevoked(EventData, kw_only=True, frozen=True):
    """A session or an API token (`credential_id` is its `jti`) is refused from now on, until it expires."""

    credential_id: UUID
    expires_at: datetime | None = None
