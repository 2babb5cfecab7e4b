import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.structure import Phone
from libs.contracts.validation import text_errors
from libs.opening_hours import is_valid
from services.directory.imports import Loss, places
from services.directory.imports.contacts import emails, phones, split_emails, websites
from services.directory.imports.hours import opening_hours
from services.directory.imports.networks import network_of
from services.directory.imports.terms import Lexicon, Term
from services.directory.imports.text import line, paragraphs


def kinds(losses: list[Loss]) -> list[str]:
    return [loss.kind for loss in losses]


# Texts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cleaned", "lost"),
    [
        ("  2 rue  de la Paix ", "2 rue de la Paix", []),
        ("Pôle social \nchemin Grant\n\nBAT A2", "Pôle social, chemin Grant, BAT A2", []),
        ("", None, []),
        (None, None, []),
        (" \n ", None, []),
        ("Salle A<br />Salle B", "Salle A, Salle B", ["markup removed"]),
        ("L&apos;&eacute;toile", "L'étoile", ["markup removed"]),
        ("<script>alert(1)</script>Maison", "alert(1)Maison", ["markup removed"]),
        ("&lt;b&gt;Maison", "Maison", ["markup removed"]),
        ("Bus <<b>i>x a < b <?", "Bus x a b ?", ["markup removed"]),
        ("Fish & chips", "Fish & chips", []),
        ("moins de < 3 km", "moins de < 3 km", []),
        ("19 rue des S\x9curs", "19 rue des Sœurs", ["text repaired"]),
        ("Claude-d\x92Urfé", "Claude-d’Urfé", ["text repaired"]),
        ("abc\x00\u202edef", "abcdef", ["text repaired"]),
        ("x" * 400, "x" * 299 + "…", ["text shortened"]),
    ],
)
def test_a_line_is_cleaned_and_what_changed_is_counted(text: str | None, cleaned: str | None, lost: list[str]):
    losses: list[Loss] = []
    assert line(text, losses) == cleaned
    assert kinds(losses) == lost


def test_paragraphs_keep_their_lines():
    losses: list[Loss] = []
    assert paragraphs("Un.<ul><li>deux</li><li>trois</li></ul>", losses) == "Un.\ndeux\ntrois"
    assert paragraphs("a\r\n\r\nb", losses) == "a\nb"
    assert kinds(losses) == ["markup removed"]


@given(st.text() | st.lists(st.sampled_from(["<", ">", "b", "/", "!", "?", " ", "&lt;", "\x00"])).map("".join))
def test_a_cleaned_text_keeps_the_rules_of_contents(text: str):
    cleaned = line(text, [])
    assert cleaned is None or not list(text_errors("name", cleaned, required=True))
    assert line(cleaned, []) == cleaned or "&" in text or "<" in text


# Contacts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "department", "numbers"),
    [
        ("04 74 24 03 08", None, ["+33474240308"]),
        ("0474240308 / 0611223344", None, ["+33474240308", "+33611223344"]),
        ("04 74 24 03 08/06 11 22 33 44", None, ["+33474240308", "+33611223344"]),
        ("04 74 24 03 08 ou 3949", None, ["+33474240308", "3949"]),
        ("01-43-43-84-75 - 01 43 43 84 76", None, ["+33143438475", "+33143438476"]),
        ("0474240308;0474240308", None, ["+33474240308"]),
        ("115", None, ["115"]),
        ("0262790049", "974", ["+262262790049"]),
        ("", None, []),
    ],
)
def test_several_numbers_stand_in_one_field(text: str, department: str | None, numbers: list[str]):
    losses: list[Loss] = []
    assert [phone.number for phone in phones(text, department, losses)] == numbers
    assert losses == []


def test_words_after_a_number_are_its_label():
    assert phones("0474240308demanderposte12ou13", None, []) == (
        Phone(number="+33474240308", label="demanderposte12ou13"),
    )
    assert phones("04 74 24 03 08 (poste 12)", None, []) == (Phone(number="+33474240308", label="poste 12"),)


