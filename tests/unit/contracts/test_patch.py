import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.patch import apply_patch, difference, merge, to_json
from libs.contracts.structure import Access, Address, Phone, StructureContent

contents = st.builds(
    StructureContent,
    name=st.text(min_size=1, max_size=20),
    description=st.none() | st.text(max_size=20),
    address=st.builds(Address, city=st.none() | st.text(max_size=9)),
    phones=st.lists(st.builds(Phone, number=st.text("0123456789", max_size=9)), max_size=3).map(tuple),
    access=st.builds(Access, fee=st.sampled_from([None, "free", "paid"]), animals=st.none() | st.booleans()),
)


@given(contents, contents)
def test_the_difference_leads_from_one_content_to_the_other(before: StructureContent, after: StructureContent) -> None:
    assert apply_patch(before, difference(before, after)) == after


@given(contents)
def test_no_difference_is_an_empty_patch(content: StructureContent) -> None:
    assert difference(content, content) == {}
    assert apply_patch(content, {}) == content


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a"], {"a": 1}, {"a": 1}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_follows_rfc_7396(target: object, patch: object, result: object) -> None:
    assert merge(target, patch) == result


def test_a_patch_of_the_wrong_shape_is_refused_with_its_place() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.address"):
        apply_patch(StructureContent(name="a"), {"address": {"latitude": "north"}})


def test_content_as_json_is_as_read_from_json() -> None:
    content = StructureContent(name="a", phones=(Phone(number="115"),))
    assert to_json(content)["phones"] == [{"number": "115", "label": None, "visibility": "public"}]
