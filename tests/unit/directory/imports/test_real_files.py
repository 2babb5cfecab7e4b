"""The whole published files: every row counted. They are not in the repository; the sample is."""

import gzip
import time
from collections import Counter
from pathlib import Path

import pytest

from services.directory.imports import Draft, Reject, read_file

DATA = Path(__file__).parents[5] / "shared" / "data"

pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="The real data files are not in ../shared/data."),
]

EXPECTED: dict[str, tuple[int, int, dict[str, int]]] = {
    "leaflet-paris-nord-est-2020.csv": (30, 0, {"coordinates from the commune": 30, "detail left out": 1}),
    "lieux-mediation-numerique.csv.gz": (
        6023,
        1,
        {
            "commune not found": 24,
            "coordinates far from the commune": 18,
            "coordinates from the commune": 409,
            "date not understood": 86,
            "doubtful hours kept as text": 12,
            "e-mail in another field": 1,
            "fee kept as text": 40,
            "hours kept as text": 103,
            "hours read from prose": 34,
            "label kept as text": 1214,
            "markup removed": 15,
            "no department could be found": 1,
            "phone not understood": 1,
            "public broadened": 690,
            "service without a category": 1,
            "support kept as text": 1256,
            "type of structure left out": 514,
            "wrong INSEE code": 3,
        },
    ),
    "france-services-2024.csv": (
        2845,
        0,
        {
            "appointment kept as text": 992,
            "commune not found": 2,
            "doubtful hours left out": 30,
            "wrong INSEE code": 1,
        },
    ),
    "mairies.csv.gz": (
        34861,
        0,
        {
            "coordinates far from the commune": 148,
            "coordinates from the commune": 157,
            "coordinates not in France": 7,
            "coordinates put right": 3,
            "doubtful hours kept as text": 3,
            "e-mail in another field": 2,
            "phone not understood": 1,
            "postcode of another town": 20,
            "text repaired": 4,
            "web address repaired": 4,
        },
    ),
}


SECONDS = {
    "leaflet-paris-nord-est-2020.csv": 1.0,
    "lieux-mediation-numerique.csv.gz": 2.5,
    "france-services-2024.csv": 1.5,
    "mairies.csv.gz": 12.0,
}
"""Of a processor, in which each is to be read."""


@pytest.mark.parametrize("name", EXPECTED)
def test_every_row_is_a_draft_or_a_reject_and_every_loss_is_known_in_time(name: str):
    drafts, rejects, losses = EXPECTED[name]
    start = time.process_time()
    results = list(read_file(DATA / name))
    assert time.process_time() - start < SECONDS[name]
    assert sum(isinstance(result, Draft) for result in results) == drafts
    assert sum(isinstance(result, Reject) for result in results) == rejects
    found = Counter(loss.kind for result in results if isinstance(result, Draft) for loss in result.losses)
    assert dict(found) == losses


def test_the_one_reject_says_why():
    (reject,) = (r for r in read_file(DATA / "lieux-mediation-numerique.csv.gz") if isinstance(r, Reject))
    assert (reject.row, reject.reason) == (5221, "The identifier Hinaura:882 already stands at row 3019.")


def test_plain_and_compressed_files_give_the_same(tmp_path: Path):
    plain = DATA / "france-services-2024.csv"
    packed = tmp_path / "renamed.txt"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert list(read_file(packed)) == list(read_file(plain))