def test_what_is_no_number_is_counted():
    losses: list[Loss] = []
    assert phones("03 90 6 / 04 74 24 03 08", None, losses) == (Phone(number="+33474240308"),)
    assert losses == [Loss("phone not understood", "03 90 6")]


def test_emails_are_split_and_checked():
    losses: list[Loss] = []
    found = emails("mairie@example.org - ccas@example.org;MAIRIE@example.org, sans arobase", losses)
    assert [email.address for email in found] == ["mairie@example.org", "ccas@example.org"]
    assert [loss.detail for loss in losses] == ["sans", "arobase"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org/a?b=c", "https://example.org/a?b=c"),
        ("www.example.org", "https://www.example.org"),
        ("example.org/page", "https://example.org/page"),
        ("https:/www.example.org", "https://www.example.org"),
        ("http:www.example.org", "https://www.example.org"),
        (" http://example.org ", "http://example.org"),
    ],
)
def test_web_addresses_are_repaired(text: str, url: str):
    losses: list[Loss] = []
    assert [website.url for website in websites(text, losses)] == [url]
    assert kinds(losses) == ([] if text.strip() == url else ["web address repaired"])


@pytest.mark.parametrize("text", ["néant", "javascript:alert(1)", "https://", "https://u:p@example.org"])
def test_what_is_no_web_address_is_counted(text: str):
    losses: list[Loss] = []
    assert websites(text, losses) == ()
    assert kinds(losses) == ["web address not understood"]


def test_an_email_in_another_field_finds_its_place():
    losses: list[Loss] = []
    rest, found = split_emails("12 rue X - contact@example.org", losses)
    assert (rest, [email.address for email in found]) == ("12 rue X", ["contact@example.org"])
    assert kinds(losses) == ["e-mail in another field"]
    assert split_emails("12 rue @ X", []) == ("12 rue @ X", ())


# Hours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hours", "note", "lost"),
    [
        ("Mo-Fr 09:00-12:00", "Mo-Fr 09:00-12:00", None, []),
        ("", None, None, []),
        ("/", None, None, []),
        ("Du lundi au vendredi de 9h à 12h", "Mo-Fr 09:00-12:00", None, ["hours read from prose"]),
        ("Lundi 9h-12h<br />mardi 14h-17h", "Mo 09:00-12:00; Tu 14:00-17:00", None, None),
        ("Très variables", None, "Très variables", ["hours kept as text"]),
        ("Mo 14:00-14:00", None, "Mo 14:00-14:00", ["doubtful hours kept as text"]),
        ("Mo 09:00-12:00-14:00", None, "Mo 09:00-12:00-14:00", ["hours kept as text"]),
    ],
)
def test_hours_are_understood_or_kept(text: str, hours: str | None, note: str | None, lost: list[str] | None):
    losses: list[Loss] = []
    assert opening_hours(text, losses) == (hours, note)
    assert lost is None or kinds(losses) == lost


@given(st.text())
def test_no_hours_are_ever_invalid(text: str):
    hours, _ = opening_hours(text, [])
    assert hours is None or is_valid(hours)


# Places --------------------------------------------------------------------------------------------------


def test_an_address_is_completed():
    losses: list[Loss] = []
    address = places.address(losses, street="1 rue X", postcode="48000", city="MENDE")
    assert (address.city, address.insee_code, address.department, address.precision) == ("Mende", "48095", "48", "city")
    assert losses == [Loss("coordinates from the commune", "48000, MENDE")]


@pytest.mark.parametrize(
    ("code", "postcode", "city", "named"),
    [
        ("43157", "43000", "Le-Puy-en-Velay", "Le Puy-en-Velay"),
        ("43157", "43003", "LE PUY EN VELAY CEDEX", "Le Puy-en-Velay"),
        (None, "43000", "le puy-en-velay", "Le Puy-en-Velay"),
        ("75056", "75019", "paris", "Paris"),
        ("75119", "75019", "Paris 19e Arrondissement", "Paris"),
        (None, "69003", "LYON 3EME", "Lyon"),
        ("13201", None, None, "Marseille"),
        ("50484", "50600", "SAINT HILAIRE DU HARCOUET", "Saint-Hilaire-du-Harcouët"),
        ("89001", "89460", "Deux Rivières", "Deux Rivières"),
        (None, "99999", "Nulle-part", "Nulle-part"),
    ],
)
def test_a_city_bears_the_name_of_the_reference(code: str | None, postcode: str | None, city: str | None, named: str):
    assert places.address([], insee_code=code, postcode=postcode, city=city).city == named


