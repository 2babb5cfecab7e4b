"""How operations document their errors in OpenAPI."""

from __future__ import annotations

import msgspec
from litestar.openapi import ResponseSpec

from libs.web.problems import MEDIA_TYPE, FieldProblem


class ProblemDetails(msgspec.Struct, kw_only=True, frozen=True):
    """What went wrong (RFC 9457): a stable type, and a sentence a person can act on; fields at fault, if any."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


def problem(description: str) -> ResponseSpec:
    """Return the documentation of an error, for `responses` of a handler, by status code."""
    return ResponseSpec(ProblemDetails, description=description, media_type=MEDIA_TYPE)  # pyright: ignore[reportArgumentType] -- any media type is text
