"""Every message that msgspec has for a value of the wrong shape, and the sentence it becomes.

The messages are asked of msgspec itself: a version that words them otherwise fails here.
"""

from __future__ import annotations

import enum
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

from libs.contracts import shapes
from libs.contracts.shapes import shape_error
from libs.web.language import Catalogues, speak

CATALOGUES = Catalogues([Path(shapes.__file__).parents[1] / "web" / "locale"])


class Animal(enum.Enum):
    CAT = "cat"
    DOG = "dog"


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    animal: Literal["cat", "dog"] | None = None
    count: int = 0


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    inner: Inner | None = None
    items: list[Inner] = []
    pair: tuple[Animal, int] = (Animal.CAT, 1)
    by_name: dict[str, Inner] = {}
    by_number: dict[int, str] = {}


class Cat(msgspec.Struct, tag="cat"): ...


class Dog(msgspec.Struct, tag="dog"): ...


def error_of(value: Any, shape: Any) -> Any:
    with pytest.raises(msgspec.ValidationError) as refusal:
        msgspec.convert(value, shape, strict=False, str_keys=True)
    return shape_error("", str(refusal.value), shape)


def sentence_of(value: Any, shape: Any, language: str = "en") -> str:
    error = error_of(value, shape)
    speak(language)
    return CATALOGUES.gettext(error.message) % error.parameters


TOO_FAR = ("This value is too large or too small.", "Cette valeur est trop grande ou trop petite.")
SENTENCES: list[tuple[Any, Any, str, str]] = [
    ("x", int, "A whole number is expected here.", "Un nombre entier est attendu ici."),
    (1.5, int | None, "A whole number is expected here.", "Un nombre entier est attendu ici."),
    ("x", float | None, "A number is expected here.", "Un nombre est attendu ici."),
    ("x", int | float, "A number is expected here.", "Un nombre est attendu ici."),
    ("x", Decimal, "A number is expected here.", "Un nombre est attendu ici."),
    (1, str, "A text is expected here.", "Un texte est attendu ici."),
    ("maybe", bool, "Write true or false.", "Écrivez true ou false."),
    ({}, list[int], "A list is expected here.", "Une liste est attendue ici."),
    ([], Inner, "An object with named fields is expected here.", "Un objet avec des champs nommés est attendu ici."),
    (1, None, "This field must stay empty.", "Ce champ doit rester vide."),
    ({"name": None}, Outer, "This field is required.", "Ce champ est obligatoire."),
    (
        {},
        str | list[int],
        "This value is of another kind than this field takes.",
        "Cette valeur n’est pas du genre que ce champ accepte.",
    ),
    ("demain", date, "Write a day as 2026-11-03.", "Écrivez un jour sous la forme 2026-11-03."),
    (1, date, "Write a day as 2026-11-03.", "Écrivez un jour sous la forme 2026-11-03."),
    (
        "demain",
        datetime,
        "Write a day and a time with their time zone, such as 2026-11-03T09:30:00Z.",
        "Écrivez un jour et une heure avec leur fuseau horaire, comme 2026-11-03T09:30:00Z.",
    ),
    ("midi", time, "Write a time as 09:30:00.", "Écrivez une heure sous la forme 09:30:00."),
    ("une heure", timedelta, "Write a duration such as PT1H30M.", "Écrivez une durée comme PT1H30M."),
    ("P1Y", timedelta, "Write a duration such as PT1H30M.", "Écrivez une durée comme PT1H30M."),
    (
        "1234",
        UUID,
        "Write an identifier such as 0190163d-8694-739b-b4ea-8c3c4fee29aa.",
        "Écrivez un identifiant comme 0190163d-8694-739b-b4ea-8c3c4fee29aa.",
    ),
    ("é", bytes, "Write this in base64.", "Écrivez ceci en base64."),
    (1e30, datetime, *TOO_FAR),
    ("P999999999999D", timedelta, *TOO_FAR),
    (
        "bird",
        Animal,
        "“bird” is not possible here. Choose one of: cat, dog.",
        "« bird » n’est pas possible ici. Choisissez parmi : cat, dog.",
    ),
    (
        3,
        Literal[1, 2] | None,
        "“3” is not possible here. Choose one of: 1, 2.",
        "« 3 » n’est pas possible ici. Choisissez parmi : 1, 2.",
    ),
    (
        "z",
        enum.Enum("Letters", {letter: letter for letter in "abcdefghijklm"}),
        "“z” is not one of the values that this field takes.",
        "« z » n’est pas une des valeurs que ce champ accepte.",
    ),
    (
        {"type": "bird"},
        Cat | Dog,
        "“bird” is not one of the values that this field takes.",
        "« bird » n’est pas une des valeurs que ce champ accepte.",
    ),
    ({}, Outer, "This field is required.", "Ce champ est obligatoire."),
    (
        {"name": "a", "nom": "b"},
        Outer,
        "There is no such field. Please check its name.",
        "Ce champ n’existe pas. Vérifiez son nom.",
    ),
    ("", Annotated[str, Meta(min_length=1)], "This field is required.", "Ce champ est obligatoire."),
    ([], Annotated[list[int], Meta(min_length=1)], "This field is required.", "Ce champ est obligatoire."),
    (
        "a",
        Annotated[str, Meta(min_length=2)],
        "This text is too short: the least is 2 characters.",
        "Ce texte est trop court : il faut au moins 2 caractères.",
    ),
    (
        "abc",
        Annotated[str, Meta(max_length=2)],
        "This text is too long: the most is 2 characters.",
        "Ce texte est trop long : 2 caractères au plus.",
    ),
    (
        [1, 2, 3],
        Annotated[list[int], Meta(max_length=2)],
        "There are too many items: the most is 2.",
        "Il y a trop d’éléments : 2 au plus.",
    ),
    (
        {"a": 1},
        Annotated[dict[str, int], Meta(min_length=2)],
        "There are too few items: the least is 2.",
        "Il n’y a pas assez d’éléments : il en faut au moins 2.",
    ),
    ([1], tuple[int, int], "This list must have 2 items.", "Cette liste doit avoir 2 éléments."),
    (0, Annotated[int, Meta(ge=1)], "The least possible here is 1.", "Le minimum possible ici est 1."),
    (501, Annotated[int, Meta(le=500)], "The most possible here is 500.", "Le maximum possible ici est 500."),
    (0.5, Annotated[float, Meta(ge=1)], "The least possible here is 1.", "Le minimum possible ici est 1."),
    (0.0, Annotated[float, Meta(gt=0)], "This must be more than 0.", "Il faut plus que 0 ici."),
    (2.5, Annotated[float, Meta(lt=2.5)], "This must be less than 2.5.", "Il faut moins que 2.5 ici."),
    (7, Annotated[int, Meta(multiple_of=5)], "This must be a multiple of 5.", "Il faut un multiple de 5 ici."),
    (
        "b",
        Annotated[str, Meta(pattern="^a$")],
        "This is not written in the way that this field asks for.",
        "Ce n’est pas écrit de la façon que ce champ demande.",
    ),
    (
        "2026-11-03T09:30:00",
        Annotated[datetime, Meta(tz=True)],
        "Add the time zone, such as Z or +01:00.",
        "Ajoutez le fuseau horaire, comme Z ou +01:00.",
    ),
    (
        "2026-11-03T09:30:00Z",
        Annotated[datetime, Meta(tz=False)],
        "Leave the time zone out.",
        "N’indiquez pas de fuseau horaire.",
    ),
]


