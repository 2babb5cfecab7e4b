"""One contribution before one moderator: the pages and the API decide on it by the same words."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from libs.bus import Sealer
from libs.contracts.validation import N_
from libs.database import Connection, Pool
from libs.web import Problem, Viewer
from services.contributions import store
from services.contributions.domain.contribution import Contribution, KnownStructure


class Case(NamedTuple):
    """A contribution that a moderator asks for, and what looking at it and deciding on it takes."""

    pool: Pool
    sealer: Sealer
    viewer: Viewer
    contribution_id: UUID


async def held(connection: Connection, case: Case, *, lock: bool = False) -> Contribution:
    """Return the contribution, when it is the viewer's to moderate; locked until the end of the transaction if asked.

    Raises:
        Problem: 404 when there is none, 403 when it is of another department.
    """
    read = store.lock if lock else store.find
    contribution = await read(connection, case.contribution_id, case.viewer.scope)
    if contribution is None:
        if await store.exists(connection, case.contribution_id):
            raise Problem(403, "forbidden", N_("This contribution is of a department that is not yours."))
        raise Problem(404, "not-found", N_("There is no contribution with this identifier."))
    return contribution


async def structure_of(
    connection: Connection, contribution: Contribution, *, lock: bool = False
) -> KnownStructure | None:
    """Return the structure that a contribution is about, when it exists; locked as in `held` if asked."""
    if contribution.structure_id is None:
        return None
    read = store.lock_structure if lock else store.structure_by_id
    return await read(connection, contribution.structure_id)
