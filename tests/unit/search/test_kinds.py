import pytest

from libs.contracts import vocabulary
from services.search.domain.kinds import kinds_begun, kinds_mistyped
from services.search.domain.text import fold


def labels(text: str, language: str = "fr") -> list[str]:
    return [kind.label for kind in kinds_begun(fold(text), language)]


def mistyped(text: str, language: str = "fr") -> list[str]:
    return list(dict.fromkeys(kind.label for kind in kinds_mistyped(fold(text), language)))


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_every_kind_is_found_by_its_whole_label_and_then_nothing_is_nearer(language: str):
    for term in {**vocabulary.categories(), **vocabulary.families()}.values():
        found = kinds_begun(fold(term.label(language)), language)
        assert term.label(language) in [kind.label for kind in found if kind.remote == 0]


def test_what_begins_so_comes_before_what_has_it_within():
    assert labels("mai")[:2] == ["Maintien dans le logement", "Mairie"]
    assert labels("log")[0] == "Hébergement et logement"
    remote = {kind.label: kind.remote for kind in kinds_begun("mai", "fr")}
    assert remote["Mairie"] < remote["France services"]


def test_a_whole_word_within_a_label_says_as_much_as_an_everyday_word():
    remote = {kind.label: kind.remote for kind in kinds_begun("repas", "fr")}
    assert remote["Distribution de repas"] == remote["Restauration assise"] == 0


def test_french_labels_are_known_in_every_language():
    assert "Laundry" in labels("laverie", "en")
    assert "غسل الملابس" in labels("laverie", "ar")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("doucje", "Douche"),
        ("duoche", "Douche"),
        ("hebergemnt", "Hébergement d’urgence"),
        ("hebergemnt durgence", None),
        ("accueul de jour", "Accueil de jour"),
        ("alimantaire", "Colis alimentaire"),
        ("alimant", "Alimentation"),
        ("medcin", "Médecin généraliste"),
        ("bouche", None),
        ("lyon", None),
        ("xyz", None),
        ("", None),
    ],
)
def test_slips_are_forgiven_but_in_the_first_letter(text: str, label: str | None):
    found = mistyped(text)
    assert label in found if label else found == []


def test_of_words_that_are_as_near_each_is_meant():
    assert {"Espace de repos", "Restauration assise"} <= set(mistyped("repqs"))


def test_a_word_that_is_meant_whole_comes_before_one_that_it_may_begin():
    assert mistyped("doche") == ["Douche"]


def test_labels_of_the_language_are_forgiven_too():
    assert mistyped("showr", "en") == ["Shower"]
    assert mistyped("البليية", "ar") == ["البلدية"]
