"""The pages of one's account, and of administrators."""

from __future__ import annotations

import re
from uuid import uuid4

import psycopg
import pytest

from services.accounts import store

CAMILLE, DOMINIQUE = "camille@relais.example", "dominique@relais.example"
FORM = {
    "email": DOMINIQUE,
    "name": "Dominique Exemple",
    "role": "moderator",
    "reach": "some",
    "departments": "93; 2a, 75",
}


async def sign_in(accounts, client, role: str, *departments: str, email: str = CAMILLE) -> str:
    client.cookies.clear()
    await client.post(await accounts.link(role, *departments, email=email))
    return client.cookies["relais"]


async def account_id(accounts, email: str) -> str:
    ((found,),) = await accounts.sql("select id::text from account where email = %s", email)
    return found


async def test_the_account_page_says_who_one_is_and_where_one_is_signed_in(accounts, client):
    await sign_in(accounts, client, "moderator", "93")
    page = (await client.get("/compte")).text
    assert CAMILLE in page
    assert "93 Seine-Saint-Denis" in page
    assert "/compte/comptes" not in page
    assert page.count("/terminer") == 1


async def test_all_other_sessions_are_ended_at_once(accounts, client):
    for _ in range(3):
        await sign_in(accounts, client, "moderator")
    assert (await client.post("/compte/sessions/terminer-les-autres")).headers["location"] == "/compte?fait=sessions"
    assert len(await accounts.revoked()) == 2
    assert (await client.get("/compte")).text.count("/terminer") == 1


async def test_a_token_is_shown_once(accounts, client):
    await sign_in(accounts, client, "moderator", "75", "93")
    form = {"label": "Carte du quartier", "role": "moderator", "reach": "some", "departments": "75", "days": "30"}
    shown = await client.post("/compte/jetons/nouveau", data=form)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "private, no-store")
    (token,) = set(re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", shown.text))
    who = await client.get("/api/v1/account", headers={"Authorization": f"Bearer {token}"})
    assert (who.json()["kind"], who.json()["departments"]) == ("token", ["75"])
    listed = (await client.get("/compte")).text
    assert "Carte du quartier" in listed
    assert token not in listed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"label": ""}, "label"),
        ({"role": "administrator"}, "role"),
        ({"reach": "some", "departments": "69"}, "departments"),
        ({"days": "9999"}, "days"),
    ],
)
async def test_a_wrong_token_form_comes_back_with_what_was_typed(accounts, client, change, field):
    await sign_in(accounts, client, "moderator", "75")
    form = {"label": "Ma carte", "role": "moderator", "reach": "all", "departments": "75", "days": "90"} | change
    answer = await client.post("/compte/jetons/nouveau", data=form)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    if form["label"]:
        assert 'value="Ma carte"' in answer.text
    assert await accounts.sql("select id from api_token") == []


@pytest.mark.parametrize("path", ["/compte/comptes", "/compte/comptes/nouveau"])
@pytest.mark.parametrize("role", ["moderator", "partner"])
async def test_accounts_are_for_administrators_only(accounts, client, path, role):
    await sign_in(accounts, client, "administrator", email="admin@relais.example")
    await sign_in(accounts, client, role)
    assert (await client.get(path)).status_code == 403
    own = await account_id(accounts, CAMILLE)
    for refused in (path, f"/compte/comptes/{own}", f"/compte/comptes/{own}/desactiver"):
        answer = await client.post(refused, data=FORM | {"role": "administrator"})
        assert answer.status_code in {403, 405}
    assert "admin@relais.example" not in (await client.get(f"/compte/comptes/{own}")).text
    assert await accounts.sql("select role from role_grant order by role") == [("administrator",), (role,)]


async def test_an_administrator_opens_an_account_whose_owner_can_then_sign_in(accounts, client):
    await sign_in(accounts, client, "administrator")
    done = await client.post("/compte/comptes/nouveau", data=FORM)
    assert done.headers["location"] == "/compte/comptes?fait=cree"
    assert DOMINIQUE in (await client.get("/compte/comptes?q=DOMINIQUE")).text
    assert await accounts.sql(
        "select role, departments from role_grant g join account a on a.id = g.account_id where email = %s", DOMINIQUE
    ) == [("moderator", ["2A", "75", "93"])]
    client.cookies.clear()
    await client.post("/connexion", data={"email": DOMINIQUE})
    assert [message.email for message in await accounts.sent_links()] == [DOMINIQUE]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "dominique"}, "email"),
        ({"email": CAMILLE.upper()}, "email"),
        ({"name": ""}, "name"),
        ({"name": "<b>Dominique</b>"}, "name"),
        ({"role": ""}, "role"),
        ({"role": "root"}, "role"),
        ({"departments": "20"}, "departments"),
        ({"departments": ""}, "departments"),
        ({"reach": "", "departments": ""}, "departments"),
    ],
)
async def test_a_wrong_account_form_comes_back_with_what_was_typed(accounts, client, change, field):
    await sign_in(accounts, client, "administrator")
    answer = await client.post("/compte/comptes/nouveau", data=FORM | change)
    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    if field != "departments":
        assert 'value="93; 2a, 75"' in answer.text
    assert await accounts.sql("select count(*) from account") == [(1,)]


