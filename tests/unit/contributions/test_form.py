"""The form of a place: what it shows comes back unchanged, and only what is typed changes."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.patch import apply_patch
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
from services.contributions.domain.hours_grid import Grid, to_osm
from services.contributions.web.form import Values, read, values_of
from services.contributions.web.form.values import packed, unpacked

# An invented place, with what the form cannot show: labels, ages, a service's own hours, a network, stops.
RICH = StructureContent(
    name="Accueil des Trois Ponts",
    description="Deux lignes\nde texte.",
    network="reseau-invente",
    address=Address(
        street="12 rue Invention",
        postcode="75018",
        city="Paris",
        insee_code="75118",
        department="75",
        latitude=48.8867,
        longitude=2.3412,
        precision="address",
    ),
    phones=(Phone(number="+33143438475", label="Accueil"), Phone(number="115"), Phone(number="+3223456789")),
    emails=(Email(address="accueil@example.org", label="équipe"),),
    websites=(Website(url="https://example.org/a"),),
    opening_hours="Mo-Fr 09:00-12:00,14:00-17:00; PH off",
    opening_hours_note="Sonner deux fois.",
    overrides=(Override(id="o", kind="message", starts_on="2026-12-01", message="Entrée par la cour"),),  # type: ignore[arg-type] -- as in JSON
    access=Access(unconditional=True, animals=False, fee="free", note="Gratuit"),
    publics=Publics(welcome="preferential", groups=("women",), age_min=18),
    languages=("fr", "ar"),
    services=(
        Service(id="1", category="shower", opening_hours="Mo 09:00-10:00"),
        Service(id="2", category="shower", name="Douche accessible"),
        Service(id="3", category="laundry"),
    ),
)
HIDDEN = msgspec.structs.replace(
    RICH,
    phones=(*RICH.phones, Phone(number="+33666123402", label="Portable", visibility="internal")),
    emails=(*RICH.emails, Email(address="coulisses@example.org", visibility="internal")),
)
PLAIN = StructureContent(name="Lieu")
ODD_HOURS = StructureContent(name="Lieu", opening_hours="Mo[1] 09:00-12:00", opening_hours_note="Le premier lundi")


def change(content: StructureContent, **typed: list[str]) -> dict[str, Any]:
    """Return the patch of a form in which only these fields were typed in."""
    seen = values_of(content)
    patch, errors = read({**seen, **typed}, seen, content)
    assert errors == []
    return patch


@pytest.mark.parametrize("content", [RICH, HIDDEN, PLAIN, ODD_HOURS])
def test_a_form_sent_as_it_was_shown_changes_nothing(content: StructureContent):
    seen = values_of(content)
    assert read(unpacked(packed(seen)), seen, content) == ({}, [])


def test_browsers_send_empty_texts_for_what_is_empty():
    seen = values_of(PLAIN)
    empty: Values = {name: [""] for name in ("street", "phone", "hours_mo_from_1", "fee", "appointment", "description")}
    assert read({**empty, **seen, "phone": ["", ""]}, seen, PLAIN) == ({}, [])


grids = st.builds(
    Grid,
    days=st.tuples(
        *[st.sampled_from([(), ((540, 720),), ((540, 720), (840, 1440)), ((0, 1440),), ((1320, 360),)])] * 7
    ),
    closed_on_holidays=st.booleans(),
).filter(lambda grid: any(grid.days))


@given(grids)
def test_hours_typed_in_the_week_are_the_hours_shown_in_it(grid: Grid):
    hours = to_osm(grid)
    shown = values_of(StructureContent(name="Lieu", opening_hours=hours))
    patch, errors = read(shown, values_of(PLAIN), PLAIN)
    assert errors == []
    assert patch == {"opening_hours": hours}


def test_only_the_field_that_was_typed_in_is_in_the_patch():
    assert change(RICH, street=["14 rue Invention"]) == {"address": {"street": "14 rue Invention"}}
    assert change(RICH, description=[""]) == {"description": None}
    assert change(RICH, wheelchair=["yes"]) == {"access": {"wheelchair": True}}
    assert change(RICH, unconditional=[""]) == {"access": {"unconditional": None}}
    assert change(RICH, position=["48,9 2,35"])["address"] == {
        "latitude": 48.9,
        "longitude": 2.35,
        "precision": "manual",
    }


def test_lists_keep_what_the_form_cannot_show():
    phones = change(RICH, phone=["01 43 43 84 76", "115", "02 345 67 89", "3949"])["phones"]
    assert [item["number"] for item in phones] == ["+33143438476", "115", "+3223456789", "3949"]
    assert [item.get("label") for item in phones] == ["Accueil", None, None, None]
    services = change(RICH, category=["shower", "breakfast"])["services"]
    assert [service["id"] for service in services] == ["1", "2", "breakfast"]
    assert services[0]["opening_hours"] == "Mo 09:00-10:00"
    groups = apply_patch(RICH, change(RICH, group=["women", "families"])).publics
    assert groups == Publics(welcome="preferential", groups=("women", "families"), age_min=18)


def test_boxes_come_back_in_the_order_of_the_page_and_that_changes_nothing():
    assert change(RICH, language=["ar", "fr"], category=["laundry", "shower"]) == {}
    assert change(RICH, language=["en", "ar", "fr"]) == {"languages": ["fr", "ar", "en"]}


def test_a_removed_telephone_takes_only_its_own_label_away():
    phones = change(RICH, phone=["", "115", "02 345 67 89"])["phones"]
    assert [(item["number"], item.get("label")) for item in phones] == [("115", None), ("+3223456789", None)]


def test_contacts_that_are_not_published_stay_until_their_box_is_unticked():
    phones = change(HIDDEN, phone=["01 43 43 84 76"])["phones"]
    assert [(item["number"], item["visibility"]) for item in phones] == [
        ("+33143438476", "public"),
        ("+33666123402", "internal"),
    ]
    patch = change(HIDDEN, internal=["emails:coulisses@example.org"])
    assert set(patch) == {"phones"}
    assert apply_patch(HIDDEN, patch).phones == RICH.phones
    assert change(RICH, internal=["phones:+33143438475"]) == {}


def test_a_number_typed_among_the_public_ones_is_no_longer_internal():
    phones = change(HIDDEN, phone=["06 66 12 34 02"])["phones"]
    assert [(item["number"], item.get("visibility", "public")) for item in phones] == [("+33666123402", "public")]


def test_what_somebody_else_changed_meanwhile_is_not_turned_back():
    seen = values_of(RICH)
    now = apply_patch(RICH, {"name": "Nouveau nom", "phones": []})
    patch, _ = read({**seen, "city": ["Saint-Denis"]}, seen, now)
    assert patch == {"address": {"city": "Saint-Denis"}}


def test_hours_that_the_week_cannot_show_stay_until_it_is_filled_in():
    assert change(ODD_HOURS, description=["Texte"]) == {"description": "Texte"}
    assert change(ODD_HOURS, hours_mo_from_1=["9h"], hours_mo_to_1=["12 h 30"]) == {"opening_hours": "Mo 09:00-12:30"}


def test_an_emptied_week_removes_the_hours():
    seen = values_of(RICH)
    values = {name: texts for name, texts in seen.items() if not name.startswith("hours_") or name == "hours_note"}
    assert read(values, seen, RICH) == ({"opening_hours": None}, [])


WORDS = "du lundi au vendredi de 9h à 12h"
SPAN = (("from", "09:00"), ("to", "12:00"))


@pytest.mark.parametrize("content", [PLAIN, ODD_HOURS, msgspec.structs.replace(RICH, opening_hours_note=None)])
def test_hours_in_simple_words_become_the_week_whatever_it_was(content: StructureContent):
    assert change(content, hours_note=[WORDS]) == {"opening_hours": "Mo-Fr 09:00-12:00", "opening_hours_note": None}


@pytest.mark.parametrize("words", ["sonner à droite", "selon les jours", f"{WORDS}, sauf en août", "fermé le lundi"])
@pytest.mark.parametrize("content", [PLAIN, RICH])
def test_words_that_are_not_hours_for_sure_stay_a_note(content: StructureContent, words: str):
    assert change(content, hours_note=[words]) == {"opening_hours_note": words}


def test_hours_added_to_a_note_become_the_week_and_the_note_stays():
    for words in (f"{RICH.opening_hours_note} {WORDS}", f"{WORDS}\n{RICH.opening_hours_note}"):
        assert change(RICH, hours_note=[words]) == {"opening_hours": "Mo-Fr 09:00-12:00"}
    assert change(RICH, hours_note=[WORDS]) == {"opening_hours": "Mo-Fr 09:00-12:00", "opening_hours_note": None}


def test_a_week_and_words_that_say_other_hours_are_refused_beside_the_words():
    seen = values_of(RICH)
    _, errors = read({**seen, "hours_note": [WORDS], "hours_mo_from_1": ["10:00"]}, seen, RICH)
    assert [error.field for error in errors] == ["hours_note"]


def test_words_that_say_the_same_as_the_week_or_stand_beside_an_empty_one_are_the_week():
    week = {f"hours_{day}_{end}_1": [time] for day in ("mo", "tu", "we", "th", "fr") for end, time in SPAN}
    words = {"opening_hours": "Mo-Fr 09:00-12:00", "opening_hours_note": None}
    assert change(ODD_HOURS, hours_note=[WORDS], **week) == words
    seen = values_of(RICH)
    emptied = {name: texts for name, texts in seen.items() if not name.startswith("hours_")}
    assert read({**emptied, "hours_note": [WORDS]}, seen, RICH) == (words, [])
    closed = {**words, "opening_hours": "Mo-Fr 09:00-12:00; PH off"}
    assert change(ODD_HOURS, hours_note=[WORDS], hours_holidays=["yes"]) == closed


def test_a_closure_is_added_to_what_is_announced_already():
    overrides = change(RICH, closure_from=["2026-12-20"], closure_to=["2027-01-02"], closure_reason=["travaux"])[
        "overrides"
    ]
    assert [override["kind"] for override in overrides] == ["message", "closure"]
    assert overrides[1]["ends_on"] == "2027-01-02"
    assert overrides[1]["reason"] == "travaux"
    assert change(RICH, closed=["yes"]) == {"status": "closed"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"hours_mo_from_1": ["09:00"]}, "hours_mo"),
        ({"hours_mo_from_1": ["25:00"], "hours_mo_to_1": ["26:00"]}, "hours_mo"),
        ({"hours_mo_from_1": ["09:70"], "hours_mo_to_1": ["10:00"]}, "hours_mo"),
        ({"hours_mo_from_1": ["09:00"], "hours_mo_to_1": ["09:00"]}, "hours_mo"),
        (
            {
                "hours_su_from_1": ["09:00"],
                "hours_su_to_1": ["12:00"],
                "hours_su_from_2": ["11:00"],
                "hours_su_to_2": ["14:00"],
            },
            "hours_su",
        ),
        ({"hours_holidays": ["yes"]}, "hours"),
        ({"position": ["près du pont"]}, "position"),
        ({"closure_from": ["demain"]}, "closure_from"),
        ({"closure_from": ["2026-12-20"], "closure_to": ["x"]}, "closure_to"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(typed: Values, field: str):
    _, errors = read({**values_of(PLAIN), **typed}, values_of(PLAIN), PLAIN)
    assert [error.field for error in errors] == [field]


def test_a_tampered_memory_of_the_form_is_ignored():
    assert unpacked("[1]") == {}
    assert unpacked("{") == {}


def test_web_addresses_may_be_typed_without_their_scheme():
    assert change(PLAIN, website=["www.example.org"])["websites"] == [{"url": "https://www.example.org"}]
