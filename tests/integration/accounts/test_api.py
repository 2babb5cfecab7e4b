"""The API of accounts, by session and by token."""

from __future__ import annotations

from uuid import uuid4

import pytest

from libs.testing.web import SIGNING_PUBLIC_KEY, bearer, every_page
from libs.web.security import TokenReader

SESSIONS, TOKENS = "/api/v1/account/sessions", "/api/v1/account/tokens"


async def sign_in(accounts, client, role: str, *departments: str, email: str = "camille@relais.example") -> str:
    """Sign in and return the cookie."""
    client.cookies.clear()
    await client.post(await accounts.link(role, *departments, email=email))
    return client.cookies["relais"]


async def test_who_is_asking(accounts, client):
    await sign_in(accounts, client, "moderator", "93", "75")
    answer = await client.get("/api/v1/account")
    assert answer.headers["cache-control"] == "private, no-store"
    who = answer.json()
    assert (who["email"], who["roles"], who["departments"], who["kind"]) == (
        "camille@relais.example",
        ["moderator"],
        ["75", "93"],
        "session",
    )


async def test_without_a_credential_nothing_is_said(client):
    for path in ("/api/v1/account", SESSIONS, TOKENS):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/sign-in")


async def test_a_credential_that_accounts_never_gave_is_refused_even_if_well_signed(client):
    assert (await client.get("/api/v1/account", headers=bearer("administrator"))).status_code == 401


async def test_ones_own_sessions_are_listed_and_ended(accounts, client):
    first = await sign_in(accounts, client, "moderator")
    await sign_in(accounts, client, "moderator")
    items = (await client.get(SESSIONS)).json()["items"]
    assert [item["current"] for item in items] == [True, False]
    assert (await client.delete(f"{SESSIONS}/{items[1]['id']}")).status_code == 204
    assert items[1]["id"] in await accounts.revoked()
    assert [item["current"] for item in (await client.get(SESSIONS)).json()["items"]] == [True]
    assert (await client.delete(f"{SESSIONS}/{items[1]['id']}")).status_code == 404
    client.cookies.clear()
    assert (await client.get(SESSIONS, headers={"Cookie": f"relais={first}"})).status_code == 401


async def test_ending_the_session_one_comes_with_takes_the_cookie_back(accounts, client):
    await sign_in(accounts, client, "moderator")
    who = (await client.get("/api/v1/account")).json()
    assert (await client.delete(f"{SESSIONS}/{who['credential_id']}")).status_code == 204
    assert "relais" not in client.cookies


async def test_nobody_ends_the_sessions_or_tokens_of_somebody_else(accounts, client):
    await sign_in(accounts, client, "moderator", email="autre@relais.example")
    made = await client.post(TOKENS, json={"label": "Essai", "role": "moderator"})
    session_id = (await client.get("/api/v1/account")).json()["credential_id"]
    for role in ("moderator", "administrator"):
        await sign_in(accounts, client, role)
        assert (await client.delete(f"{SESSIONS}/{session_id}")).status_code == 404
        assert (await client.post(f"/compte/sessions/{session_id}/terminer")).status_code == 404
        assert (await client.delete(f"{TOKENS}/{made.json()['id']}")).status_code == 404
        assert (await client.post(f"/compte/jetons/{made.json()['id']}/revoquer")).status_code == 404
        assert made.json()["id"] not in (await client.get(TOKENS)).text
        assert session_id not in (await client.get(SESSIONS)).text
    assert not {session_id, made.json()["id"]} & await accounts.revoked()


async def test_a_token_has_role_departments_and_end_as_asked(accounts, client):
    await sign_in(accounts, client, "administrator")
    wish = {"label": "Carte", "role": "partner", "departments": ["2a", "75"], "days": 30}
    made = await client.post(TOKENS, json=wish)
    assert made.status_code == 201
    viewer = TokenReader(SIGNING_PUBLIC_KEY).read(made.json()["token"])
    assert viewer is not None
    assert (viewer.roles, viewer.departments, viewer.kind) == ({"partner"}, {"2A", "75"}, "token")
    assert str(viewer.credential_id) == made.json()["id"]
    ((stored,),) = await accounts.sql("select api_token::text from api_token")
    assert made.json()["token"] not in stored
    listed = (await client.get(TOKENS)).json()["items"]
    assert [(item["label"], item["role"], item["departments"], item["owned"]) for item in listed] == [
        ("Carte", "partner", ["2A", "75"], True)
    ]
    assert "token" not in listed[0]


async def test_a_limited_person_makes_tokens_with_the_same_limits(accounts, client):
    await sign_in(accounts, client, "moderator", "75", "93")
    made = await client.post(TOKENS, json={"label": "Tout", "role": "moderator"})
    assert made.json()["departments"] == ["75", "93"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"role": "administrator"}, "role"),
        ({"role": "partner"}, "role"),
        ({"role": "root"}, "role"),
        ({"departments": ["69"]}, "departments"),
        ({"departments": ["75", "69"]}, "departments"),
        ({"departments": []}, "departments"),
        ({"departments": ["20"]}, "departments"),
        ({"days": 0}, "days"),
        ({"days": 4_000}, "days"),
        ({"label": " "}, "label"),
        ({"label": "x" * 101}, "label"),
        ({"label": "<script>alert(1)</script>"}, "label"),
        ({"label": "a\x00b"}, "label"),
    ],
)
async def test_a_token_never_goes_beyond_its_maker_and_wrong_fields_are_named(accounts, client, wish, field):
    await sign_in(accounts, client, "moderator", "75", "93")
    answer = await client.post(TOKENS, json={"label": "Essai", "role": "moderator"} | wish)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])
    assert await accounts.sql("select id from api_token") == []


