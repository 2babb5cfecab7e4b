import phonenumbers
import pytest

from libs.territories import e164


@pytest.mark.parametrize(
    ("text", "department", "number"),
    [
        ("04 74 24 03 08", None, "+33474240308"),
        ("04.74.24.03.08", "01", "+33474240308"),
        ("+33474240308", None, "+33474240308"),
        ("0033 4 74 24 03 08", None, "+33474240308"),
        ("+33 (0)4 74 24 03 08", None, "+33474240308"),
        ("474240308", None, "+33474240308"),
        ("0 800 12 34 56", None, "+33800123456"),
        ("0262790049", "974", "+262262790049"),
        ("+33262790049", None, "+262262790049"),
        ("+262262790049", "974", "+262262790049"),
        ("+269269662010", "976", "+262269662010"),
        ("06 39 12 34 56", "976", "+262639123456"),
        ("0590 12 34 56", "971", "+590590123456"),
        ("05 94 37 07 19", "973", "+594594370719"),
        ("05 96 53 20 87", "972", "+596596532087"),
        ("41 12 34", "975", "+508411234"),
        ("05 08 41 12 34", None, "+508411234"),
        ("24 12 34", "988", "+687241234"),
        ("40 50 60 70", "987", "+68940506070"),
        ("72 12 34", "986", "+681721234"),
        ("+44 20 7946 0958", None, "+442079460958"),
        ("115", None, "115"),
        ("39 49", "974", "3949"),
        ("36.46", None, "3646"),
        ("118 712", None, "118712"),
    ],
)
def test_numbers_as_people_write_them(text: str, department: str | None, number: str):
    assert e164(text, department) == number


@pytest.mark.parametrize(
    "text", ["", "néant", "12", "04 74 24", "00 00 00 00 00", "123456789012345678", "04 74 24 03 08 09"]
)
def test_what_is_no_number_is_none(text: str):
    assert e164(text) is None


def test_the_shortcut_agrees_with_the_numbering_plans():
    for digits in (
        "143438475",
        "262790049",
        "269611234",
        "590123456",
        "694123456",
        "697123456",
        "612345678",
        "970123456",
    ):
        number = e164(f"0{digits}")
        assert number is not None
        assert phonenumbers.is_possible_number(phonenumbers.parse(number))
