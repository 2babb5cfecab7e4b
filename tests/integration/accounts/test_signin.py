"""Signing in by a link, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from libs.testing.web import make_settings, serving
from services.accounts.service import create_web

CAMILLE = "camille@relais.example"


async def open_account(accounts, role: str = "moderator") -> None:
    await accounts.link(role)
    await accounts.sql("delete from signin")


async def test_a_link_is_sent_signs_in_and_leads_where_the_person_was_going(accounts, client):
    await open_account(accounts)
    asked = await client.post("/connexion", data={"email": " Camille@Relais.Example ", "suite": "/moderation?page=2"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/connexion/envoye?suite=%2Fmoderation%3Fpage%3D2")
    (message,) = await accounts.sent_links()
    assert (message.email, message.language) == (CAMILLE, "fr")
    assert message.url.startswith("http://relais.test/connexion/")
    assert abs(message.expires_at - datetime.now(UTC) - timedelta(minutes=20)) < timedelta(minutes=1)

    path = urlsplit(message.url).path
    done = await client.post(path, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/133.0"})
    assert (done.status_code, done.headers["location"]) == (303, "/moderation?page=2")
    assert await accounts.sql("select device from session") == [("Firefox · Linux",)]
    account = await client.get("/compte")
    assert account.status_code == 200
    assert CAMILLE in account.text
    assert account.headers["cache-control"] == "private, no-store"


async def test_looking_at_the_link_does_not_use_it_up(accounts, client):
    path = await accounts.link("moderator")
    for _ in range(3):
        seen = await client.get(path)
        assert (seen.status_code, CAMILLE in seen.text) == (200, True)
        assert "set-cookie" not in seen.headers
    assert (await client.post(path)).headers["location"] == "/moderation"


async def test_a_link_works_once(accounts, client):
    path = await accounts.link("moderator")
    assert (await client.post(path)).status_code == 303
    client.cookies.clear()
    again = await client.post(path)
    assert (again.status_code, "set-cookie" in again.headers) == (410, False)
    assert (await client.get(path)).status_code == 410
    assert await accounts.sql("select count(*) from session") == [(1,)]


async def test_of_two_clicks_at_once_one_signs_in(accounts, client):
    path = await accounts.link("moderator")
    answers = await asyncio.gather(*(client.post(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [303, 410, 410, 410, 410]


async def test_an_expired_link_gets_a_page_with_the_way_forward(accounts, client):
    path = await accounts.link("moderator")
    await accounts.sql("update signin set expires_at = now() - interval '1 second'")
    for answer in (await client.get(path), await client.post(path)):
        assert answer.status_code == 410
        assert 'action="/connexion"' in answer.text
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("secret", ["inconnu", "%00", "%FF", "a" * 3_000, "..%2F..%2Fetc"])
async def test_an_invented_link_is_no_link(client, secret):
    assert (await client.get(f"/connexion/{secret}")).status_code in {404, 410}
    assert (await client.post(f"/connexion/{secret}")).status_code in {404, 405, 410}


async def test_the_secret_of_a_link_is_not_stored(accounts):
    secret = (await accounts.link("moderator")).rsplit("/", 1)[1]
    ((row,),) = await accounts.sql("select signin::text from signin")
    assert secret not in row
    assert secret.encode().hex() not in row


@pytest.mark.parametrize(
    "suite", ["https://ailleurs.example/", "//ailleurs.example", "/\\ailleurs.example", "/\t/ailleurs.example"]
)
async def test_a_link_never_leads_to_another_site(accounts, client, suite):
    await open_account(accounts)
    form = await client.get("/connexion", params={"suite": suite})
    assert "ailleurs" not in form.text.partition("<main")[2].partition("</main")[0]
    asked = await client.post("/connexion", data={"email": CAMILLE, "suite": suite})
    assert asked.headers["location"] == "/connexion/envoye"
    (message,) = await accounts.sent_links()
    assert (await client.post(urlsplit(message.url).path)).headers["location"] == "/moderation"


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(accounts, client):
    await open_account(accounts)
    known = await client.post("/connexion", data={"email": CAMILLE})
    unknown = await client.post("/connexion", data={"email": "personne@relais.example"})
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    assert known.text == unknown.text
    assert min(known.elapsed, unknown.elapsed) >= timedelta(seconds=0.2)
    assert [message.email for message in await accounts.sent_links()] == [CAMILLE]


async def test_a_disabled_account_gets_no_mail_and_its_link_is_no_longer_good(accounts, client):
    path = await accounts.link("moderator")
    await accounts.sql("update account set disabled_at = now()")
    asked = await client.post("/connexion", data={"email": CAMILLE})
    assert asked.headers["location"] == "/connexion/envoye"
    assert await accounts.sent_links() == []
    assert (await client.get(path)).status_code == 410
    assert (await client.post(path)).status_code == 410


@pytest.mark.parametrize("email", ["", "camille", "camille@\x00relais.example", "<b>@relais.example"])
async def test_what_is_no_address_is_said_beside_the_field_and_kept(client, email):
    answer = await client.post("/connexion", data={"email": email})
    assert answer.status_code == 422
    assert 'id="field-email-error"' in answer.text
    if email.isprintable() and email and "<" not in email:
        assert f'value="{email}"' in answer.text


@pytest.mark.parametrize("email", [CAMILLE, "personne@relais.example"])
async def test_one_address_can_ask_five_times_in_a_quarter_of_an_hour(accounts, client, email):
    await open_account(accounts)
    answers = await asyncio.gather(*(client.post("/connexion", data={"email": email}) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [303] * 5 + [429] * 3
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "900"
    assert f'value="{email}"' in refused.text
    await accounts.sql("update signin_attempt set attempted_at = now() - interval '16 minutes'")
    assert (await client.post("/connexion", data={"email": email})).status_code == 303


async def test_everybody_together_can_ask_a_bounded_number_of_times_a_minute(accounts, client):
    await accounts.sql(
        "insert into signin_attempt (id, address_hash) "
        "select gen_random_uuid(), sha256(n::text::bytea) from generate_series(1, 120) n"
    )
    refused = await client.post("/connexion", data={"email": CAMILLE})
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    await accounts.sql("update signin_attempt set attempted_at = now() - interval '61 seconds'")
    assert (await client.post("/connexion", data={"email": CAMILLE})).status_code == 303


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(accounts, client):
    done = await client.post(await accounts.link("moderator"))
    parts = {part.strip().lower() for part in done.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=43200"} <= parts
    assert done.headers["set-cookie"].startswith("relais=")
    assert "secure" not in parts


async def test_behind_https_the_cookie_is_bound_to_it(accounts, nats_url):
    https = make_settings("accounts", accounts.settings.database_url, nats_url, public_url="https://relais.test")
    path = await accounts.link("moderator")
    async with serving(create_web(https)) as client:
        cookie = (await client.post(path)).headers["set-cookie"]
    assert cookie.startswith("__Host-relais=")
    assert {"secure", "httponly", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "domain=" not in cookie.lower()


async def test_each_sign_in_has_a_session_of_its_own_and_ends_the_one_the_browser_came_with(accounts, client):
    await client.post(await accounts.link("moderator"))
    first = client.cookies["relais"]
    await client.post(await accounts.link("moderator"))
    second = client.cookies["relais"]
    assert first != second
    ((ended,), (current,)) = await accounts.sql("select id::text from session order by id")
    assert ended != current
    assert await accounts.revoked() == {ended}
    assert (await client.get("/compte", headers={"Cookie": f"relais={second}"})).status_code == 200
    client.cookies.clear()
    assert (await client.get("/compte", headers={"Cookie": f"relais={first}"})).status_code == 303


async def test_a_cookie_that_somebody_planted_does_not_survive_sign_in(accounts, client):
    client.cookies.set("relais", "planted")
    done = await client.post(await accounts.link("moderator"))
    assert "planted" not in done.headers["set-cookie"]
    assert len(await accounts.sql("select id from session")) == 1


async def test_another_site_cannot_sign_somebody_in(accounts, client):
    path = await accounts.link("moderator")
    forged = await client.post(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, "set-cookie" in forged.headers) == (403, False)
    assert (await client.get(path)).status_code == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie_back(accounts, client):
    await client.post(await accounts.link("moderator"))
    cookie = client.cookies["relais"]
    left = await client.post("/compte/deconnexion")
    assert (left.status_code, left.headers["location"]) == (303, "/connexion?fin=1")
    assert "relais" not in client.cookies
    assert (await client.get("/connexion?fin=1", headers={"Cookie": f"relais={cookie}"})).status_code == 200
    assert (await client.get("/compte", headers={"Cookie": f"relais={cookie}"})).headers["location"] == (
        "/connexion?suite=%2Fcompte"
    )
    assert (await client.post("/compte/deconnexion")).status_code == 303


async def test_without_an_account_the_pages_lead_to_sign_in_and_back(client):
    answer = await client.get("/compte/comptes?q=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/connexion?suite=%2Fcompte%2Fcomptes%3Fq%3Dx")


@pytest.mark.parametrize(("language", "words"), [("fr", "Recevoir un lien"), ("en", "Send me a link")])
async def test_the_page_speaks_the_language_asked_for(client, language, words):
    assert words in (await client.get("/connexion", headers={"Accept-Language": language})).text
