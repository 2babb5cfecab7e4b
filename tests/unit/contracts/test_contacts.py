"""Internal contacts: taken out of what is published, put back beside it, none lost and none published."""

from __future__ import annotations

from typing import get_args, get_type_hints

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.contacts import (
    CONTACT_KEYS,
    InternalContacts,
    internal_contacts,
    with_internal_contacts,
    without_internal_contacts,
)
from libs.contracts.patch import to_json
from libs.contracts.structure import Email, Phone, StructureContent, Website, public_part

labels = st.sampled_from([None, "Accueil", "Portable de Camille Inventé"])
visibilities = st.sampled_from(["public", "internal"])
phones = st.builds(
    Phone, number=st.sampled_from(["115", "3949", "+33466000001"]), label=labels, visibility=visibilities
)
emails = st.builds(Email, address=st.sampled_from(["a@example.org", "b@example.org"]), visibility=visibilities)
websites = st.builds(Website, url=st.sampled_from(["https://a.example.org"]), visibility=visibilities)
contents = st.builds(
    StructureContent,
    name=st.just("Essai"),
    phones=st.lists(phones, max_size=4).map(tuple),
    emails=st.lists(emails, max_size=3).map(tuple),
    websites=st.lists(websites, max_size=2).map(tuple),
)


def numbers(content: StructureContent, visibility: str) -> set[tuple[str, str]]:
    return {
        (name, getattr(item, key))
        for name, key in CONTACT_KEYS.items()
        for item in getattr(content, name)
        if item.visibility == visibility
    }


def test_every_list_that_can_hold_an_internal_contact_is_known():
    items = {name: get_args(hint)[:1] for name, hint in get_type_hints(StructureContent).items()}
    hidden = {name for name, of in items.items() if of and "visibility" in getattr(of[0], "__struct_fields__", ())}
    assert hidden == set(CONTACT_KEYS)


@given(contents)
def test_what_is_taken_apart_is_put_together_again(content: StructureContent):
    again = with_internal_contacts(public_part(content), internal_contacts(content))
    assert numbers(again, "public") == numbers(content, "public")
    assert numbers(again, "internal") == numbers(content, "internal") - numbers(content, "public")
    assert public_part(again) == public_part(content)


@given(contents, contents)
def test_none_is_lost_and_none_is_published_where_some_are_added(held: StructureContent, given_: StructureContent):
    internal = internal_contacts(given_)
    after = with_internal_contacts(held, internal)
    assert public_part(after) == public_part(held)
    added = numbers(given_, "internal") - numbers(given_, "public") - numbers(held, "public")
    assert numbers(after, "internal") == numbers(held, "internal") | added
    assert with_internal_contacts(after, internal) == after


@given(contents)
def test_a_patch_without_internal_contacts_is_the_patch_of_the_public_part(content: StructureContent):
    assert without_internal_contacts(to_json(content)) == to_json(public_part(content))


def test_a_patch_that_empties_a_list_still_does():
    assert without_internal_contacts({"phones": None, "emails": [], "name": "Essai"}) == {
        "phones": None,
        "emails": [],
        "name": "Essai",
    }


def test_a_newer_label_is_taken_and_none_is_forgotten():
    held = StructureContent(name="Essai", phones=(Phone(number="115", label="Ancien", visibility="internal"),))
    for label, expected in (("Nouveau", "Nouveau"), (None, "Ancien")):
        given_ = InternalContacts(phones=(Phone(number="115", label=label, visibility="internal"),))
        assert [phone.label for phone in with_internal_contacts(held, given_).phones] == [expected]


def test_which_lists_hold_any_is_said():
    assert InternalContacts().fields == ()
    assert InternalContacts(emails=(Email(address="a@example.org", visibility="internal"),)).fields == ("emails",)
