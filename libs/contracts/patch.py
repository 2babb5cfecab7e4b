"""JSON merge patches (RFC 7396) on the content of a structure."""

from __future__ import annotations

from typing import Any

import msgspec

from libs.contracts.structure import StructureContent

Patch = dict[str, Any]


def to_json(content: msgspec.Struct) -> dict[str, Any]:
    """Return a Struct as the JSON values a reader of it would get: dates as ISO text, tuples as lists."""
    return msgspec.json.decode(msgspec.json.encode(content))


def merge(target: Any, patch: Any) -> Any:
    """Apply `patch` to `target` by RFC 7396 and return the result; neither argument is changed."""
    if not isinstance(patch, dict):
        return patch
    result: dict[str, Any] = dict(target) if isinstance(target, dict) else {}  # pyright: ignore[reportUnknownArgumentType] -- JSON
    for key, value in patch.items():  # pyright: ignore[reportUnknownVariableType] -- JSON
        if value is None:
            result.pop(key, None)  # pyright: ignore[reportUnknownArgumentType] -- JSON
        else:
            result[key] = merge(result.get(key), value)  # pyright: ignore[reportUnknownArgumentType] -- JSON
    return result


def apply_patch(content: StructureContent, patch: Patch) -> StructureContent:
    """Return `content` changed by `patch`.

    A field set to null goes back to its default.

    Raises:
        msgspec.ValidationError: the result does not have the shape of a structure's content.
    """
    return msgspec.convert(merge(to_json(content), patch), StructureContent)


def difference(before: StructureContent, after: StructureContent) -> Patch:
    """Return the merge patch that leads from `before` to `after`, at the level of whole fields."""
    old, new = to_json(before), to_json(after)
    return {name: value for name, value in new.items() if old[name] != value}
