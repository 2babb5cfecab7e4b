import gzip
import json
from pathlib import Path

import pytest

from services.directory.imports import Draft, Reject, UnreadableFile, read_file, reading

HEADER = "code_insee,nom,adresse,code_postal,commune,latitude,longitude,telephone,site_web,horaires_osm\n"
ROW = "48095,Mairie de Mende,Place de Gaulle,48000,Mende,44.518,3.501,,,Mo-Fr 09:00-12:00\n"


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        read_file(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "no known kind"),
        (b"   \n\n", "no known kind"),
        ((HEADER + ROW.replace("Mende", "Mendé")).encode("latin-1"), "not in UTF-8 (byte 0xE9)"),
        ((HEADER + ROW).encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"PK\x03\x04\x14\x00\x00\x00", "binary"),
        (ROW.encode(), "no known kind"),
        (b"nom;prenom\na;b\n", "no known kind"),
        (HEADER.encode(), "no row"),
        ((HEADER + ROW * 3 + '48096,"Mairie sans fin,x\n' + ROW * 3).encode(), "at line 5 are broken: a quote"),
        ((HEADER + '48096,"Mairie" de Mende,x,48000,Mende,,,,,\n').encode(), "at line 2 are broken"),
        ((HEADER + "48096," + "x" * 10_000_000 + "\n").encode(), "Line 2 is longer"),
        ((HEADER.strip() + ",nom\n" + ROW).encode(), "names a column twice"),
        (b'{"structures": [', "JSON is cut short"),
        (b'{"structures":\n [}', "JSON is broken at line 2, column 3:"),
        (b'{"places": []}', "structures: This field is required."),
        (b'{"structures": 3}', "structures: A list is expected here."),
        (b'[{"id": "1"}]', "not data"),
        (b'{"structures": []}', "no structure"),
        (b'{"structures": "\xff"}', "UTF-8"),
        (gzip.compress((HEADER + ROW * 1000).encode())[:-20], "cut short"),
        (b"\x1f\x8b\x08\x00garbage garbage garbage", "damaged"),
        (gzip.compress(b"", mtime=0), "The file is empty."),
    ],
)
def test_a_malformed_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str):
    assert sentence in refusal(tmp_path / "file", content)


def test_what_cannot_be_opened_is_refused_in_a_sentence(tmp_path: Path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(UnreadableFile, match=r"cannot be read: .*\.$"):
            read_file(path)


def test_a_compressed_bomb_stops_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "LARGEST", 1_000_000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROW * 100_000).encode()))
    with pytest.raises(UnreadableFile, match="megabytes"):
        read_file(path)


def test_an_error_at_the_end_leaves_nothing_yielded(tmp_path: Path):
    path = tmp_path / "file.csv"
    path.write_bytes((HEADER + ROW * 1000).encode() + b"48096,Mairie de M\xe9nde\n")
    with pytest.raises(UnreadableFile, match="Line 1002"):
        read_file(path)


def test_rows_with_too_many_or_too_few_cells_are_rejected_alone(tmp_path: Path):
    path = tmp_path / "file.csv"
    path.write_text(f"{HEADER}48096,court\n\n{ROW}{ROW.strip()},de trop\n", encoding="utf-8")
    results = list(read_file(path))
    assert [type(result) for result in results] == [Reject, Draft, Reject]
    assert [result.row for result in results] == [2, 3, 4]
    assert isinstance(results[0], Reject)
    assert results[0].reason == "The row has 2 cells, and the header 10."


def test_gzip_line_ends_and_a_byte_order_mark_make_no_difference(tmp_path: Path):
    plain = tmp_path / "plain.csv"
    plain.write_text(HEADER + ROW, encoding="utf-8")
    other = tmp_path / "other"
    other.write_bytes(gzip.compress(b"\xef\xbb\xbf" + (HEADER + ROW).replace("\n", "\r\n").encode()))
    assert list(read_file(plain)) == list(read_file(other))


def test_the_total_is_the_number_of_results(tmp_path: Path):
    path = tmp_path / "file.csv"
    path.write_text(HEADER + ROW * 5, encoding="utf-8")
    file = read_file(path)
    assert (file.title, file.publisher.source, file.total) == ("town halls", "mairies", 5)
    assert len(list(file)) == 5


def test_json_in_gzip_is_recognised(tmp_path: Path):
    path = tmp_path / "data.json.gz"
    path.write_bytes(gzip.compress(json.dumps({"structures": [{"id": "a--1", "nom": "Lieu"}]}).encode()))
    assert [type(result) for result in read_file(path)] == [Draft]