@pytest.mark.parametrize(
    ("latitude", "longitude", "lost"),
    [
        ("44.5180", "3.5010", []),
        ("44,5180", "3,5010", []),
        ("3.5010", "44.5180", ["coordinates put right"]),
        ("44.5180", "", ["coordinates not in France", "coordinates from the commune"]),
        ("0", "0", ["coordinates not in France", "coordinates from the commune"]),
        ("44.518", "44.518", ["coordinates not in France", "coordinates from the commune"]),
        ("48.85", "2.35", ["coordinates far from the commune", "coordinates from the commune"]),
        ("nord", "est", ["coordinates from the commune"]),
    ],
)
def test_coordinates_are_put_right_or_replaced(latitude: str, longitude: str, lost: list[str]):
    losses: list[Loss] = []
    address = places.address(losses, postcode="48000", city="Mende", latitude=latitude, longitude=longitude)
    assert kinds(losses) == lost
    assert address.latitude == pytest.approx(44.518, abs=0.05)
    assert address.longitude == pytest.approx(3.501, abs=0.05)
    assert address.precision == ("city" if "coordinates from the commune" in lost else "address")


def test_a_point_without_an_address_has_a_department_where_it_is_sure():
    losses: list[Loss] = []
    address = places.address(losses, latitude="44.5180", longitude="3.5010")
    assert (address.department, address.region, address.city, address.precision) == ("48", "76", None, None)
    assert losses == [Loss("department from the coordinates", "44.5180, 3.5010")]


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ({"latitude": "48.85", "longitude": "2.35"}, "48.85, 2.35"),
        ({"city": "Nulleparville"}, "Nulleparville"),
        ({"street": "Gare"}, "Gare"),
    ],
)
def test_a_row_that_no_department_can_be_found_for_is_counted(given: dict[str, str], detail: str):
    losses: list[Loss] = []
    assert places.address(losses, **given).department is None
    assert losses[-1] == Loss("no department could be found", detail)


def test_a_lost_sign_of_the_west_is_put_back():
    losses: list[Loss] = []
    address = places.address(losses, insee_code="97102", latitude="16.472086", longitude="61.508805")
    assert address.longitude == -61.508805
    assert kinds(losses) == ["coordinates put right"]


def test_a_postcode_loses_no_zero_and_nonsense_is_counted():
    assert places.address([], postcode="1400", city="L'Abergement-Clémenciat").postcode == "01400"
    losses: list[Loss] = []
    assert places.address(losses, postcode="7501A", insee_code="48095").postcode == "48000"
    assert "postcode not understood" in kinds(losses)


# Words ---------------------------------------------------------------------------------------------------


def test_words_are_found_whatever_stands_between_them():
    lexicon = Lexicon([Term("Été", "summer"), Term("Hiver", "winter"), Term("Rien", None)])
    for text in ("Hiver;Été", "HIVER / ete", "hiver\nété.", "Hiver Été"):
        found = lexicon.find(text)
        assert ([term.code for term in found.terms], found.unknown) == (["winter", "summer"], ())
    assert lexicon.find("printemps; Hiver ;automne").unknown == ("printemps", "automne")
    assert lexicon.find("") == ((), ())


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("Camion des Restos du Cœur 10e Gare de l'Est", "restos-du-coeur"),
        ("Restos / Relais du Cœur du 19e La Villette", "restos-du-coeur"),
        ("Épicerie solidaire de la Croix-Rouge", "croix-rouge"),
        ("Communauté EMMAÜS", "emmaus"),
        ("La Gamelle de Jaurès", None),
    ],
)
def test_networks_are_told_by_names(name: str, network: str | None):
    assert network_of(name) == network
