"""From what a row gives to a draft that keeps every rule, dropping what breaks one and saying so."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

import msgspec

from libs.contracts.structure import Source, StructureContent, Verification, departments_of
from libs.contracts.validation import FieldError, content_errors
from services.directory.imports.drafts import Draft, Loss, Reject, RowRefused
from services.directory.imports.publishers import Publisher

_WHOLE_ITEMS = {"phones", "emails", "websites", "languages", "overrides", "groups"}
_REQUIRED = {"id", "category"}


class Read(NamedTuple):
    """A row as its format reads it."""

    external_id: str
    content: StructureContent
    verified_on: date | None = None
    url: str | None = None


def draft(
    row: int, read: Read, losses: list[Loss], *, publisher: Publisher, retrieved_on: date | None, raw: dict[str, Any]
) -> Draft | Reject:
    """Return the draft of a row, without the optional values that break a rule; reject it if it still does."""
    content = read.content
    if not read.external_id.strip():
        return Reject(row=row, reason="The place has no identifier.", raw=raw)
    if not content.name.strip():
        return Reject(row=row, reason="The place has no name.", raw=raw)
    if not departments_of(content) and (abroad := _coordinates_abroad(losses)):
        reason = f"Its coordinates are not in France ({abroad}), and no department could be found for it."
        return Reject(row=row, reason=reason, raw=raw)
    if errors := content_errors(content):
        content, refused = _without(content, errors)
        losses.extend(refused)
        if remaining := content_errors(content):
            return Reject(row=row, reason=f"{remaining[0].field}: {_sentence(remaining[0])}", raw=raw)
    return Draft(
        row=row,
        content=content,
        source=Source(
            source=publisher.source,
            external_id=read.external_id,
            url=read.url or publisher.url,
            licence=publisher.licence,
            retrieved_on=retrieved_on,
        ),
        verified=None if read.verified_on is None else verified_by_source(read.verified_on),
        losses=tuple(losses),
    )


def _coordinates_abroad(losses: list[Loss]) -> str | None:
    return next((loss.detail for loss in losses if loss.kind == "coordinates not in France"), None)


def verified_by_source(day: date) -> Verification:
    """Return a verification that a source vouches for, on a day."""
    return Verification(at=datetime.combine(day, time(), UTC), method="source")


def required(row: dict[str, str], column: str) -> str:
    """Return a cell that names the row for ever.

    Raises:
        RowRefused: it is empty.
    """
    if value := row.get(column, "").strip():
        return value
    raise RowRefused(f"The column {column}, which identifies the row, is empty.")


def day(text: str | None, losses: list[Loss]) -> date | None:
    """Return an ISO date that may be the day of a verification, or None."""
    if not text or not (text := text.strip()):
        return None
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        found = date.min
    if date(2000, 1, 1) <= found <= datetime.now(UTC).date():
        return found
    losses.append(Loss("date not understood", text))
    return None


def _without(content: StructureContent, errors: list[FieldError]) -> tuple[StructureContent, list[Loss]]:
    """Return the content without the values at fault."""
    tree: Any = msgspec.json.decode(msgspec.json.encode(content))
    # From the last, so that the items of a list that are still to go keep their places.
    for path in sorted({_at_fault(error.field) for error in errors} - {("name",)}, reverse=True):
        holder = tree
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]
        if path[-1] == "latitude":
            del holder["longitude"]
    losses = [Loss("value refused", f"{error.field}: {_sentence(error)}") for error in errors]
    return msgspec.convert(tree, StructureContent), losses


def _at_fault(field: str) -> tuple[Any, ...]:
    """Return the path of what to drop for an error at `field`: an item of a list whole, else the one value."""
    path: list[Any] = [int(step) if step.isdigit() else step for step in field.split(".")]
    for position, step in enumerate(path):
        if isinstance(step, int) and (path[position - 1] in _WHOLE_ITEMS or path[-1] in _REQUIRED):
            return tuple(path[: position + 1])
    return tuple(path)


def _sentence(error: FieldError) -> str:
    return error.message % error.parameters if error.parameters else error.message
