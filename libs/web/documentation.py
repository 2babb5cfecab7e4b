"""The OpenAPI document: how operations document their errors, and what all of them have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.openapi import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute

from libs.web.problems import MEDIA_TYPE, FieldProblem

_INNER_CAPITAL = re.compile(r"(?<=[a-z])[A-Z]")
_SCHEMAS = "#/components/schemas/"


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


class Document(JsonRenderPlugin):
    """Renders the document with what every operation of ours has in common, and without what none has."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, _completed(openapi_schema, _descriptions(request.app)))


def _descriptions(app: Litestar) -> dict[str, str]:
    """Return what the docstrings of the structs say that operations answer or take, by the name of their schema."""
    handlers = [one for route in app.routes if isinstance(route, HTTPRoute) for one in route.route_handlers]
    fields = [field for one in handlers for field in (one.parsed_return_field, one.parsed_data_field) if field]
    structs = {field.annotation for field in fields if field.is_subclass_of(msgspec.Struct)}
    _, schemas = msgspec.json.schema_components(structs)
    return {name: schema["description"] for name, schema in schemas.items() if "description" in schema}


def _completed(document: dict[str, Any], descriptions: Mapping[str, str]) -> dict[str, Any]:
    _, problems = msgspec.json.schema_components([ProblemDetails], ref_template=_SCHEMAS + "{name}")
    components = document["components"]
    schemas = {
        name: schema | ({"description": descriptions[name]} if name in descriptions else {})
        for name, schema in components["schemas"].items()
    }
    return document | {
        "paths": {
            path: {
                method: _operation(operation, is_api=path.startswith("/api/v1/"))
                for method, operation in operations.items()
                if method != "head"  # goes with every GET
            }
            for path, operations in document["paths"].items()
        },
        "components": components | {"schemas": schemas | problems},
    }


def _operation(operation: dict[str, Any], *, is_api: bool) -> dict[str, Any]:
    responses: dict[str, Any] = dict(operation["responses"])
    if "requestBody" in operation:
        responses["413"] = _described("The body of the request is too large: 4 MB are the most.")
    # The framework documents its own answer to what it cannot read, which is not ours (libs/web/answers.py).
    if responses.pop("400", None):
        responses.setdefault("422", _described("A parameter or a field is wrong; `errors` says which."))
        if "requestBody" in operation:
            responses["400"] = _described("The body of the request is not JSON.")
    if is_api:
        responses.setdefault("422", _described("A parameter is wrong, or unknown; `errors` says which."))
        responses.setdefault("429", _described("Too many requests; Retry-After says when to come back."))
        responses["503"] = _described("A part of the platform does not answer; Retry-After says when to come back.")
        responses = {
            status: response | {"headers": response.get("headers", {}) | _LIMIT_HEADERS}
            for status, response in responses.items()
        }
    return operation | {"summary": _title(operation["summary"]), "responses": dict(sorted(responses.items()))}


def _title(summary: str) -> str:
    """Return what the framework makes of a handler's name, `SubmitContribution`, as words; other words stay."""
    return _INNER_CAPITAL.sub(lambda found: f" {found[0].lower()}", summary)


def _described(description: str) -> dict[str, Any]:
    schema = {"$ref": f"{_SCHEMAS}ProblemDetails"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", "examples": [example]}}


_LIMIT_HEADERS = {
    "RateLimit-Policy": _header(
        "The quotas that count this request: `q` requests in `w` seconds.", '"search";q=6000;w=60'
    ),
    "RateLimit": _header("What is left of them: `r` requests in the next `t` seconds.", '"search";r=5999;t=42'),
}
