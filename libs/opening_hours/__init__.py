"""Opening hours in OpenStreetMap syntax: are they well formed, is it open, what does the week look like."""

from libs.opening_hours.calendar import has_own_calendar, holidays, timezone_of
from libs.opening_hours.prose import from_prose
from libs.opening_hours.services import Ruling, best_of, common, has_own_hours, ruling_of
from libs.opening_hours.state import OpenState, open_intervals, state_at, state_from, state_of
from libs.opening_hours.syntax import empty_span, impossible_date, is_valid, is_weekly
from libs.opening_hours.week import DayHours, Span, week
from libs.opening_hours.weekly import from_weekdays

__all__ = [
    "DayHours",
    "OpenState",
    "Ruling",
    "Span",
    "best_of",
    "common",
    "empty_span",
    "from_prose",
    "from_weekdays",
    "has_own_calendar",
    "has_own_hours",
    "holidays",
    "impossible_date",
    "is_valid",
    "is_weekly",
    "open_intervals",
    "ruling_of",
    "state_at",
    "state_from",
    "state_of",
    "timezone_of",
    "week",
]
