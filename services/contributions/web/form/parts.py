"""The fields of the form, by the part they stand in, in their order on the page."""

from __future__ import annotations

DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
OPENINGS = (1, 2)
WEEK = tuple(f"hours_{day}_{end}_{number}" for day in DAYS for number in OPENINGS for end in ("from", "to"))

THREE_WAY = ("unconditional", "appointment", "registration", "referral", "wheelchair", "animals")
"""Conditions of access that are yes, no, or not known."""

PARTS: dict[str, tuple[str, ...]] = {
    "fermeture": ("closed", "ended", "closure_from", "closure_to", "closure_reason"),
    "nom": ("name", "description"),
    "services": ("category",),
    "adresse": ("street", "postcode", "city", "complement", "position"),
    "contact": ("phone", "place_email", "website", "internal"),
    "horaires": ("hours_note", "hours", *(f"hours_{day}" for day in DAYS), *WEEK, "hours_holidays"),
    "conditions": (*THREE_WAY, "fee", "access_note"),
    "publics": ("welcome", "group", "language"),
}
"""The parts by their names in addresses (`#horaires`). Errors name a week, or a day of it, as one field."""

PART_OF = {
    **dict.fromkeys(("status", "overrides"), "fermeture"),
    **dict.fromkeys(("name", "description"), "nom"),
    "services": "services",
    "address": "adresse",
    **dict.fromkeys(("phones", "emails", "websites"), "contact"),
    **dict.fromkeys(("opening_hours", "opening_hours_note"), "horaires"),
    "access": "conditions",
    **dict.fromkeys(("publics", "languages"), "publics"),
}
"""The part in which a field of a structure is edited; the form leaves the others out."""

ORDER = (
    *(name for names in PARTS.values() for name in names),
    *("comment", "email", "contact_name", "contact_role", "trap", "approval_reason", "reason"),
)
"""All fields of the pages that hold the form."""
