"""The API of moderators: what waits, what would change, and the decision."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from libs.contracts.events import ContributionKind
from libs.database import Pool
from libs.web import Viewer, require
from libs.web.documentation import problem
from libs.web.pages import PRIVATE
from services.contributions.domain.contribution import SELECTED, Selection
from services.contributions.handlers import decision, reading
from services.contributions.handlers.case import Case
from services.contributions.handlers.reading import Wanted
from services.contributions.web.api.shapes import (
    Approval,
    ContributionDetail,
    ContributionPage,
    JourneyReport,
    Rebase,
    Rejection,
    detail_of,
    row_of,
)

_HEADERS = {"Cache-Control": PRIVATE}
MOST = 200

STATUS = (
    "`open`: those that wait for a decision, which are `pending` (new, or taken up again) or `conflicted` (the "
    "directory could not apply the approval: fields had changed meanwhile). `approved`: all that were, `applied` ones "
    "included. `applied`: those of them that the record shows. `rejected`. All when absent. Each item's own `status` "
    "is `approved` only until it is `applied`."
)

SIGN_IN = problem("No credential came with the request.")
NOT_YOURS = problem("The contribution is of a department that the caller has no right on; nothing of it is shown.")
OF_ONE = {401: SIGN_IN, 403: NOT_YOURS, 404: problem("There is no such contribution.")}


@get("/", responses={401: SIGN_IN, 403: NOT_YOURS})
async def list_contributions(
    *,
    pool: NamedDependency[Pool],
    viewer: NamedDependency[Viewer],
    status: Annotated[Selection | None, QueryParameter(description=STATUS)] = None,
    department: FromQuery[str | None] = None,
    kind: FromQuery[ContributionKind | None] = None,
    after: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=MOST)] = 50,
) -> Response[ContributionPage]:
    """Contributions of the caller's departments, the newest first, page by page.

    `after` is the `next` of the page before. 403 for a department that is not the caller's.
    """
    wanted = Wanted(statuses=SELECTED[status] if status else None, department=department, kind=kind, after=after)
    async with pool.connection() as connection:
        rows, following = await reading.listed(connection, viewer, wanted, most=limit)
    return Response(ContributionPage(items=[row_of(row) for row in rows], next=following), headers=_HEADERS)


@get(
    "/{contribution_id:uuid}",
    responses={**OF_ONE},
)
async def read_contribution(case: NamedDependency[Case]) -> Response[ContributionDetail]:
    """A contribution: the structure now, what would result, the difference, and possible duplicates."""
    return await _detail(case)


@post(
    "/{contribution_id:uuid}/approve",
    status_code=200,
    responses={
        **OF_ONE,
        403: problem(
            "The contribution is of a department that the caller has no right on, or would take its place out of one "
            "or into one."
        ),
        409: problem(
            "Somebody decided already (`decision` says who and when), or fields changed since the proposal, "
            "or are about to by another approval (`conflicts`: field, current, proposed). Nothing was done."
        ),
        422: problem("The edits or the reason break rules, or nothing would change."),
    },
)
async def approve_contribution(
    case: NamedDependency[Case], data: JSONBody[Approval | None] = None
) -> Response[ContributionDetail]:
    """Approve a contribution, perhaps after edits. The directory applies it; the journey says when."""
    approval = data or Approval()
    await decision.approve(case, edits=approval.edits, reason=approval.reason, seen_version=approval.seen_version)
    return await _detail(case)


@post(
    "/{contribution_id:uuid}/reject",
    status_code=200,
    responses={
        **OF_ONE,
        409: problem("Somebody decided already; `decision` says who and when."),
        422: problem("The reason is missing, or breaks rules."),
    },
)
async def reject_contribution(case: NamedDependency[Case], data: JSONBody[Rejection]) -> Response[ContributionDetail]:
    """Refuse a contribution, saying why."""
    await decision.reject(case, reason=data.reason)
    return await _detail(case)


@post(
    "/{contribution_id:uuid}/rebase",
    status_code=200,
    responses={
        **OF_ONE,
        409: problem("Somebody decided already, or the structure was withdrawn."),
        422: problem("A field that the correction does not change, an addition, or nothing would be left."),
    },
)
async def rebase_contribution(
    case: NamedDependency[Case], data: JSONBody[Rebase | None] = None
) -> Response[ContributionDetail]:
    """Anchor a correction in conflict on the present version of its structure; it waits for a decision again."""
    await decision.rebase(case, fields=data.fields if data else None)
    return await _detail(case)


@get(
    "/{contribution_id:uuid}/journey",
    responses={**OF_ONE},
)
async def read_journey(case: NamedDependency[Case]) -> Response[JourneyReport]:
    """How far an approved contribution has come; no step before it is approved."""
    _, journey = await reading.followed(case)
    return Response(JourneyReport(steps=list(journey.steps), complete=journey.complete), headers=_HEADERS)


async def _detail(case: Case) -> Response[ContributionDetail]:
    return Response(detail_of(await reading.review(case)), headers=_HEADERS)


ROUTER = Router(
    path="/api/v1/moderation/contributions",
    guards=[require("moderator")],
    tags=["moderation"],
    security=[{"bearer": []}],
    route_handlers=[
        list_contributions,
        read_contribution,
        approve_contribution,
        reject_contribution,
        rebase_contribution,
        read_journey,
    ],
)
