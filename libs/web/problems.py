"""Problems (RFC 9457): what a handler raises when it cannot do what it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from libs.contracts.validation import FieldError
from libs.web.language import N_

MEDIA_TYPE = "application/problem+json"


class FieldProblem(msgspec.Struct, kw_only=True, frozen=True):
    """What is wrong with one field (`proposed.address.postcode`), in a sentence."""

    field: str
    detail: str


class Problem(Exception):  # noqa: N818 -- RFC 9457's word
    """Something a handler cannot do; becomes problem details, or an error page.

    `kind` ends the stable `type` (`/problems/<kind>`); `message` is a marked sentence with `parameters`;
    `errors` are fields at fault; `extra` holds further members. Messages are translated when shown.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.parameters = dict(parameters or {})
        self.errors = errors
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


TITLES: dict[int, str] = {
    400: N_("We could not read this request"),
    401: N_("Please sign in"),
    403: N_("This is not open to you"),
    404: N_("This page does not exist"),
    405: N_("This cannot be done here"),
    409: N_("Somebody else was here first"),
    410: N_("This is no longer valid"),
    412: N_("This has changed in the meantime"),
    413: N_("This is too large"),
    422: N_("Something needs correcting"),
    429: N_("Too many requests"),
    500: N_("Something went wrong on our side"),
    503: N_("We are not ready yet"),
}

FOR_PROGRAMS: dict[str, str] = {
    N_("Please sign in"): N_("A valid token is needed"),
    N_("This is not open to you"): N_("This is not allowed"),
    N_("This page does not exist"): N_("This address or resource does not exist"),
    N_("Somebody else was here first"): N_("This does not fit the present state"),
    N_("This is no longer valid"): N_("This no longer exists"),
    N_("You need to be signed in to see this."): N_("Send a valid token: Authorization: Bearer, then the token."),
    N_("The address may have changed. You can search for a place instead."): N_(
        "Please check the address. The descriptions of the API are listed at /api."
    ),
    N_("Please correct what is marked below."): N_("The member “errors” says what is wrong, field by field."),
}
"""What is said otherwise to whoever reads problem details, who sees no page and no link."""

SENTENCES: dict[int, str] = {
    400: N_("Please check the request and send it again."),
    401: N_("You need to be signed in to see this."),
    403: N_("Your account does not have the right to do this."),
    404: N_("The address may have changed. You can search for a place instead."),
    405: N_("This address does not accept that kind of request."),
    413: N_("Please send less than 4 MB."),
    422: N_("Please correct what is marked below."),
    429: N_("Please wait a little and try again."),
    500: N_("Nothing you sent is lost on your side. Please try again in a moment."),
    503: N_("A part of the platform does not answer. Please try again in a moment."),
}
