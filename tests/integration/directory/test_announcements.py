"""Announcements: who writes them, what is told of them, where they stand, and how a reader closes one."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from libs.testing.waiting import eventually
from libs.testing.web import bearer, credential, every_page
from libs.web.announcements import MOST_CLOSED
from libs.web.formatting import PARIS

if TYPE_CHECKING:
    import httpx

    from conftest import Directory

ADDRESS = "/api/v1/announcements"
HOME = "/administration/annonces"
ADMINISTRATOR = bearer("administrator")
CHANGED, WITHDRAWN = "announcement.changed.v1", "announcement.withdrawn.v1"


def days(first: int, last: int) -> dict[str, str]:
    today = datetime.now(PARIS).date()
    return {
        "starts_on": (today + timedelta(days=first)).isoformat(),
        "ends_on": (today + timedelta(days=last)).isoformat(),
    }


def a_wish(**fields: Any) -> dict[str, Any]:
    return {"text": "Annonce inventée.", **days(-1, 1), **fields}


async def make(directory: Directory, **fields: Any) -> dict[str, Any]:
    answer = await directory.client.post(ADDRESS, json=a_wish(**fields), headers=ADMINISTRATOR)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(
    directory: Directory, made: dict[str, Any], if_match: str | None = None, **fields: Any
) -> httpx.Response:
    headers = ADMINISTRATOR | ({"If-Match": if_match} if if_match else {})
    return await directory.client.put(f"{ADDRESS}/{made['id']}", json=a_wish(**fields), headers=headers)


async def withdraw(directory: Directory, made: dict[str, Any]) -> httpx.Response:
    return await directory.client.post(f"{ADDRESS}/{made['id']}/withdrawal", headers=ADMINISTRATOR)


async def listed(directory: Directory, **query: Any) -> list[str]:
    pages = await every_page(directory.client, ADDRESS, **query)
    return [item["text"] for page in pages for item in page["items"]]


# By the API ------------------------------------------------------------------------------------------------


async def test_what_stands_is_for_everybody_and_the_rest_for_administrators(directory: Directory) -> None:
    await make(directory, text="Partout.")
    await make(directory, text="À Paris.", departments=["93", "75"], tone="alert", text_en="In Paris.")
    await make(directory, text="Plus tard.", **days(3, 4))
    ended = await make(directory, text="Arrêtée.")
    assert (await withdraw(directory, ended)).json()["state"] == "withdrawn"
    assert await listed(directory, limit=1) == ["À Paris.", "Partout."]
    assert await listed(directory, department="75") == ["À Paris.", "Partout."]
    assert await listed(directory, department="48") == ["Partout."]
    [page] = await every_page(directory.client, ADDRESS, headers=ADMINISTRATOR, all=True)
    states = {item["text"]: item["state"] for item in page["items"]}
    assert states == {
        "Partout.": "standing",
        "À Paris.": "standing",
        "Plus tard.": "planned",
        "Arrêtée.": "withdrawn",
    }
    assert (await directory.client.get(ADDRESS, params={"all": True})).status_code == 403
    moderator = directory.as_moderator("75")
    assert (await directory.client.get(ADDRESS, params={"all": True}, headers=moderator)).status_code == 403
    unknown = (await directory.client.get(ADDRESS, params={"department": "00"})).json()
    assert unknown["errors"][0]["field"] == "department"


async def test_one_is_read_with_the_etag_of_its_version(directory: Directory) -> None:
    made = await make(directory, departments=["75"])
    assert (made["version"], made["state"], made["departments"]) == (1, "standing", ["75"])
    answer = await directory.client.get(f"{ADDRESS}/{made['id']}")
    assert (answer.json(), answer.headers["etag"]) == (made, '"1"')
    later = await make(directory, **days(3, 4))
    assert (await directory.client.get(f"{ADDRESS}/{later['id']}")).status_code == 404
    assert (await directory.client.get(f"{ADDRESS}/{later['id']}", headers=ADMINISTRATOR)).status_code == 200


async def test_only_administrators_write(directory: Directory) -> None:
    made = await make(directory)
    one = f"{ADDRESS}/{made['id']}"
    for headers, status in (({}, 401), (directory.as_moderator("75"), 403), (bearer("partner"), 403)):
        for answer in (
            await directory.client.post(ADDRESS, json=a_wish(), headers=headers),
            await directory.client.put(one, json=a_wish(), headers=headers | {"If-Match": "*"}),
            await directory.client.post(f"{one}/withdrawal", headers=headers),
        ):
            assert answer.status_code == status
    assert await directory.count("select count(*) from announcement where version = 1") == 1


async def test_what_is_wrong_is_said_field_by_field(directory: Directory) -> None:
    wish = a_wish(text="", text_en="x" * 501, departments=["75", "zz"], **days(2, 1))
    answer = await directory.client.post(ADDRESS, json=wish, headers=ADMINISTRATOR)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"text", "text_en", "departments.1", "ends_on"}
    unknown = await directory.client.post(ADDRESS, json=a_wish(colour="red"), headers=ADMINISTRATOR)
    assert unknown.status_code == 422
    assert await directory.said(CHANGED) == []


async def test_a_key_makes_one_however_often_it_is_sent(directory: Directory) -> None:
    headers = bearer("administrator", account_id=uuid4()) | {"Idempotency-Key": "une-fois"}
    sending = (directory.client.post(ADDRESS, json=a_wish(), headers=headers) for _ in range(3))
    answers = await asyncio.gather(*sending)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await directory.said(CHANGED)) == 1
    other = await directory.client.post(ADDRESS, json=a_wish(text="Une autre."), headers=headers)
    assert other.status_code == 422


async def test_a_change_is_told_whole_and_the_same_again_is_not(directory: Directory) -> None:
    made = await make(directory)
    answer = await change(directory, made, '"1"', text="Changée.", tone="alert")
    assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 2, '"2"')
    assert (await change(directory, made, '"2"', text=" Changée. ", tone="alert")).json()["version"] == 2
    told = [event["announcement"] for event in await directory.said(CHANGED)]
    assert [(one["version"], one["text"], one["tone"]) for one in told] == [
        (1, "Annonce inventée.", "info"),
        (2, "Changée.", "alert"),
    ]


@pytest.mark.parametrize("if_match", ['"1"', '"one"', "2", 'W/"2"', '""'])
async def test_who_has_not_seen_the_present_version_changes_nothing(directory: Directory, if_match: str) -> None:
    made = await make(directory)
    assert (await change(directory, made, "*", text="Changée.")).status_code == 200
    answer = await change(directory, made, if_match, text="Trop tard.")
    assert (answer.status_code, answer.json()["type"]) == (412, "/problems/stale")
    assert await listed(directory) == ["Changée."]


async def test_a_change_needs_an_etag(directory: Directory) -> None:
    made = await make(directory)
    answer = await change(directory, made)
    assert answer.status_code == 422
    assert (await change(directory, {"id": str(uuid4())}, "*")).status_code == 404


async def test_of_two_changes_at_once_one_is_refused(directory: Directory) -> None:
    made = await make(directory)
    answers = await asyncio.gather(*(change(directory, made, '"1"', text=f"De {n}.") for n in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert len(await directory.said(CHANGED)) == 2


async def test_an_end_is_told_once_and_is_final(directory: Directory) -> None:
    made = await make(directory)
    first, again = await withdraw(directory, made), await withdraw(directory, made)
    assert (first.status_code, first.json()) == (200, again.json())
    [told] = await directory.said(WITHDRAWN)
    assert (told["announcement_id"], told["version"]) == (made["id"], 2)
    assert (await change(directory, made, "*", text="Encore.")).status_code == 409
    assert await listed(directory) == []
    assert (await withdraw(directory, {"id": str(uuid4())})).status_code == 404


async def test_what_the_outbox_forgot_is_told_again_when_the_stream_is_lost(
    directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.bus.relay.CHECK", 0.1)
    kept, ended = await make(directory, text="Gardée."), await make(directory, text="Arrêtée.")
    await withdraw(directory, ended)
    async with directory.at_work():
        await _in_stream(directory, kept["id"], ended["id"])
        async with directory.pool.connection() as connection:
            await connection.execute("delete from outbox")
        await directory.nats.jetstream().delete_stream("directory")
        await _in_stream(directory, kept["id"], ended["id"])
    [changed], [withdrawn] = await directory.said(CHANGED), await directory.said(WITHDRAWN)
    assert (changed["announcement"]["text"], changed["republished"]) == ("Gardée.", True)
    assert (withdrawn["announcement_id"], withdrawn["version"], withdrawn["republished"]) == (ended["id"], 2, True)


async def _in_stream(directory: Directory, kept: str, ended: str) -> None:
    """Wait until the stream holds the last of both."""

    async def both() -> bool:
        try:
            stream = await directory.nats.jetstream().stream_info("directory", subjects_filter="relais.directory.>")
        except Exception:  # noqa: BLE001 -- it is being made
            return False
        wanted = {
            f"relais.directory.announcement.{kept}.changed.v1",
            f"relais.directory.announcement.{ended}.withdrawn.v1",
        }
        return wanted <= set(stream.state.subjects or {})

    await eventually(both)


# By the pages ----------------------------------------------------------------------------------------------


def a_form(**fields: str) -> dict[str, str]:
    known = {"text": "Annonce inventée.", "text_en": "", "tone": "info", "reach": "all", "departments": ""}
    return {**known, **days(0, 1), **fields}


async def test_an_administrator_writes_changes_and_ends_one(directory: Directory) -> None:
    empty = await directory.client.get(HOME, headers=ADMINISTRATOR)
    assert "Aucune annonce pour l’instant" in empty.text
    new = await directory.client.get(f"{HOME}/nouvelle", headers=ADMINISTRATOR)
    assert datetime.now(PARIS).date().isoformat() in new.text
    form = a_form(text="Un.\r\nDeux.", reach="some", departments="93; 1, 2a")
    sent = await directory.client.post(f"{HOME}/nouvelle", data=form, headers=ADMINISTRATOR)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{HOME}?fait=publication")
    [made] = [event["announcement"] for event in await directory.said(CHANGED)]
    assert (made["text"], made["departments"]) == ("Un.\nDeux.", ["01", "2A", "93"])
    shown = (await directory.client.get(f"{HOME}?fait=publication", headers=ADMINISTRATOR)).text
    assert "L’annonce est enregistrée." in shown
    assert "01 Ain, 2A Corse-du-Sud, 93 Seine-Saint-Denis" in shown
    assert "affichée" in shown
    one = f"{HOME}/{made['id']}"
    page = (await directory.client.get(one, headers=ADMINISTRATOR)).text
    assert 'value="01, 2A, 93"' in page
    sent = await directory.client.post(one, data=a_form(text="Trois.", version="1"), headers=ADMINISTRATOR)
    assert sent.status_code == 303
    ended = await directory.client.post(f"{one}/terminer", headers=ADMINISTRATOR)
    assert ended.headers["location"] == f"{HOME}?fait=fin"
    page = (await directory.client.get(one, headers=ADMINISTRATOR)).text
    assert "Il a été mis fin à cette annonce." in page
    assert "<textarea" not in page
    assert [event["version"] for event in await directory.said(WITHDRAWN)] == [3]


async def test_a_form_with_errors_says_them_all_and_keeps_what_was_typed(directory: Directory) -> None:
    form = a_form(text="", text_en="Gardé tel quel.", reach="some", departments=" ", starts_on="demain")
    answer = await directory.client.post(f"{HOME}/nouvelle", data=form, headers=ADMINISTRATOR)
    assert answer.status_code == 422
    assert "<title>Erreur" in answer.text
    for field in ("text", "departments", "starts_on"):
        assert f'href="#field-{field}"' in answer.text
    assert "Gardé tel quel." in answer.text
    assert 'value="demain"' in answer.text
    form = a_form(reach="some", departments="", **days(2, 1))
    answer = await directory.client.post(f"{HOME}/nouvelle", data=form, headers=ADMINISTRATOR)
    for field in ("departments", "ends_on"):
        assert f'href="#field-{field}"' in answer.text
    assert await directory.count("select count(*) from announcement") == 0


async def test_who_was_overtaken_sees_what_stands_there_and_loses_nothing(directory: Directory) -> None:
    made = await make(directory)
    one = f"{HOME}/{made['id']}"
    await change(directory, made, "*", text="D’un autre.")
    form = a_form(text="Le mien.", version="1")
    refused = await directory.client.post(one, data=form, headers=ADMINISTRATOR)
    assert refused.status_code == 412
    assert "Le mien.</textarea>" in refused.text
    assert "D’un autre." in refused.text
    assert 'name="version" value="2"' in refused.text
    sent = await directory.client.post(one, data=form | {"version": "2"}, headers=ADMINISTRATOR)
    assert sent.status_code == 303
    await withdraw(directory, made)
    refused = await directory.client.post(one, data=form | {"version": "3"}, headers=ADMINISTRATOR)
    assert refused.status_code == 409
    assert "Ce que vous étiez en train d’écrire" in refused.text
    assert "Le mien." in refused.text


async def test_the_pages_are_for_administrators_and_only_from_our_own(directory: Directory) -> None:
    assert (await directory.client.get(HOME, headers={"Accept": "text/html"})).status_code == 303
    assert (await directory.client.get(HOME, headers=directory.as_moderator("75"))).status_code == 403
    elsewhere = {"Cookie": f"relais={credential('administrator')}", "Sec-Fetch-Site": "cross-site"}
    for path in (f"{HOME}/nouvelle", "/annonces/lue"):
        assert (await directory.client.post(path, data=a_form(), headers=elsewhere)).status_code == 403
    assert await directory.count("select count(*) from announcement") == 0
    missing = await directory.client.get(f"{HOME}/{uuid4()}", headers=ADMINISTRATOR)
    assert missing.status_code == 404


async def test_a_list_longer_than_a_page_goes_on(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.directory.web.announcements.pages.PAGE", 2)
    for number in range(3):
        await make(directory, text=f"Annonce {number}.")
    first = (await directory.client.get(HOME, headers=ADMINISTRATOR)).text
    assert ["Annonce 2." in first, "Annonce 1." in first, "Annonce 0." in first] == [True, True, False]
    [cursor] = re.findall(r'\?apres=([^"&]+)"', first)
    second = await directory.client.get(HOME, params={"apres": cursor}, headers=ADMINISTRATOR)
    assert "Annonce 0." in second.text
    assert (await directory.client.get(HOME, params={"apres": "x"}, headers=ADMINISTRATOR)).status_code == 422


# On a record -----------------------------------------------------------------------------------------------


async def a_record(directory: Directory) -> str:
    async with directory.at_work():
        await directory.approve(patch={"name": "Accueil inventé", "address": {"postcode": "48000", "city": "Mende"}})
        [event] = await directory.wait_for_event("structure.changed.v1")
    return f"/structures/{event['structure']['slug']}"


async def test_a_record_shows_those_of_its_departments_until_they_are_closed(directory: Directory) -> None:
    record = await a_record(directory)
    alert = await make(directory, text="Pour la Lozère.", departments=["48"], tone="alert")
    await make(directory, text="Pour Paris.", departments=["75"])
    await make(directory, text="Plus tard.", **days(2, 3))
    await make(directory, text="Partout.", text_en="Everywhere.")
    page = (await directory.client.get(record)).text
    assert page.index("Pour la Lozère.") < page.index("Partout.")
    assert "Pour Paris." not in page
    assert "Plus tard." not in page
    english = (await directory.client.get(record, params={"lang": "en"})).text
    assert '<p lang="en" dir="ltr">Everywhere.</p>' in english
    assert '<p lang="fr" dir="ltr">Pour la Lozère.</p>' in english
    mark = f"{alert['id'].replace('-', '')}-1"
    closed = await directory.client.post("/annonces/lue", data={"annonce": mark, "retour": f"{record}?a=b"})
    assert (closed.status_code, closed.headers["location"]) == (303, f"{record}?a=b")
    assert "samesite=lax" in closed.headers["set-cookie"].lower()
    page = (await directory.client.get(record, params={"lang": "fr"})).text
    assert "Pour la Lozère." not in page
    assert "Partout." in page
    await change(directory, alert, "*", text="Pour la Lozère, encore.", departments=["48"])
    assert "Pour la Lozère, encore." in (await directory.client.get(record)).text


async def test_two_stand_at_once_and_others_follow(directory: Directory) -> None:
    record = await a_record(directory)
    made = [await make(directory, text=f"Annonce {number}.") for number in range(3)]
    assert "Annonce 0." not in (await directory.client.get(record)).text
    mark = f"{made[2]['id'].replace('-', '')}-1"
    await directory.client.post("/annonces/lue", data={"annonce": mark, "retour": record})
    assert "Annonce 0." in (await directory.client.get(record)).text


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        ("/", "/"),
        ("/?lang=en", "/?lang=en"),
        ("/recherche?q=repas&place=Paris", "/recherche?q=repas&place=Paris"),
        ("/structures/accueil", "/structures/accueil"),
        ("//ailleurs.example", "/"),
        ("https://ailleurs.example/", "/"),
        ("/\\ailleurs.example", "/"),
        ("/connexion", "/"),
        ("/recherche?q=" + "x" * 2_000, "/"),
        ("/recherche\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
async def test_closing_leads_back_to_a_page_that_shows_announcements(
    directory: Directory, back: str, expected: str
) -> None:
    answer = await directory.client.post("/annonces/lue", data={"annonce": "x", "retour": back})
    assert (answer.status_code, answer.headers["location"]) == (303, expected)
    assert "set-cookie" not in answer.headers


async def test_the_device_remembers_a_bounded_number(directory: Directory) -> None:
    marks = [f"{uuid4().hex}-1" for _ in range(MOST_CLOSED + 1)]
    for mark in [*marks, f"{marks[-1][:-1]}2"]:
        await directory.client.post("/annonces/lue", data={"annonce": mark})
    held = directory.client.cookies["annonces"].split(".")
    assert held == [*marks[1:-1], f"{marks[-1][:-1]}2"]


async def test_what_is_no_mark_is_not_remembered(directory: Directory) -> None:
    mark = f"{uuid4().hex}-1"
    answer = await directory.client.post(
        "/annonces/lue", data={"annonce": mark}, headers={"Cookie": "annonces=forged.." + "x-1." * 100}
    )
    assert answer.headers["set-cookie"].startswith(f"annonces={mark};")