async def test_a_moderator_is_never_given_all_departments_because_nothing_was_chosen(accounts, client):
    await sign_in(accounts, client, "administrator")
    form = {"email": DOMINIQUE, "name": "Dominique Exemple", "role": "moderator"}
    answer = await client.post("/compte/comptes/nouveau", data=form)
    assert (answer.status_code, 'id="field-departments-error"' in answer.text) == (422, True)
    assert not re.search(r'name="reach" value="all" checked', answer.text)


async def test_other_roles_end_what_was_open_and_another_name_does_not(accounts, client):
    theirs = await sign_in(accounts, client, "moderator", "75", email=DOMINIQUE)
    await sign_in(accounts, client, "administrator")
    path = f"/compte/comptes/{await account_id(accounts, DOMINIQUE)}"
    page = await client.get(path)
    assert 'value="75"' in page.text
    same = {"name": "Do Exemple", "role": "moderator", "reach": "some", "departments": "75"}
    assert (await client.post(path, data=same)).headers["location"] == "/compte/comptes?fait=change"
    assert await accounts.revoked() == set()
    await client.post(path, data=same | {"role": ["moderator", "partner"], "departments": "75 93"})
    assert len(await accounts.revoked()) == 1
    client.cookies.clear()
    assert (await client.get("/compte", headers={"Cookie": f"relais={theirs}"})).status_code == 303
    assert await accounts.sql("select role, departments from role_grant where role <> 'administrator'") == [
        ("moderator", ["75", "93"]),
        ("partner", ["75", "93"]),
    ]


async def test_a_disabled_account_is_out_at_once_and_can_be_enabled_again(accounts, client):
    theirs = await sign_in(accounts, client, "moderator", email=DOMINIQUE)
    await client.post("/api/v1/account/tokens", json={"label": "Essai", "role": "moderator"})
    mine = await sign_in(accounts, client, "administrator")
    path = f"/compte/comptes/{await account_id(accounts, DOMINIQUE)}"
    assert (await client.post(f"{path}/desactiver")).headers["location"] == "/compte/comptes?fait=desactive"
    assert len(await accounts.revoked()) == 2
    client.cookies.clear()
    assert (await client.get("/compte", headers={"Cookie": f"relais={theirs}"})).status_code == 303
    await client.post(f"{path}/reactiver", headers={"Cookie": f"relais={mine}"})
    assert (await client.post(await accounts.link("moderator", email=DOMINIQUE))).status_code == 303


async def test_administrators_cannot_lock_themselves_out(accounts, client):
    await sign_in(accounts, client, "administrator")
    path = f"/compte/comptes/{await account_id(accounts, CAMILLE)}"
    answer = await client.post(path, data={"name": "Camille", "role": "partner", "reach": "all"})
    assert (answer.status_code, 'id="field-role-error"' in answer.text) == (422, True)
    assert (await client.post(f"{path}/desactiver")).status_code == 409
    assert (await client.get("/compte/comptes")).status_code == 200


async def test_an_account_that_does_not_exist_is_not_found(accounts, client):
    await sign_in(accounts, client, "administrator")
    path = f"/compte/comptes/{uuid4()}"
    assert (await client.get(path)).status_code == 404
    assert (await client.post(path, data=FORM)).status_code == 404
    assert (await client.post(f"{path}/desactiver")).status_code == 404


async def test_a_search_that_finds_nobody_says_what_to_do(accounts, client):
    await sign_in(accounts, client, "administrator")
    answer = await client.get("/compte/comptes", params={"q": "%\0'; drop table account"})
    assert answer.status_code == 200
    assert "Aucun compte ne correspond" in answer.text


async def test_what_has_expired_is_cleaned_and_the_rest_stays(accounts, client):
    await sign_in(accounts, client, "moderator")
    await accounts.link("moderator")
    await accounts.token("partner")
    tables = ("session", "signin", "api_token")

    async def counts() -> list[int]:
        return [(await accounts.sql(f"select count(*) from {table}"))[0][0] for table in tables]  # noqa: S608 -- our own names

    async with await psycopg.AsyncConnection.connect(accounts.settings.database_url, autocommit=True) as connection:
        before = await counts()
        await store.clean(connection)
        assert await counts() == before
        for table in tables:
            await accounts.sql(f"update {table} set expires_at = now() - interval '1 second'")  # noqa: S608 -- likewise
        await store.clean(connection)
        assert await counts() == [0, 0, 0]
