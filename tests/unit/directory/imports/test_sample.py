"""Every row of the bundled sample is imported, with what it loses on the way known by kind."""

from collections import Counter
from datetime import date

import pytest

from libs.contracts.validation import content_errors
from services.directory.imports import PUBLISHERS, Draft, read_file
from services.directory.sample import FILES

EXPECTED: dict[str, tuple[str, int, dict[str, int]]] = {
    "leaflet-paris-nord-est-2020.csv": (
        "leaflet-paris-2020",
        30,
        {"coordinates from the commune": 30, "detail left out": 1},
    ),
    "lieux-mediation-numerique.csv": (
        "mediation-numerique",
        197,
        {
            "coordinates from the commune": 31,
            "support kept as text": 36,
            "public broadened": 22,
            "hours kept as text": 7,
            "type of structure left out": 11,
            "label kept as text": 22,
        },
    ),
    "france-services-2024.csv": ("france-services", 68, {"appointment kept as text": 7}),
    "mairies.csv": ("mairies", 218, {}),
}


def drafts_of(name: str) -> list[Draft]:
    (path,) = (path for path in FILES if path.name == name)
    results = list(read_file(path, retrieved_on=FILES[path]))
    assert all(isinstance(result, Draft) for result in results)
    return [result for result in results if isinstance(result, Draft)]


def test_the_sample_is_about_five_hundred_places():
    assert {path.name for path in FILES} == set(EXPECTED)
    assert sum(rows for _, rows, _ in EXPECTED.values()) == 513


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_arrives(name: str):
    source, rows, losses = EXPECTED[name]
    drafts = drafts_of(name)
    assert len(drafts) == rows
    assert {draft.source.source for draft in drafts} == {source}
    assert source in PUBLISHERS
    assert len({draft.source.external_id for draft in drafts}) == rows
    assert dict(Counter(loss.kind for draft in drafts for loss in draft.losses)) == losses
    for draft in drafts:
        assert content_errors(draft.content) == []
        assert draft.content.services
        assert draft.content.address.latitude is not None
        assert draft.content.address.department in {"75", "93", "69", "48"}


def test_the_leaflet_arrives_as_printed():
    drafts = drafts_of("leaflet-paris-nord-est-2020.csv")
    categories = Counter(service.category for draft in drafts for service in draft.content.services)
    assert categories == {"seated_meal": 23, "food_parcel": 5, "social_grocery": 1, "breakfast": 1}
    assert all(draft.content.opening_hours for draft in drafts)
    assert all("6 mai 2020" in (draft.content.opening_hours_note or "") for draft in drafts)
    assert sum(draft.content.network == "restos-du-coeur" for draft in drafts) == 9
    assert sum(len(draft.content.phones) for draft in drafts) == 13


def test_every_row_bears_the_date_of_its_file_and_none_that_was_made_up():
    assert {name: {draft.source.retrieved_on for draft in drafts_of(name)} for name in EXPECTED} == {
        "leaflet-paris-nord-est-2020.csv": {date(2020, 5, 6)},
        "lieux-mediation-numerique.csv": {None},
        "france-services-2024.csv": {date(2024, 8, 1)},
        "mairies.csv": {None},
    }


def test_most_places_of_the_sample_have_hours():
    shares = {name: sum(draft.content.opening_hours is not None for draft in drafts_of(name)) for name in EXPECTED}
    assert shares == {
        "leaflet-paris-nord-est-2020.csv": 30,
        "lieux-mediation-numerique.csv": 136,
        "france-services-2024.csv": 64,
        "mairies.csv": 215,
    }


def test_reading_twice_gives_the_same():
    for path in FILES:
        assert list(read_file(path)) == list(read_file(path))
