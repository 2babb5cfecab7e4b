"""Sealed payloads: read by whom they are for, also while a key is rotated out, and by nobody else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PublicKey, SealedBox

from libs.bus.keys import new_sealing_keys
from libs.bus.sealing import CannotUnseal, Sealer, Unsealer
from libs.contracts.events import Contact

KEYS = [new_sealing_keys() for _ in range(5)]
CONTACT = Contact(email="alix@example.org", name="Alix Inventé")

places = st.integers(0, len(KEYS) - 1)
texts = st.text(max_size=40)


def sealed(place: int, contact: Contact = CONTACT) -> str:
    return Sealer({"notify": KEYS[place].public}).seal(contact, "notify")


def unsealer(*held: int) -> Unsealer:
    return Unsealer([KEYS[place].private for place in held])


@given(place=places, held=st.lists(places, max_size=4), name=texts)
def test_what_was_sealed_for_a_key_is_opened_while_it_is_listed_wherever(place: int, held: list[int], name: str):
    contact = Contact(email="alix@example.org", name=name)
    text = sealed(place, contact)
    if place in held:
        assert unsealer(*held).unseal(text, Contact) == contact
    else:
        with pytest.raises(CannotUnseal, match="sealed for another key"):
            unsealer(*held).unseal(text, Contact)


@given(st.lists(places, min_size=1, unique=True))
def test_after_any_rotations_all_that_was_sealed_on_the_way_is_opened(rotations: list[int]):
    said = [sealed(place) for place in rotations]
    reader = unsealer(*reversed(rotations))
    assert [reader.unseal(text, Contact) for text in said] == [CONTACT] * len(said)


SEALED = sealed(0)


def test_each_reader_opens_its_own_alone():
    sealer = Sealer({"notify": KEYS[0].public, "directory": KEYS[1].public})
    text = sealer.seal(CONTACT, "directory")
    assert unsealer(1).unseal(text, Contact) == CONTACT
    with pytest.raises(CannotUnseal, match="sealed for another key"):
        unsealer(0).unseal(text, Contact)


def test_what_is_sealed_shows_nothing_and_is_never_twice_the_same():
    assert sealed(0) != sealed(0)
    assert b"alix" not in urlsafe_b64decode(sealed(0).rpartition(".")[2] + "==")


def test_what_was_sealed_before_texts_named_their_key_is_opened_with_any_that_is_held():
    box = SealedBox(PublicKey(urlsafe_b64decode(KEYS[2].public + "=")))
    text = urlsafe_b64encode(box.encrypt(msgspec.json.encode(CONTACT))).decode()
    assert unsealer(1, 2).unseal(text, Contact) == CONTACT
    with pytest.raises(CannotUnseal):
        unsealer(0, 1).unseal(text, Contact)


@settings(max_examples=300)
@given(st.data())
def test_what_was_damaged_on_the_way_is_refused(data: st.DataObject):
    text = SEALED
    place = data.draw(st.integers(0, len(text) - 1))
    damaged = data.draw(
        st.one_of(
            st.just(text[:place]),
            st.characters(exclude_characters=text[place]).map(lambda sign: text[:place] + sign + text[place + 1 :]),
            texts,
        )
    )
    # The last sign of a base64 text may carry bits that mean nothing.
    if place < len(text) - 1 or len(damaged) != len(text):
        with pytest.raises(CannotUnseal):
            unsealer(0, 1).unseal(damaged, Contact)


def test_something_else_than_what_was_expected_is_refused():
    class Other(msgspec.Struct):
        number: int

    with pytest.raises(CannotUnseal, match="damaged"):
        unsealer(0).unseal(sealed(0), Other)
