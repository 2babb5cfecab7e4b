"""The API by which anybody proposes a place or a correction."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from libs.bus import Sealer
from libs.contracts.events import ContributionKind
from libs.database import Pool
from libs.runtime import Settings
from libs.web import Viewer
from libs.web.clients import network_of
from libs.web.documentation import problem
from libs.web.idempotency import ANSWERS, IdempotencyKey
from libs.web.language import language_of
from libs.web.limits import enforce
from services.contributions.domain.intake import ProposedContact
from services.contributions.handlers.senders import API_QUOTA, TOO_MANY, count_proposal
from services.contributions.handlers.submission import Draft, submit

ProposedContent = Annotated[
    dict[str, Any],
    msgspec.Meta(
        description="The content of a structure: all of it for an addition, a merge patch (RFC 7396) of the fields "
        "that change for a correction. Contacts whose `visibility` is `internal` are kept for staff, and added to "
        "those that the directory has: a correction never removes any.",
        examples=[{"name": "Accueil de jour des Trois Ponts", "address": {"postcode": "75018", "city": "Paris"}}],
    ),
]


class Submission(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A proposal. A correction names the structure and the version of it that was seen."""

    kind: ContributionKind
    proposed: ProposedContent
    structure_id: UUID | None = None
    based_on_version: int | None = None
    contact: ProposedContact | None = None
    comment: str | None = None


class Submitted(msgspec.Struct, kw_only=True, frozen=True):
    """A proposal that was kept; `url` is a public page that says what became of it."""

    id: UUID
    status: Literal["pending"]
    url: str


@post(
    "/api/v1/contributions",
    status_code=202,
    tags=["contributions"],
    responses={
        409: ANSWERS[409],
        422: problem("Fields that are wrong, each named with a sentence; or an Idempotency-Key used for another body."),
        429: problem("Too many proposals from one network in an hour; Retry-After says when to come back."),
    },
)
async def submit_contribution(
    *,
    request: Request[Any, Any, Any],
    pool: NamedDependency[Pool],
    sealer: NamedDependency[Sealer],
    settings: NamedDependency[Settings],
    viewer: NamedDependency[Viewer | None],
    data: JSONBody[Submission],
    idempotency_key: NamedDependency[IdempotencyKey | None],
) -> Response[Submitted]:
    """Propose a place (`addition`) or a change to one (`correction`). A moderator decides.

    An answer is e-mailed to `contact.email`, if given; nothing of `contact` is ever published.
    """
    if viewer is None:
        enforce(request, await count_proposal(pool, network_of(request), API_QUOTA), TOO_MANY)
    draft = Draft(
        kind=data.kind,
        proposed=data.proposed,
        structure_id=data.structure_id,
        based_on_version=data.based_on_version,
        contact=data.contact,
        comment=data.comment,
        language=language_of(request),
    )
    contribution_id = await submit(pool, sealer, draft, idempotency_key)
    url = f"{settings.public_url}/contribuer/merci/{contribution_id}"
    return Response(Submitted(id=contribution_id, status="pending", url=url), status_code=202)


HANDLERS = (submit_contribution,)
