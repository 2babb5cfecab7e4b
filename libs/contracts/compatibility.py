"""Whether programs of the last release understand the events of today, and the reverse.

Events live for weeks in outboxes and streams, and old and new processes run side by side while one replaces the
other. So an event type keeps what it had once released: a field may be added when it has a default, and nothing
else may change. What must change otherwise becomes a new version, with an upcast from the old one.

`python -m libs.contracts.compatibility` checks against docs/asyncapi-released.json (exit code 1 when something
broke); with `--release` it makes today's document the released one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from libs.contracts.asyncapi import document
from libs.contracts.upcasting import newest

RELEASED = Path(__file__).parents[2] / "docs" / "asyncapi-released.json"

Schema = dict[str, Any]


def breaks(released: Schema, present: Schema) -> list[str]:
    """Return a sentence for each thing in the AsyncAPI document `released` that `present` does not keep."""
    messages: Schema = present["components"]["messages"]
    found = [
        f"{name} is gone; keep it, or upcast it to what takes its place"
        for name in released["components"]["messages"]
        if newest(name) not in messages
    ]
    schemas: Schema = present["components"]["schemas"]
    for name, before in released["components"]["schemas"].items():
        if name in schemas:
            found.extend(_schema_breaks(name, before, schemas[name]))
        else:
            found.append(f"{name} is gone")
    return found


def _schema_breaks(path: str, before: Schema, after: Schema) -> Iterator[str]:
    fields: Schema = before.get("properties", {})
    left: Schema = after.get("properties", {})
    for name, field in fields.items():
        if name not in left:
            yield f"{path}.{name} is gone"
        elif _shape(field) != _shape(left[name]):
            yield f"{path}.{name} was {_shape(field)} and is now {_shape(left[name])}"
    for name in sorted(set(after.get("required", ())) - set(before.get("required", ()))):
        yield f"{path}.{name} has no default: events written before lack it"
    if not fields and _shape(before) != _shape(after):
        yield f"{path} was {_shape(before)} and is now {_shape(after)}"


def _shape(schema: Any) -> Any:
    """Return what readers rely on: not descriptions, titles and defaults."""
    if isinstance(schema, dict):
        known = cast("Schema", schema)
        return {name: _shape(value) for name, value in known.items() if name not in {"description", "title", "default"}}
    if isinstance(schema, list):
        return [_shape(value) for value in cast("list[Any]", schema)]
    return schema


def main(arguments: list[str]) -> int:
    """Check, or release; return the exit code."""
    present = document()
    if "--release" in arguments:
        RELEASED.write_bytes(msgspec.json.format(msgspec.json.encode(present), indent=2) + b"\n")
        return 0
    found = breaks(msgspec.json.decode(RELEASED.read_bytes()), present)
    for sentence in found:
        sys.stdout.write(f"event contracts: {sentence}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
