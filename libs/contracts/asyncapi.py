"""The AsyncAPI 3 document of the events, made from the registry.

`python -m libs.contracts.asyncapi` writes docs/asyncapi.json; with `--check` it only says whether the
committed document still tells the truth (exit code 1 when not).
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import msgspec

from libs.contracts.events import REGISTRY, EventType

DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.json"

ATTRIBUTES: dict[str, str] = {
    "ce-id": "UUIDv7 of the event, also sent as Nats-Msg-Id",
    "ce-type": "the name of the message, as below",
    "ce-source": "`/` and the publishing service",
    "ce-time": "when the publisher recorded it, UTC, RFC 3339",
    "ce-subject": "the id of the aggregate",
    "ce-dataschema": "`relais:` and the type",
    "ce-aggregateversion": "the aggregate's version after the change, 0 where it has none",
    "ce-correlationid": "the contribution that the event follows from, if any",
    "ce-causationid": "the event that led to this one, if any",
    "traceparent": "W3C trace context of the publisher",
}


def _channel(kind: EventType) -> dict[str, Any]:
    aggregate, happening = kind.name.split(".", 1)
    return {
        "address": f"relais.{kind.service}.{aggregate}.{{id}}.{happening}",
        "description": f"Stream `{kind.service}`, one subject for each {aggregate}.",
        "parameters": {"id": {"description": "The id of the aggregate."}},
        "messages": {kind.name: {"$ref": f"#/components/messages/{kind.name}"}},
    }


def document() -> dict[str, Any]:
    """Return the AsyncAPI 3.1 document as JSON values."""
    kinds = sorted(REGISTRY.values(), key=lambda kind: kind.name)
    schemas, components = msgspec.json.schema_components(
        [kind.data for kind in kinds], ref_template="#/components/schemas/{name}"
    )
    headers = {name: {"type": "string", "description": text} for name, text in ATTRIBUTES.items()}
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Relais events",
            "version": "1",
            "description": "What the services of Relais tell one another over NATS JetStream.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {kind.name: _channel(kind) for kind in kinds},
        "operations": {
            kind.name: {
                "action": "send",
                "channel": {"$ref": f"#/channels/{kind.name}"},
                "tags": [{"name": kind.service}],
            }
            for kind in kinds
        },
        "components": {
            "messages": {
                kind.name: {
                    "name": kind.name,
                    "summary": (inspect.getdoc(kind.data) or kind.name).split("\n")[0],
                    "headers": {"type": "object", "properties": headers},
                    "payload": schema,
                }
                for kind, schema in zip(kinds, schemas, strict=True)
            },
            "schemas": dict(sorted(components.items())),
        },
    }


def main(arguments: list[str]) -> int:
    """Write or check the document; return the exit code."""
    text = msgspec.json.format(msgspec.json.encode(document()), indent=2).decode() + "\n"
    if "--check" not in arguments:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
        return 0
    if not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text:
        sys.stdout.write("docs/asyncapi.json is out of date: run `python -m libs.contracts.asyncapi`\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
