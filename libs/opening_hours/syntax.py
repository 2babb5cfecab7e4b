"""Whether a text is opening hours in OSM syntax."""

from opening_hours import validate


def is_valid(hours: str) -> bool:
    """Whether `hours` follows the OSM opening_hours syntax."""
    return validate(hours)
