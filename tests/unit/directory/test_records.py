"""The aggregate: versions of fields, conflicts, and merging what a source says with what people set."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.structure import Access, Address, Phone, Source, Stop, StructureContent, content_of
from services.directory.domain.records import (
    Merged,
    Record,
    conflicts,
    corrected,
    create,
    merge_import,
    revise,
    with_source,
)

AT = datetime(2026, 3, 1, tzinfo=UTC)
ID = UUID("01900000-0000-7000-8000-000000000001")


def made(content: StructureContent, origin: str = "import:mairies") -> Record:
    return create(content, id=ID, slug="essai", at=AT, origin=origin).record


def revised(record: Record, origin: str = "contribution", **changes: object) -> Record:
    content = msgspec.structs.replace(content_of(record.structure), **changes)
    return revise(record, content, slug="essai", at=AT, origin=origin).record


def test_a_new_structure_has_version_1_and_versions_of_what_was_set():
    record = made(StructureContent(name="Essai", languages=("fr",)))
    assert record.structure.version == 1
    assert record.versions == {"name": 1, "languages": 1}


def test_a_revision_moves_the_version_of_what_changed_alone():
    change = revise(
        made(StructureContent(name="Essai", languages=("fr",))),
        StructureContent(name="Essai", languages=("fr", "ar"), description="Un lieu"),
        slug="essai",
        at=AT,
        origin="contribution",
    )
    assert set(change.fields) == {"languages", "description"}
    assert change.record.versions == {"name": 1, "languages": 2, "description": 2}
    assert change.changes["languages"].before == ("fr",)
    assert change.changes["languages"].after == ("fr", "ar")
    assert change.changes["description"].before is None


def test_a_revision_without_change_is_a_version_that_touches_no_field():
    record = revised(made(StructureContent(name="Essai")))
    assert record.structure.version == 2
    assert record.versions == {"name": 1}


def test_only_fields_changed_since_to_something_else_are_in_conflict():
    record = made(StructureContent(name="Essai", description="Un", opening_hours="Mo 10:00-12:00"))
    record = revised(record, description="Deux", languages=("fr",))
    patch = {"description": "Trois", "languages": ["fr"], "opening_hours": "Tu 10:00-12:00"}
    assert conflicts(record, patch, 1) == ("description",)
    assert conflicts(record, patch, 2) == ()


def test_a_part_of_a_field_is_compared_within_the_whole():
    record = made(StructureContent(name="Essai", access=Access(appointment=True, note="Sonnez")))
    record = revised(record, access=Access(appointment=False, note="Sonnez"))
    assert conflicts(record, {"access": {"note": "Frappez"}}, 1) == ("access",)
    assert conflicts(record, {"access": {"appointment": False}}, 1) == ()
    assert conflicts(record, {"access": {"note": None}}, 1) == ("access",)


def test_an_internal_contact_that_a_correction_could_not_see_is_no_conflict():
    phones = (Phone(number="+33466000001"), Phone(number="+33666000002", visibility="internal"))
    record = revised(made(StructureContent(name="Essai")), phones=phones)
    assert conflicts(record, {"phones": [{"number": "+33466000001"}]}, 1) == ()
    assert conflicts(record, {"phones": [{"number": "+33466000009"}]}, 1) == ("phones",)


def test_a_patch_that_removes_the_name_is_refused():
    with pytest.raises(msgspec.ValidationError):
        conflicts(made(StructureContent(name="Essai")), {"name": None}, 1)


FIRST = StructureContent(name="Mairie", opening_hours="Mo 09:00-12:00", phones=(Phone(number="+33466000001"),))


def test_a_source_updates_what_it_changed():
    second = msgspec.structs.replace(FIRST, opening_hours="Tu 09:00-12:00")
    assert merge_import(made(FIRST), second, FIRST) == merge_import(made(FIRST), second, None)
    assert merge_import(made(FIRST), second, FIRST).content == second


def test_what_people_set_is_kept_and_said():
    record = revised(made(FIRST), opening_hours="We 09:00-12:00")
    second = msgspec.structs.replace(FIRST, opening_hours="Tu 09:00-12:00", phones=(Phone(number="+33466000009"),))
    merged = merge_import(record, second, FIRST)
    assert merged.kept == ("opening_hours",)
    assert merged.content.opening_hours == "We 09:00-12:00"
    assert merged.content.phones == second.phones


def test_what_people_added_where_the_source_is_silent_is_not_a_disagreement():
    record = revised(made(FIRST), languages=("fr", "ar"))
    merged = merge_import(record, FIRST, FIRST)
    assert merged.kept == ()
    assert merged.content.languages == ("fr", "ar")


def test_a_source_that_no_longer_says_something_removes_it():
    merged = merge_import(made(FIRST), msgspec.structs.replace(FIRST, phones=()), FIRST)
    assert merged.content.phones == ()


def test_what_another_source_changed_is_left_by_one_that_says_the_same_as_before():
    record = revised(made(FIRST), origin="import:france-services", opening_hours="Fr 09:00-12:00")
    assert merge_import(record, FIRST, FIRST).content.opening_hours == "Fr 09:00-12:00"


contents = st.builds(
    StructureContent,
    name=st.sampled_from(["Un", "Deux"]),
    description=st.sampled_from([None, "x", "y"]),
    opening_hours=st.sampled_from([None, "Mo", "Tu"]),
    languages=st.sampled_from([(), ("fr",), ("ar",)]),
)


@given(first=contents, by_hand=contents, second=contents)
def test_merging_twice_is_merging_once_and_never_touches_what_people_changed(first, by_hand, second):
    record = made(first)
    edited = revise(record, by_hand, slug="essai", at=AT, origin="contribution")
    merged = merge_import(edited.record, second, first)
    for name in edited.fields:
        assert getattr(merged.content, name) == getattr(by_hand, name)
    after = revise(edited.record, merged.content, slug="essai", at=AT, origin="import:mairies").record
    assert merge_import(after, second, second).content == merged.content


def test_a_source_replaces_its_own_former_entry():
    old = Source(source="mairies", external_id="48095")
    new = msgspec.structs.replace(old, url="https://example.org")
    other = Source(source="mairies", external_id="48001")
    assert with_source((old, other), new) == (other, new)


def test_a_revision_names_the_departments_that_are_served_no_more():
    def team(*departments: str) -> StructureContent:
        stops = tuple(Stop(address=Address(department=code)) for code in departments)
        return StructureContent(name="Essai", kind="mobile", stops=stops)

    created = create(team("75", "93"), id=ID, slug="essai", at=AT, origin="contribution")
    assert created.left_departments == ()
    revised = revise(created.record, team("94", "93"), slug="essai", at=AT, origin="contribution")
    assert revised.left_departments == ("75",)


INTERNAL = Phone(number="+33666000002", label="Portable de Camille Inventé", visibility="internal")
WITH_INTERNAL = StructureContent(name="Essai", phones=(Phone(number="+33466000001"), INTERNAL))


def test_internal_contacts_outlive_a_correction_made_from_the_public_part():
    other = {"number": "+33466000009", "label": None, "visibility": "public"}
    assert corrected(WITH_INTERNAL, {"phones": [other]}).phones == (Phone(number="+33466000009"), INTERNAL)
    assert corrected(WITH_INTERNAL, {"phones": None}).phones == (INTERNAL,)
    assert corrected(WITH_INTERNAL, {"emails": []}) == WITH_INTERNAL
    published = corrected(WITH_INTERNAL, {"phones": [{"number": INTERNAL.number}]})
    assert published.phones == (Phone(number=INTERNAL.number),)


def test_an_internal_contact_has_no_version_for_a_correction_to_clash_with():
    record = made(StructureContent(name="Essai", phones=WITH_INTERNAL.phones[:1]))
    change = revise(record, WITH_INTERNAL, slug="essai", at=AT, origin="contribution")
    assert change.fields == ("phones",)
    assert change.record.versions == {"name": 1, "phones": 1}
    assert conflicts(change.record, {"phones": [{"number": "+33466000009"}]}, 1) == ()
    assert made(StructureContent(name="Essai", phones=(INTERNAL,))).versions == {"name": 1}


def test_a_source_goes_on_updating_telephones_beside_an_internal_one_and_keeps_it():
    record = revised(made(FIRST), phones=(*FIRST.phones, INTERNAL))
    second = msgspec.structs.replace(FIRST, phones=(Phone(number="+33466000009"),))
    assert merge_import(record, FIRST, FIRST) == Merged(content_of(record.structure))
    merged = merge_import(record, second, FIRST)
    assert merged.kept == ()
    assert merged.content.phones == (Phone(number="+33466000009"), INTERNAL)
