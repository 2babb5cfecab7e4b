"""When nothing is found as it was asked, what is nearest to it is. All places are invented."""

from __future__ import annotations

from typing import Any

from libs.contracts.structure import Phone

MENDE = {"city": "Mende", "postcode": "48000", "latitude": 44.518, "longitude": 3.501, "department": "48"}
BARJAC = {"city": "Barjac", "postcode": "48000", "latitude": 44.83, "longitude": 3.501, "department": "48"}


async def understood(search: Any, **query: str) -> tuple[list[str], dict[str, Any]]:
    answer = (await search.get(**query)).raise_for_status().json()
    return [hit["name"] for hit in answer["hits"]], answer["understood"]


async def test_a_place_among_the_words_is_where_is_looked(search: Any):
    await search.hold(
        search.a_structure("Bains d'ici", "shower", **MENDE),
        search.a_structure("Bains de Paris", "shower", latitude=48.85, longitude=2.35),
    )
    names, said = await understood(search, q="une douche à mende")
    assert names == ["Bains d'ici"]
    assert said["place"] == {"words": "a mende", "label": "Mende (48)"}
    assert said["words"] == ["douche"]
    names, said = await understood(search, q="douche mende", plain="place")
    assert (names, said["place"]) == (["Bains d'ici"], None)


async def test_words_that_are_part_of_a_name_are_no_place(search: Any):
    await search.hold(search.a_structure("Restaurant solidaire Mende", latitude=48.85, longitude=2.35))
    names, said = await understood(search, q="restaurant solidaire mende")
    assert names == ["Restaurant solidaire Mende"]
    assert said["place"] is None


async def test_what_lies_farther_is_better_than_nothing(search: Any):
    await search.hold(search.a_structure("Bains d'à côté", "shower", **BARJAC))
    names, said = await understood(search, q="douche mende")
    assert (names, said["wider"]) == (["Bains d'à côté"], True)


async def test_what_is_not_known_to_be_open_then_is_better_than_nothing(search: Any):
    await search.hold(search.a_structure("Bains", "shower", opening_hours="Mo-Fr 09:00-10:00", department="75"))
    names, said = await understood(search, q="douche dimanche")
    assert (names, said["any_time"], said["time"]) == (["Bains"], True, None)
    names, said = await understood(search, q="douche lundi")
    assert (names, said["any_time"]) == (["Bains"], False)


