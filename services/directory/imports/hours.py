"""Opening hours of a row: OSM syntax if they are, simple prose read, anything else kept as a note."""

from __future__ import annotations

from libs.opening_hours import empty_span, from_prose, is_valid
from services.directory.imports.drafts import Loss
from services.directory.imports.text import paragraphs


def opening_hours(text: str | None, losses: list[Loss]) -> tuple[str | None, str | None]:
    """Return a field's hours in OSM syntax, and a note that keeps the text where it is not understood."""
    text = paragraphs(text, losses)
    if text is None or not any(c.isalnum() for c in text):
        return None, None
    if len(text) <= 1000 and is_valid(text):
        if empty_span(text):
            losses.append(Loss("doubtful hours kept as text", text))
            return None, text
        return text, None
    if hours := from_prose(text):
        losses.append(Loss("hours read from prose", text))
        return hours, None
    losses.append(Loss("hours kept as text", text))
    return None, text