async def test_a_token_makes_no_tokens_unless_it_is_an_administrators(accounts, client):
    wish = {"label": "Essai", "role": "partner"}
    for role in ("partner", "moderator"):
        answer = await client.post(TOKENS, json=wish | {"role": role}, headers=await accounts.token(role))
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    made = await client.post(TOKENS, json=wish, headers=await accounts.token("administrator"))
    assert made.status_code == 201
    seen = await client.get("/api/v1/account", headers={"Authorization": f"Bearer {made.json()['token']}"})
    assert seen.json()["roles"] == ["partner"]


async def test_a_token_asked_for_again_under_the_same_key_is_the_same_until_it_is_revoked(accounts, client):
    headers = await accounts.token("administrator") | {"Idempotency-Key": "export-nightly"}
    wish = {"label": "Export de la nuit", "role": "partner", "days": 30}
    answers = [await client.post(TOKENS, json=wish, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    made = answers[0].json()
    assert answers[1].json() == made
    assert await accounts.sql("select count(*) from api_token where label = 'Export de la nuit'") == [(1,)]
    other = await client.post(TOKENS, json=wish | {"days": 31}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key")
    ((kept,),) = await accounts.sql("select idempotency_key::text from idempotency_key")
    assert made["token"] not in kept
    assert (await client.delete(f"{TOKENS}/{made['id']}", headers=headers)).status_code == 204
    assert (await client.post(TOKENS, json=wish, headers=headers)).status_code == 410


async def test_a_revoked_token_is_good_for_nothing_here_at_once(accounts, client):
    await sign_in(accounts, client, "moderator")
    made = (await client.post(TOKENS, json={"label": "Essai", "role": "moderator"})).json()
    header = {"Authorization": f"Bearer {made['token']}"}
    assert (await client.get("/api/v1/account", headers=header)).status_code == 200
    assert (await client.delete(f"{TOKENS}/{made['id']}")).status_code == 204
    assert made["id"] in await accounts.revoked()
    client.cookies.clear()
    assert (await client.get("/api/v1/account", headers=header)).status_code == 401


async def test_tokens_of_the_command_line_are_administrators_to_revoke(accounts, client):
    await accounts.token("partner")
    ((token_id,),) = await accounts.sql("select id::text from api_token")
    await sign_in(accounts, client, "moderator")
    assert (await client.get(TOKENS)).json()["items"] == []
    assert (await client.delete(f"{TOKENS}/{token_id}")).status_code == 404
    await sign_in(accounts, client, "administrator", email="admin@relais.example")
    assert [item["owned"] for item in (await client.get(TOKENS)).json()["items"]] == [False]
    assert (await client.delete(f"{TOKENS}/{token_id}")).status_code == 204


async def test_lists_go_on_where_they_left_off(accounts, client):
    await sign_in(accounts, client, "moderator")
    await accounts.sql(
        "insert into api_token (id, account_id, label, role, expires_at) select gen_random_uuid(), a.id, 'Essai', "
        "'moderator', now() + interval '1 day' from account a, generate_series(1, 120)"
    )
    seen = [item["id"] for page in await every_page(client, TOKENS) for item in page["items"]]
    assert len(seen) == len(set(seen)) == 120
    assert (await client.get(TOKENS, params={"after": "nonsense"})).status_code == 422


async def test_what_does_not_exist_is_not_found(accounts, client):
    await sign_in(accounts, client, "administrator")
    for path in (f"{SESSIONS}/{uuid4()}", f"{TOKENS}/{uuid4()}", f"{TOKENS}/abc"):
        assert (await client.delete(path)).status_code == 404


async def test_the_openapi_document_describes_every_operation(client):
    document = (await client.get("/api/openapi/accounts.json")).json()
    operations = {
        (method, path): operation for path, item in document["paths"].items() for method, operation in item.items()
    }
    own = {key: value for key, value in operations.items() if key[1].startswith("/api/v1/account")}
    assert {key[1] for key in own} == {
        "/api/v1/account",
        SESSIONS,
        f"{SESSIONS}/{{session_id}}",
        TOKENS,
        f"{TOKENS}/{{token_id}}",
    }
    for operation in own.values():
        assert operation["description"]
        assert "401" in operation["responses"]
    assert not [path for path in document["paths"] if path.startswith(("/compte", "/connexion"))]


async def test_a_token_is_known_by_its_owner_and_by_what_it_is_for(accounts, client):
    await sign_in(accounts, client, "administrator", email="admin@relais.example")
    owner = (await client.get("/api/v1/account")).json()["name"]
    made = await client.post(TOKENS, json={"label": "Export de nuit", "role": "moderator", "days": 3})
    client.cookies.clear()
    bearing = {"Authorization": f"Bearer {made.json()['token']}"}
    assert (await client.get("/api/v1/account", headers=bearing)).json()["name"] == f"{owner} (Export de nuit)"
