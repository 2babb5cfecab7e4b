"""The tables of contributions, and the only place that knows them."""

from services.contributions.store.contributions import (
    PublicStatus,
    Row,
    counts,
    departments_seen,
    exists,
    find,
    forget_contacts,
    insert,
    lock,
    mark_applied,
    mark_conflicted,
    page_of,
    public_status,
    rebase,
    record_decision,
    under_way,
)
from services.contributions.store.journeys import (
    add_receipts,
    receipts_of,
)
from services.contributions.store.structures import (
    lock_structure,
    possible_duplicates,
    project,
    structure_by_id,
    structure_by_slug,
    withdraw,
)
from services.contributions.store.submissions import (
    count_submission,
    forget_senders,
    salt_of,
)

__all__ = [
    "PublicStatus",
    "Row",
    "add_receipts",
    "count_submission",
    "counts",
    "departments_seen",
    "exists",
    "find",
    "forget_contacts",
    "forget_senders",
    "insert",
    "lock",
    "lock_structure",
    "mark_applied",
    "mark_conflicted",
    "page_of",
    "possible_duplicates",
    "project",
    "public_status",
    "rebase",
    "receipts_of",
    "record_decision",
    "salt_of",
    "structure_by_id",
    "structure_by_slug",
    "under_way",
    "withdraw",
]
