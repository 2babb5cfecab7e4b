"""Contents in words: each field of a structure as people read it, and what changes between two."""

from services.contributions.web.showing.differences import changes, compared
from services.contributions.web.showing.fields import (
    CONDITIONS,
    FEES,
    LABELS,
    WELCOMES,
    Say,
    address_line,
    facts,
    language_name,
    override_words,
    said,
    service_names,
    text_of,
)
from services.contributions.web.showing.hours import WEEKDAYS, hours_words, week_of

__all__ = [
    "CONDITIONS",
    "FEES",
    "LABELS",
    "WEEKDAYS",
    "WELCOMES",
    "Say",
    "address_line",
    "changes",
    "compared",
    "facts",
    "hours_words",
    "language_name",
    "override_words",
    "said",
    "service_names",
    "text_of",
    "week_of",
]
