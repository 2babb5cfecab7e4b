"""Opening hours of a row: OSM syntax if they are, simple prose read, anything else kept as a note."""

from __future__ import annotations

import re

from libs.opening_hours import from_prose, is_valid
from services.directory.imports.drafts import Loss
from services.directory.imports.text import paragraphs

_SPAN = re.compile(r"(\d{1,2}:\d\d)\s*-\s*(\d{1,2}:\d\d)")


def opening_hours(text: str | None, losses: list[Loss]) -> tuple[str | None, str | None]:
    """Return a field's hours in OSM syntax, and a note that keeps the text where it is not understood."""
    text = paragraphs(text, losses)
    if text is None or not any(c.isalnum() for c in text):
        return None, None
    if len(text) <= 1000 and is_valid(text):
        # 14:00-14:00 means a whole day to the syntax, and a slip of the pen to everybody else.
        if any(opens == closes for opens, closes in _SPAN.findall(text)):
            losses.append(Loss("doubtful hours kept as text", text))
            return None, text
        return text, None
    if hours := from_prose(text):
        losses.append(Loss("hours read from prose", text))
        return hours, None
    losses.append(Loss("hours kept as text", text))
    return None, text
