from hypothesis import example, given
from hypothesis import strategies as st

from services.search.domain.text import LONGEST_WORD, fold, words_of
from services.search.domain.typos import allowed_typos, typos_between


def test_case_accents_ligatures_and_punctuation_do_not_count():
    assert fold("L'Œuvre d'ÉTÉ – Saint-Maur (n°2) !") == "l oeuvre d ete saint maur n 2"


def test_arabic_is_kept_without_vowels_and_the_forms_that_letters_share():
    assert fold("مُسَاعَدَة 75018") == "مساعده 75018"
    assert fold("الأُسرة إلى آخِـــر ٧٥") == "الاسره الي اخر 75"


def test_a_word_counts_once_and_no_longer_than_it_may_be():
    assert words_of("Bain bain douche " + "a" * 100) == ["bain", "douche", "a" * LONGEST_WORD]


@given(st.text())
@example("ᴬ 𝐁 ℌ")
def test_folding_twice_changes_nothing_and_leaves_only_words(text: str):
    folded = fold(text)
    assert fold(folded) == folded
    assert all(c.isalnum() or c == " " for c in folded)


def test_short_words_and_numbers_are_never_mistyped():
    assert [allowed_typos(word) for word in ("rsa", "75018", "pont", "mairies", "domicile")] == [0, 0, 1, 1, 2]


def test_a_letter_more_less_other_or_swapped_is_one_typo():
    assert [typos_between("mairie", other, 2) for other in ("mairiee", "mairi", "maorie", "mairei", "mairie")] == [
        1,
        1,
        1,
        1,
        0,
    ]


@given(st.text("abc", max_size=8), st.text("abc", max_size=8), st.integers(0, 3))
def test_typos_are_the_same_both_ways_and_stop_beyond_the_most(one: str, other: str, most: int):
    found = typos_between(one, other, most)
    assert found == typos_between(other, one, most)
    assert found <= most + 1
    assert (found == 0) == (one == other)
