"""What people type in one go is read as they mean it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.text import words_of
from services.search.understanding import Reading, read, with_town

PARIS = ZoneInfo("Europe/Paris")
TUESDAY = datetime(2026, 12, 1, 10, 30, tzinfo=PARIS)


def understood(text: str, now: datetime = TUESDAY) -> Reading:
    return read(text, now, with_place=True, with_time=True)


def place_of(text: str) -> tuple[str, str] | None:
    where = understood(text).where
    return where and (where.place.label, " ".join(understood(text).words))


@pytest.mark.parametrize(
    ("text", "label", "words"),
    [
        ("apprendre l'ordinateur villeurbanne", "Villeurbanne (69)", "apprendre ordinateur"),
        ("repas paris 19", "Paris 19e Arrondissement (75)", "repas"),
        ("repas à Paris 19ème arrondissement", "Paris 19e Arrondissement (75)", "repas"),
        ("douche 69003 lyon", "Lyon 3e Arrondissement (69003)", "douche"),
        ("mairie 59170 Croix", "Croix (59170)", "mairie"),
        ("service public à côté de Mende", "Mende (48)", "service public"),
        ("mairie près de Barjac", "Barjac (30)", "mairie"),
        ("mairie saint-denis 93", "Saint-Denis (93)", "mairie"),
        ("mairie saint denis la réunion", "Saint-Denis (974)", "mairie"),
        ("maison france services lozère", "Lozère (48)", "maison france services"),
        ("domiciliation dans le 93", "Seine-Saint-Denis (93)", "domiciliation"),
        ("lyon emmaüs connect", "Lyon (69)", "emmaus connect"),
        ("mairie de Choqueuse-les-Bénards", "Choqueuse-les-Bénards (60)", "mairie"),
        ("aide alimentaire le mans", "Le Mans (72)", "aide alimentaire"),
        ("mairie vitry", "Vitry-sur-Seine (94)", "mairie"),
        ("evry mission locale", "Évry-Courcouronnes (91)", "mission locale"),
        ("mairie fontenay 92", "Fontenay-aux-Roses (92)", "mairie"),
        ("mairie romans sur isère", "Romans-sur-Isère (26)", "mairie"),
        ("saint pierre et miquelon mairie", "Saint-Pierre-et-Miquelon (975)", "mairie"),
        ("val de marne france services", "Val-de-Marne (94)", "france services"),
        ("ordinateur dans le cher", "Cher (18)", "ordinateur"),
        ("mende lozère france services", "Mende (48)", "france services"),
        ("saint-denis 93 mairie", "Saint-Denis (93)", "mairie"),
        ("2A mairie", "Corse-du-Sud (2A)", "mairie"),
        ("ouvert demain après-midi lyon", "Lyon (69)", ""),
        ("haute-loire", "Haute-Loire (43)", ""),
        ("mairie de paris centre", "Paris (75)", "mairie"),
        ("près de lyon ordinateur", "Lyon (69)", "ordinateur"),
        ("à côté de mende france services", "Mende (48)", "france services"),
        ("ordinateur lyon libre", "Lyon (69)", "ordinateur libre"),
        ("lyon 7eme", "Lyon 7e Arrondissement (69)", ""),
        ("mairie le puy", "Le Puy-en-Velay (43)", "mairie"),
        ("mairie mende s'il vous plaît", "Mende (48)", "mairie"),
        ("repas lille centre-ville", "Lille (59)", "repas"),
        ("médiathèque lyon nord", "Lyon (69)", "mediatheque"),
        ("france services à 10 km de Mende", "Mende (48)", "france services"),
    ],
)
def test_a_place_among_words_is_where_they_are_looked_for(text: str, label: str, words: str):
    assert place_of(text) == (label, words)


@pytest.mark.parametrize(
    "text",
    [
        "croix rouge",
        "aide en ligne",
        "paris",
        "75011",
        "cours de sport",
        "restos du coeur",
        "imprimer un cv",
        "salon de coiffure",
        "aide deuil",
        "ordinateur pas cher",
        "douche près de la gare du nord",
        "repas gare de lyon",
        "france services à 10 km",
        "garde d'enfants",
        "la poste",
        "je suis à la rue",
        "",
    ],
)
def test_words_that_mean_no_place_are_words(text: str):
    assert place_of(text) is None


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("repas à 5 km de lyon", 5_000),
        ("repas à 5km autour de lyon", 5_000),
        ("repas dans un rayon de 20 km de lyon", 20_000),
        ("repas à 0 km de lyon", 10_000),
        ("repas lyon", 10_000),
    ],
)
def test_how_far_somebody_would_go_may_be_said(text: str, metres: float):
    where = understood(text).where
    assert where
    assert (where.place.label, where.place.radius) == ("Lyon (69)", metres)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("douche ouvert", (1, 10, 30), (1, 10, 30)),
        ("ouvert maintenant douche", (1, 10, 30), (1, 10, 30)),
        ("où manger ce soir", (1, 18, 0), (1, 23, 0)),
        ("manger ce midi", (1, 11, 0), (1, 14, 0)),
        ("douche aujourd'hui", (1, 10, 30), (2, 0, 0)),
        ("douche demain", (2, 0, 0), (3, 0, 0)),
        ("douche demain matin", (2, 6, 0), (2, 12, 0)),
        ("douche ouverte le dimanche", (6, 0, 0), (7, 0, 0)),
        ("douche mardi", (1, 10, 30), (2, 0, 0)),
        ("café jeudi après-midi", (3, 13, 0), (3, 18, 0)),
        ("repas ce week-end", (5, 0, 0), (7, 0, 0)),
        ("douche à 18h", (1, 18, 0), (1, 18, 0)),
        ("douche à 8h30", (2, 8, 30), (2, 8, 30)),
        ("médiathèque mercredi à 18h", (2, 18, 0), (2, 18, 0)),
        ("library open sunday", (6, 0, 0), (7, 0, 0)),
        ("shower tonight", (1, 18, 0), (1, 23, 0)),
        ("meal tomorrow", (2, 0, 0), (3, 0, 0)),
        ("douche après-demain", (3, 0, 0), (4, 0, 0)),
        ("douche mardi prochain", (8, 0, 0), (9, 0, 0)),
        ("douche samedi prochain matin", (5, 6, 0), (5, 12, 0)),
        ("douche le 25 décembre", (25, 0, 0), (26, 0, 0)),
        ("douche 25/12", (25, 0, 0), (26, 0, 0)),
        ("mairie 24/12/2026 à 14h30", (24, 14, 30), (24, 14, 30)),
        ("repas à Noël", (25, 0, 0), (26, 0, 0)),
        ("repas le jour de Noël le soir", (25, 18, 0), (25, 23, 0)),
        ("shower on december 24th", (24, 0, 0), (25, 0, 0)),
        ("douche cette nuit", (1, 21, 0), (2, 6, 0)),
        ("douche après 18h", (1, 18, 0), (2, 0, 0)),
        ("douche dès 18h", (1, 18, 0), (2, 0, 0)),
        ("douche après 18h30", (1, 18, 30), (2, 0, 0)),
        ("douche demain avant 10h", (2, 0, 0), (2, 10, 0)),
        ("douche vers 20h", (1, 20, 0), (1, 20, 0)),
        ("douche ce matin", (1, 10, 30), (1, 12, 0)),
    ],
)
def test_words_about_time_say_when_to_be_open(text: str, start: tuple[int, ...], end: tuple[int, ...]):
    when = understood(text).when
    assert when
    assert (when.start, when.end) == (datetime(2026, 12, *start, tzinfo=PARIS), datetime(2026, 12, *end, tzinfo=PARIS))
    assert len(understood(text).words) == 1


def test_a_time_is_that_of_the_place():
    when = understood("manger ce soir à saint-denis la réunion").when
    assert when
    assert when.start.utcoffset() == datetime(2026, 12, 1, tzinfo=ZoneInfo("Indian/Reunion")).utcoffset()


def test_a_week_end_that_has_begun_ends_on_sunday():
    sunday = datetime(2026, 12, 6, 9, 0, tzinfo=PARIS)
    when = understood("repas ce week-end", sunday).when
    assert when
    assert (when.start, when.end) == (sunday, datetime(2026, 12, 7, tzinfo=PARIS))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("repas le 1er janvier", (2027, 1, 1)),
        ("repas le jour de l'an", (2027, 1, 1)),
        ("repas le 30 novembre", (2027, 11, 30)),
        ("repas le 1 décembre", (2026, 12, 1)),
    ],
)
def test_a_date_is_the_next_day_that_is_called_so(text: str, day: tuple[int, int, int]):
    when = understood(text).when
    assert when
    assert when.last_day == date(*day)


@pytest.mark.parametrize(
    "text",
    [
        *("marché du dimanche", "la maison de midi", "bonsoir", "24h/24", "ouverture 24/7", "repas 7/7", "bac 12/13"),
        *("rue du 8 mai 1945", "place 11 novembre", "le 8 mai 1945", "repas 31 février", "repas de Noël", "janvier"),
        *("31/12/9999", "le 29 février 2028"),
    ],
)
def test_words_that_mean_no_time_are_words(text: str):
    assert understood(text).when is None


@pytest.mark.parametrize(
    "text",
    [
        "0143712808",
        "01 43 71 28 08",
        "01.43.71.28.08",
        "+33 1 43 71 28 08",
        "0033143712808",
        "(+33) 1-43-71-28-08",
        "tél. 01 43 71 28 08",
    ],
)
def test_a_telephone_number_is_one_word_however_it_is_written(text: str):
    assert understood(text).words == ("0143712808",)


def test_a_number_overseas_and_one_begun_are_read_too():
    assert understood("+590 590 92 36 99").words == ("0590923699",)
    for begun in ("01 43 71", "+33 1 43 71", "0033 1 43 71", "+331 43 71"):
        assert understood(begun).words == ("014371",), begun


def test_how_somebody_asks_is_not_looked_for():
    assert understood("je cherche un endroit où imprimer gratuitement mon CV svp").words == ("imprimer", "cv")
    assert understood("où").words == ("ou",)


def test_what_is_not_to_be_read_stays_words():
    plain = read("repas ce soir paris 19", TUESDAY, with_place=False, with_time=False)
    assert (plain.where, plain.when) == (None, None)
    assert set(plain.words) >= {"repas", "soir", "paris", "19"}


@given(st.text(max_size=60), st.booleans(), st.booleans())
def test_whatever_is_typed_is_read_and_no_word_comes_of_nothing(text: str, with_place: bool, with_time: bool):  # noqa: FBT001 -- drawn
    reading = read(text, datetime(2026, 12, 1, tzinfo=UTC), with_place=with_place, with_time=with_time)
    if not any(letter.isdigit() for letter in text):
        assert set(reading.words) <= set(words_of(text))


def test_a_time_that_has_passed_today_is_that_of_tomorrow():
    evening = datetime(2026, 12, 1, 18, 8, tzinfo=PARIS)
    when = understood("repas ce midi", evening).when
    assert when
    assert when.start == datetime(2026, 12, 2, 11, 0, tzinfo=PARIS)
    tonight = understood("repas ce soir", evening).when
    assert tonight
    assert tonight.start == evening


def test_a_telephone_number_is_all_that_is_looked_for():
    assert understood("appeler le 01 43 71 28 08").words == ("0143712808",)


@pytest.mark.parametrize("text", ["mairie vienne", "repas dans la vienne"])
def test_a_department_leads_to_the_town_of_its_name(text: str):
    where = understood(text).where
    assert where
    assert where.place.label == "Vienne (86)"
    assert [text for _, text in where.place.others] == ["38200 Vienne"]


def test_this_night_is_the_one_that_has_begun():
    for hour, begins in ((2, (2, 2)), (6, (2, 21)), (23, (2, 23))):
        when = understood("dormir cette nuit", datetime(2026, 12, 2, hour, 0, tzinfo=PARIS)).when
        assert when
        assert when.start == datetime(2026, 12, *begins, 0, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("text", "words"),
    [("I have nowhere to sleep", ("sleep",)), ("porte de la chapelle douche", ("porte", "chapelle", "douche"))],
)
def test_common_words_are_no_slips_for_towns(text: str, words: tuple[str, ...]):
    reading = understood(text)
    assert reading.words == words
    assert with_town(reading) is None


@pytest.mark.parametrize(
    ("text", "place"), [("mairie 69 007", "Lyon 7e Arrondissement (69007)"), ("dette de 10 000 euros", None)]
)
def test_a_postcode_may_be_written_in_two(text: str, place: str | None):
    where = understood(text).where
    assert (where.place.label if where else None) == place
