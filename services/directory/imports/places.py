"""Addresses of rows: completed from the communes, coordinates put right or replaced."""

from __future__ import annotations

import msgspec

from libs.contracts.structure import Address
from libs.contracts.validation import in_france
from libs.territories import Commune, complete, find_commune, kilometres_off, may_be_of
from libs.territories.completion import city_name
from libs.territories.names import key_of
from services.directory.imports.drafts import Loss
from services.directory.imports.text import line


def address(
    losses: list[Loss],
    *,
    street: str | None = None,
    complement: str | None = None,
    postcode: str | None = None,
    city: str | None = None,
    insee_code: str | None = None,
    latitude: str | float | None = None,
    longitude: str | float | None = None,
    code_is_sure: bool = False,
) -> Address:
    """Return an address with all that is known of its commune, each repair counted.

    Coordinates given are taken as those of the address, if there is one. Those that are not in France, or
    contradict the commune, give way to the commune's. `code_is_sure` when the row is about the commune itself,
    wherever its post is delivered: a postcode that its code and its name contradict is then wrong, and gives way
    to that of the commune, or to none where it has several.
    """
    street, city = line(street, losses), line(city, losses)
    postcode = _postcode(postcode, losses)
    insee_code = _insee_code(insee_code, losses)
    city = None if city is not None and city.isdigit() else city
    commune = find_commune(insee_code) if code_is_sure else find_commune(insee_code, postcode, city)
    point = _point(latitude, longitude, commune, losses)
    where = ", ".join(filter(None, (insee_code, postcode, city)))
    where = where or (f"{latitude}, {longitude}" if point else street or "")
    if code_is_sure and commune and postcode and city and _is_of_another(postcode, city, commune):
        losses.append(Loss("postcode of another town", where))
        postcode = None
    given = Address(
        street=street,
        complement=line(complement, losses),
        postcode=None if code_is_sure else postcode,
        city=None if code_is_sure else _city(city, commune),
        insee_code=insee_code,
        latitude=None if point is None else point[0],
        longitude=None if point is None else point[1],
        precision="address" if point and (street or commune) else None,
    )
    completed, notes = complete(given)
    if code_is_sure:
        completed = msgspec.structs.replace(
            completed,
            postcode=postcode or completed.postcode,
            city=_postal_city(city, postcode, commune) or completed.city,
        )
    losses.extend(Loss(note, where) for note in notes)
    if completed.department is None:
        losses.append(Loss("no department could be found", where))
    return completed


def _postcode(text: str | None, losses: list[Loss]) -> str | None:
    digits = (text or "").strip().replace(" ", "")
    if not digits:
        return None
    if digits.isdigit() and len(digits) in {4, 5}:
        return digits.zfill(5)
    losses.append(Loss("postcode not understood", digits))
    return None


def _insee_code(text: str | None, losses: list[Loss]) -> str | None:
    code = (text or "").strip().upper()
    if not code:
        return None
    code = code.zfill(5) if code.isdigit() and len(code) == 4 else code
    if len(code) == 5 and code.isalnum():
        return code
    losses.append(Loss("wrong INSEE code", code))
    return None


def _city(city: str | None, commune: Commune | None) -> str | None:
    """Return the city as the reference names it: files write « Le Puy en Velay », « paris » or « PARIS 19 ».

    A row that names the whole commune where its code is that of a delegated one keeps its own words.
    """
    if city is None or commune is None or (commune.type == "COMD" and key_of(city) != key_of(commune.name)):
        return city
    return city_name(commune)


def _postal_city(city: str | None, postcode: str | None, commune: Commune | None) -> str | None:
    """Return the city of a row about a commune as the reference names it: mostly the commune, or where its post goes.

    A city that is not the commune and only shares its postcode, or a part of its name, with another keeps its words.
    """
    if city is None or (commune is not None and _names(city, commune)):
        return _city(city, commune)
    found = find_commune(None, postcode, city)
    return _city(city, found) if found is not None and (found == commune or _names(city, found)) else city


def _is_of_another(postcode: str, city: str, commune: Commune) -> bool:
    """Whether a postcode is not one of a commune that the city names, nor of a CEDEX or a box in its department."""
    return bool(commune.postcodes) and _names(city, commune) and not may_be_of(city, postcode)


def _names(city: str, commune: Commune) -> bool:
    return key_of(city) in {key_of(commune.name), key_of(city_name(commune))}


def _point(
    latitude: str | float | None, longitude: str | float | None, commune: Commune | None, losses: list[Loss]
) -> tuple[float, float] | None:
    first, second = _degrees(latitude), _degrees(longitude)
    if first is None or second is None:
        if (first or second) is not None:
            losses.append(Loss("coordinates not in France", f"{latitude}, {longitude}"))
        return None
    given = f"{first}, {second}"
    if in_france(first, second):
        if commune is None or kilometres_off(commune, first, second) is None:
            return first, second
        losses.append(Loss("coordinates far from the commune", given))
        return None
    # Exchanged, or without the sign of the west or the south: only where the commune confirms it.
    for point in ((second, first), (first, -second), (-first, second)):
        if in_france(*point) and commune is not None and kilometres_off(commune, *point) is None:
            losses.append(Loss("coordinates put right", given))
            return point
    losses.append(Loss("coordinates not in France", given))
    return None


def _degrees(value: str | float | None) -> float | None:
    if not isinstance(value, str):
        return value
    try:
        return float(value.strip().replace(",", "."))
    except ValueError:
        return None