async def test_the_words_that_tell_least_are_left_out_first(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower"), search.a_structure("Le Jardin", "library"))
    names, said = await understood(search, q="douche abracadabra jardin")
    assert names == ["Bains du Pont"]
    assert said["words"] == ["douche"]
    assert said["left_out"] == ["abracadabra", "jardin"]


async def test_nothing_stays_nothing(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower"))
    names, said = await understood(search, q="abracadabra hocuspocus")
    assert (names, said["left_out"]) == ([], [])


async def test_further_pages_go_on_with_what_was_found(search: Any):
    await search.hold(*(search.a_structure(f"Bains {n}", "shower", **BARJAC) for n in range(5)))
    query = {"q": "douche abracadabra mende", "per_page": "2"}
    names: list[str] = []
    answer = (await search.get(**query)).raise_for_status().json()
    while True:
        names += [hit["name"] for hit in answer["hits"]]
        assert answer["understood"]["left_out"] == ["abracadabra"]
        if answer["next"] is None:
            break
        answer = (await search.get(**query, after=answer["next"])).raise_for_status().json()
    assert sorted(names) == [f"Bains {n}" for n in range(5)]


async def test_a_telephone_number_finds_who_answers_it(search: Any):
    phones = (Phone(number="+33143712808"), Phone(number="+33600000001", visibility="internal"))
    await search.hold(search.a_structure("Bains du Pont", phones=phones))
    for number in ("01 43 71 28 08", "+33143712808", "01 43 71"):
        assert (await understood(search, q=number))[0] == ["Bains du Pont"]
    assert (await understood(search, q="06 00 00 00 01"))[0] == []


async def test_abbreviations_stand_for_what_they_shorten(search: Any):
    await search.hold(
        search.a_structure("Mission Locale du Pont", city="Saint-Pardoux"), search.a_structure("ML Saint Roch")
    )
    assert (await understood(search, q="ml pont"))[0] == ["Mission Locale du Pont"]
    assert (await understood(search, q="mission locale st pardoux"))[0] == ["Mission Locale du Pont"]
    assert (await understood(search, q="ml st roch"))[0] == ["ML Saint Roch"]


async def test_whoever_says_how_far_gets_nothing_from_farther(search: Any):
    await search.hold(search.a_structure("Bains d'à côté", "shower", **BARJAC))
    names, said = await understood(search, q="douche mende", radius_km="20")
    assert (names, said["wider"]) == ([], False)
    assert (await understood(search, q="douche mende", radius_km="100"))[0] == ["Bains d'à côté"]


async def test_a_long_text_of_which_nothing_is_known_finds_nothing(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower"))
    words = ["zyx" + letter * 3 for letter in "abcdefghijklmnop"]  # as many as are looked for
    words += ["wvu" + letter * 9 for letter in "abcd"]  # longer, so that they would be tried first
    names, said = await understood(search, q=" ".join(words))
    assert (names, len(said["words"])) == ([], 16)


async def test_only_a_place_and_a_time_can_be_left_unread(search: Any):
    answer = await search.get(q="douche", plain="place,colour")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["plain"]


async def test_what_has_only_the_other_words_is_no_answer_to_a_need(search: Any):
    await search.hold(search.a_structure("Le Tournesol"))
    names, said = await understood(search, q="douche tournesol")
    assert (names, said["left_out"]) == ([], [])
    names, said = await understood(search, q="introuvable tournesol")
    assert (names, said["left_out"]) == (["Le Tournesol"], ["introuvable"])


async def test_a_place_and_a_time_that_are_all_that_was_said_are_no_name(search: Any):
    await search.hold(
        search.a_structure("Bains", "shower", opening_hours="Mo-Fr 09:00-10:00", **MENDE),
        search.a_structure("Ouvert dimanche Mende", latitude=48.85, longitude=2.35),
    )
    names, said = await understood(search, q="ouvert dimanche mende")
    assert (names, said["any_time"], said["words"]) == (["Bains"], True, [])


async def test_a_town_that_is_misspelt_is_where_is_looked(search: Any):
    montpellier = {"city": "Montpellier", "postcode": "34000", "latitude": 43.61, "longitude": 3.88}
    await search.hold(
        search.a_structure("Bains d'ici", "shower", **montpellier),
        search.a_structure("Bains de Mende", "shower", **MENDE),
    )
    names, said = await understood(search, q="douche montpelier")
    assert (names, said["place"]["label"], said["words"]) == (["Bains d'ici"], "Montpellier (34)", ["douche"])
    names, said = await understood(search, q="douche à monpellier")
    assert (names, said["place"]["words"]) == (["Bains d'ici"], "a monpellier")
    names, said = await understood(search, q="douche", place="montpelier")
    assert names == ["Bains d'ici"]
    names, said = await understood(search, q="lessive montpelier")
    assert (names, said["place"]["label"]) == ([], "Montpellier (34)")


async def test_pages_of_a_misspelt_town_go_on_there(search: Any):
    lille = {"city": "Lille", "postcode": "59000", "latitude": 50.63, "longitude": 3.07}
    await search.hold(*(search.a_structure(f"Bains {n}", "shower", **lille) for n in range(3)))
    query = {"q": "douche lile", "per_page": "2"}
    first = (await search.get(**query)).raise_for_status().json()
    second = (await search.get(**query, after=first["next"])).raise_for_status().json()
    assert second["understood"]["place"]["label"] == "Lille (59)"
    assert len({hit["id"] for hit in first["hits"] + second["hits"]}) == 3


async def test_what_is_known_as_it_is_written_is_no_slip_for_a_town(search: Any):
    await search.hold(search.a_structure("Atelier Vannerie", "library"), search.a_structure("Vanne ouverte", "library"))
    names, said = await understood(search, q="atelier vanne")
    assert (said["place"], names) == (None, ["Atelier Vannerie"])


async def test_words_are_looked_for_as_they_are_spelt_when_somebody_wants_it(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower"))
    names, said = await understood(search, q="bains du ponf")
    assert (names, said["corrections"]) == (["Bains du Pont"], {"ponf": ["pont"]})
    names, said = await understood(search, q="bains du ponf", plain="spelling")
    assert (names, said["corrections"], said["left_out"]) == ([], {}, [])
    names, said = await understood(search, q="bains du pont", plain="spelling")
    assert names == ["Bains du Pont"]
    assert (await search.get(q="bains", plain="spelling,place")).status_code == 200


async def test_a_slip_means_a_need_before_a_name(search: Any):
    names = [f"Villa Do{letter}che" for letter in "abdefghik"]
    await search.hold(*(search.a_structure(name) for name in names), search.a_structure("Bains", "shower"))
    found, said = await understood(search, q="doxche")
    assert "Bains" in found
    assert said["corrections"]["doxche"][0] == "douche"


async def test_states_are_those_of_the_day_that_was_named(search: Any):
    await search.hold(search.a_structure("Bains du Pont", "shower", opening_hours="Mo-Su 09:00-17:00", department="75"))
    opening = (await search.get(q="douche le 25 décembre")).json()["hits"][0]["open"]
    assert (opening["state"], opening["until"][5:16], opening["holiday"]) == ("open", "12-25T17:00", "Christmas Day")
    page = (await search.client.get("/recherche", params={"q": "douche le 25 décembre", "lang": "fr"})).text
    assert "Jour férié (Noël) : à vérifier" in page.replace("\u202f", " ").replace("\xa0", " ")


async def test_who_opens_when_the_time_has_gone_is_no_help(search: Any):
    await search.hold(
        search.a_structure("Bains de midi", "shower", opening_hours="Mo-Su 12:00-13:00", department="75"),
        search.a_structure("Bains d'après", "shower", opening_hours="Mo-Su 14:00-19:00", department="75"),
    )
    names, said = await understood(search, q="douche demain midi")
    assert (names, said["any_time"]) == (["Bains de midi"], False)


async def test_screens_and_other_sites_say_what_was_given_up(search: Any):
    await search.hold(search.a_structure("Bains", "shower", opening_hours="Mo-Fr 09:00-10:00", department="75"))
    for path in ("/borne", "/widget"):
        page = (await search.client.get(path, params={"q": "douche dimanche", "lang": "fr"})).text
        assert "ouvert à ce moment" in page, path
        page = (await search.client.get(path, params={"q": "douche lundi", "lang": "fr"})).text
        assert "Compris dans vos mots" in page, path
