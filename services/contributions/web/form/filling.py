"""What a content looks like in the fields of the form."""

from __future__ import annotations

from libs.contracts.contacts import CONTACT_KEYS, internal_contacts
from libs.contracts.structure import Access, Email, Phone, StructureContent, Website
from libs.opening_hours.weekly import DAY_END
from libs.web.formatting import phone
from services.contributions.domain.hours_grid import Grid, grid_of
from services.contributions.web.form.parts import DAYS, THREE_WAY
from services.contributions.web.form.values import Values

_YES_NO = {True: "yes", False: "no", None: ""}


def values_of(content: StructureContent) -> Values:
    """Return the texts of the form's fields for a content."""
    address, access = content.address, content.access
    values: dict[str, list[str | None]] = {
        "name": [content.name],
        "description": [content.description],
        "street": [address.street],
        "complement": [address.complement],
        "postcode": [address.postcode],
        "city": [address.city],
        "phone": [phone(item.number) for item in content.phones if item.visibility == "public"],
        "place_email": [item.address for item in content.emails if item.visibility == "public"],
        "website": [item.url for item in content.websites if item.visibility == "public"],
        "internal": list(internal_boxes(content)),
        "hours_note": [content.opening_hours_note],
        "fee": [access.fee],
        "access_note": [access.note],
        "welcome": [content.publics.welcome],
        "group": list(content.publics.groups),
        "language": list(content.languages),
        "category": list(dict.fromkeys(service.category for service in content.services)),
        "closed": ["yes"] if content.status == "closed" else [],
        **{name: [_three_way(access, name)] for name in THREE_WAY},
    }
    if address.latitude is not None and address.longitude is not None:
        values["position"] = [f"{address.latitude}, {address.longitude}"]
    texts = {name: [text for text in texts if text] for name, texts in values.items()}
    return {name: found for name, found in texts.items() if found} | _hours(grid_of(content.opening_hours))


def internal_boxes(content: StructureContent) -> dict[str, tuple[str, Phone | Email | Website]]:
    """Return the contacts of a content that are not published, with their field, by the value of their box."""
    internal = internal_contacts(content)
    return {
        f"{name}:{getattr(item, key)}": (name, item)
        for name, key in CONTACT_KEYS.items()
        for item in getattr(internal, name)
    }


def _three_way(access: Access, name: str) -> str:
    return _YES_NO[getattr(access, name)]


def _hours(grid: Grid | None) -> Values:
    if grid is None:
        return {}
    values: Values = {}
    for code, openings in zip(DAYS, grid.days, strict=True):
        for number, (start, end) in enumerate(openings, start=1):
            values[f"hours_{code}_from_{number}"] = [_time(start)]
            values[f"hours_{code}_to_{number}"] = [_time(end)]
    if grid.closed_on_holidays:
        values["hours_holidays"] = ["yes"]
    return values


def _time(minutes: int) -> str:
    minutes %= DAY_END
    return f"{minutes // 60:02}:{minutes % 60:02}"