@pytest.mark.parametrize(("value", "shape", "english", "french"), SENTENCES)
def test_what_is_wrong_is_said_in_plain_words(value: Any, shape: Any, english: str, french: str) -> None:
    assert sentence_of(value, shape) == english
    assert sentence_of(value, shape, "fr") == french


# What msgspec says in cases that the types of an API do not reach.
@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Expected `array` of length 1 to 3, got 4", "This list must have from 1 to 3 items."),
        ("Expected `array` of at least length 2, got 1", "There are too few items: the least is 2."),
        ("Expected `array` of at most length 2, got 3", "There are too many items: the most is 2."),
        ("Invalid epoch timestamp", "This value is too large or too small."),
        ("Number out of range", "This value is too large or too small."),
        ("Integer value out of range", "This value is too large or too small."),
        ("Expected `quaternion`, got `str`", "This value cannot be read."),
        ("something that a later version says", "This value cannot be read."),
    ],
)
def test_nothing_of_msgspec_s_own_words_is_passed_on(text: str, sentence: str) -> None:
    error = shape_error("field", text)
    assert error.field == "field"
    assert error.message % error.parameters == sentence


def test_every_sentence_is_plain_and_in_both_languages() -> None:
    messages = {error_of(value, shape).message for value, shape, _, _ in SENTENCES}
    speak("fr")
    for message in messages:
        assert not re.search(r"`|\||\b(str|int|null|array|RFC|ISO|UUID|regex)\b", message), message
        assert CATALOGUES.gettext(message) != message


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({}, "name"),
        ({"name": 1}, "name"),
        ({"name": "a", "inner": {"colour": "red"}}, "inner.colour"),
        ({"name": "a", "items": [{}, {"count": "many"}]}, "items.1.count"),
        ({"name": "a", "items": [{}, 1]}, "items.1"),
        ({"name": "a", "pair": ["bird", 1]}, "pair.0"),
        ({"name": "a", "by_name": {"x": {"count": "many"}}}, "by_name.count"),
        ({"name": "a", "by_number": {"one": "x"}}, "by_number"),
        ([], ""),
    ],
)
def test_the_field_is_named_by_its_place(value: Any, field: str) -> None:
    assert error_of(value, Outer).field == field


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a", "inner": {"animal": "bird"}},
        {"name": "a", "items": [{"animal": "bird"}]},
        {"name": "a", "pair": ["bird", 1]},
        {"name": "a", "by_name": {"x": {"animal": "bird"}}},
    ],
)
def test_the_values_to_choose_from_are_found_wherever_the_field_stands(value: Any) -> None:
    assert error_of(value, Outer).parameters == {"value": "bird", "values": "cat, dog"}


def test_a_name_stands_before_the_place_inside_the_value() -> None:
    assert shape_error("proposed", "Expected `str`, got `int` - at `$.address.city`").field == "proposed.address.city"
    assert shape_error("proposed", "Object missing required field `name`").field == "proposed.name"
