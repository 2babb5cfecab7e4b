from datetime import date

import pytest

from libs.contracts.structure import (
    Access,
    Address,
    Email,
    Override,
    Phone,
    Publics,
    Service,
    StructureContent,
    Website,
)
from libs.contracts.validation import SHORT, InvalidContent, check_content, content_errors, in_france, is_web_address


def fields_at_fault(**content: object) -> list[str]:
    return [error.field for error in content_errors(StructureContent(**({"name": "La Halte"} | content)))]  # type: ignore[arg-type] -- any field


def test_a_plain_place_has_nothing_wrong() -> None:
    content = StructureContent(
        name="L'Étape « Saint-Éloi » & Cie",
        description="Repas à 12 h\nDouches le matin",
        address=Address(postcode="97400", latitude=-20.88, longitude=55.45),
        phones=(Phone(number="+262262790049"), Phone(number="115")),
        emails=(Email(address="accueil@etape.example"),),
        websites=(Website(url="https://etape.example/horaires?jour=lundi"),),
        opening_hours="Mo-Fr 09:00-12:00; PH off",
        publics=Publics(groups=("women", "homeless"), age_min=18),
        services=(Service(id="a", category="seated_meal"),),
        languages=("fr", "ar"),
    )
    check_content(content)


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * (SHORT + 1)}, "name"),
        ({"name": "x" * 1_000_000}, "name"),
        ({"name": "La\x00Halte"}, "name"),
        ({"name": "La\nHalte"}, "name"),
        ({"name": "La \u202eetlaH"}, "name"),
        ({"name": "<script>alert(1)</script>"}, "name"),
        ({"description": "<img src=x onerror=alert(1)>"}, "description"),
        ({"opening_hours": "lundi 9h-12h"}, "opening_hours"),
        ({"opening_hours": "Mo 25:00-26:00"}, "opening_hours"),
        ({"opening_hours": "Mo-Fr 12:00-12:00"}, "opening_hours"),
        ({"opening_hours": "Mo-Fr 09:00-12:00; Feb 30 off"}, "opening_hours"),
        ({"address": Address(latitude=40.7, longitude=-74.0)}, "address.latitude"),
        ({"address": Address(latitude=48.8)}, "address.latitude"),
        ({"address": Address(postcode="7501")}, "address.postcode"),
        ({"phones": (Phone(number="0140000000"),)}, "phones.0.number"),
        ({"phones": (Phone(number="12"),)}, "phones.0.number"),
        ({"emails": (Email(address="nobody"),)}, "emails.0.address"),
        ({"emails": (Email(address="a@b.fr\r\nBcc: c@d.fr"),)}, "emails.0.address"),
        ({"name": "\u200b\u2060"}, "name"),
        ({"name": " \u0301"}, "name"),
        ({"websites": (Website(url="javascript:alert(1)"),)}, "websites.0.url"),
        ({"services": (Service(id="a", category="teleportation"),)}, "services.0.category"),
        ({"services": (Service(id="a", category="shower", access=Access(note="<b>")),)}, "services.0.access.note"),
        ({"publics": Publics(groups=("martians",))}, "publics.groups.0"),
        ({"publics": Publics(age_min=60, age_max=18)}, "publics.age_min"),
        ({"overrides": (Override(id="a", kind="message", starts_on=date(2026, 1, 1)),)}, "overrides.0.message"),
        (
            {"overrides": (Override(id="a", kind="closure", starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)),)},
            "overrides.0.ends_on",
        ),
        ({"languages": ("français",)}, "languages.0"),
        ({"phones": tuple(Phone(number="115") for _ in range(201))}, "phones"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(content: dict[str, object], field: str) -> None:
    assert field in fields_at_fault(**content)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InvalidContent) as caught:
        check_content(StructureContent(name="", opening_hours="?"))
    assert [error.field for error in caught.value.errors] == ["name", "opening_hours"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "inside"),
    [
        (48.85, 2.35, True),
        (42.0, 9.0, True),
        (-21.1, 55.5, True),
        (16.2, -61.5, True),
        (0, 0, False),
        (2.35, 48.85, False),
    ],
)
def test_france_reaches_overseas(latitude: float, longitude: float, inside: bool) -> None:  # noqa: FBT001 -- a table
    assert in_france(latitude, longitude) is inside


@pytest.mark.parametrize("url", ["ftp://a.fr", "https://", "https://a", "https://u:p@a.fr", "https://a.fr/<x>", "//a"])
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert not is_web_address(url)
