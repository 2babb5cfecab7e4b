"""The pages `/evenements` and `/evenements.json`: what the services tell one another, from the registry."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, cast

import msgspec
from litestar import Request, Response, get

from libs.contracts.asyncapi import ATTRIBUTES, document
from libs.contracts.events import REGISTRY, ServiceName
from libs.web.pages import Page, page

MEDIA_TYPE = "application/vnd.aai.asyncapi+json;version=3.1.0"


class EventField(msgspec.Struct, frozen=True):
    """A field of an event: `type` in words of JSON Schema, `required` when it has no default."""

    name: str
    type: str
    required: bool


class TypeEntry(msgspec.Struct, frozen=True):
    """A type that fields of events refer to."""

    name: str
    fields: tuple[EventField, ...]


class EventEntry(msgspec.Struct, frozen=True):
    """An event type as the page shows it; `text` holds the paragraphs after the summary."""

    name: str
    subject: str
    summary: str
    text: str
    fields: tuple[EventField, ...]


def entries() -> dict[ServiceName, list[EventEntry]]:
    """Return every event type by the service that publishes it."""
    described = document()
    schemas: dict[str, Any] = described["components"]["schemas"]
    by_service: dict[ServiceName, list[EventEntry]] = {}
    for kind in REGISTRY.values():
        described_by = (inspect.getdoc(kind.data) or kind.name).replace("`", "")
        summary, _, text = described_by.partition("\n")
        entry = EventEntry(
            name=kind.name,
            subject=described["channels"][kind.name]["address"],
            summary=summary,
            text=text.strip(),
            fields=tuple(_fields(schemas[kind.data.__name__])),
        )
        by_service.setdefault(kind.service, []).append(entry)
    return by_service


def types() -> list[TypeEntry]:
    """Return the types that events are made of, by name."""
    events = {kind.data.__name__ for kind in REGISTRY.values()}
    schemas: dict[str, Any] = document()["components"]["schemas"]
    return [TypeEntry(name, tuple(_fields(schema))) for name, schema in schemas.items() if name not in events]


def _fields(schema: dict[str, Any]) -> Iterator[EventField]:
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        yield EventField(name, type_words(field), name in required)


def type_words(schema: dict[str, Any]) -> str:
    """Return the type of a value in the words of JSON Schema: `array of string (uuid), or null`."""
    if reference := schema.get("$ref"):
        return str(reference).rsplit("/", 1)[1]
    if options := schema.get("anyOf"):
        words = [type_words(option) for option in cast("list[dict[str, Any]]", options)]
        return ", or ".join(sorted(words, key=lambda word: word == "null"))
    if values := schema.get("enum"):
        return " | ".join(map(str, values))
    kind = str(schema.get("type", "any value"))
    if kind == "array":
        return f"array of {type_words(schema.get('items', {}))}"
    if kind == "object" and isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {type_words(cast('dict[str, Any]', values))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


@get("/evenements", include_in_schema=False)
async def events_page(request: Request[Any, Any, Any]) -> Page:
    return page(request, "events.html", services=entries(), types=types(), attributes=ATTRIBUTES)


@get("/evenements.json", include_in_schema=False)
async def events_document() -> Response[dict[str, Any]]:
    """The AsyncAPI document."""
    return Response(document(), media_type=MEDIA_TYPE)
