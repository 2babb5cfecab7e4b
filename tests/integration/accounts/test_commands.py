"""`relais token` and `relais signin-link`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from libs.testing.web import SIGNING_PUBLIC_KEY
from libs.web.security import TokenReader


async def test_a_token_alone_is_printed_and_says_role_and_departments(accounts):
    code, output, errors = await accounts.relais(
        *("token", "--role", "moderator", "--department", "93", "--department", "2a", "--label", "Essai")
    )
    assert (code, errors, output.count("\n")) == (0, "", 1)
    viewer = TokenReader(SIGNING_PUBLIC_KEY).read(output.strip())
    assert viewer is not None
    assert (viewer.roles, viewer.departments, viewer.kind) == ({"moderator"}, {"2A", "93"}, "token")
    ((token_id, label, days),) = await accounts.sql(
        "select id, label, round(extract(epoch from expires_at - created_at) / 86400)::int from api_token"
    )
    assert (token_id, label, days) == (viewer.credential_id, "Essai", 365)


async def test_a_moderator_of_all_departments_is_made_when_that_is_said(accounts):
    code, output, errors = await accounts.relais("token", "--role", "moderator", "--all-departments")
    assert (code, errors) == (0, "")
    viewer = TokenReader(SIGNING_PUBLIC_KEY).read(output.strip())
    assert viewer is not None
    assert (viewer.roles, viewer.departments) == ({"moderator"}, None)


async def test_a_token_made_on_the_command_line_is_known_to_the_api(accounts, client):
    _, output, _ = await accounts.relais("token", "--role", "partner")
    header = {"Authorization": f"Bearer {output.strip()}"}
    answer = await client.get("/api/v1/account", headers=header)
    assert answer.status_code == 200
    who = answer.json()
    assert (who["roles"], who["departments"], who["email"], who["kind"]) == (["partner"], None, None, "token")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["token", "--role", "root"], "“root” is not a role."),
        (["token", "--role", "moderator", "--department", "20"], "“20” is not the code of a department."),
        (["token", "--role", "administrator", "--department", "75"], "leave the departments out"),
        (["token", "--role", "partner", "--days", "0"], "from 1 to 3650 days"),
        (["signin-link", "--role", "partner", "--email", "camille"], "cannot be right: “camille”"),
        (["signin-link", "--role", "chef"], "“chef” is not a role."),
        (["token", "--role", "moderator"], "--department CODE (may be repeated), or --all-departments."),
        (["signin-link", "--role", "moderator"], "--department CODE (may be repeated), or --all-departments."),
        (["token", "--role", "moderator", "--all-departments", "--department", "75"], "either --department or"),
    ],
)
async def test_a_wrong_word_gets_one_sentence_and_exit_code_2(accounts, words, sentence):
    code, output, errors = await accounts.relais(*words)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert sentence in errors
    assert await accounts.sql("select id from api_token union all select id from account") == []


async def test_without_a_database_the_command_says_so(accounts, unused_tcp_port):
    url = f"postgresql://relais@127.0.0.1:{unused_tcp_port}/relais"
    elsewhere = replace(accounts, settings=msgspec.structs.replace(accounts.settings, database_url=url))
    code, output, errors = await elsewhere.relais("token", "--role", "partner")
    assert (code, output) == (1, "")
    assert "is Relais running?" in errors


async def test_the_first_link_creates_the_account_and_lives_a_day(accounts):
    code, output, errors = await accounts.relais("signin-link", "--role", "administrator")
    assert (code, errors) == (0, "")
    assert output.startswith("http://relais.test/connexion/")
    ((email, role, expires_at),) = await accounts.sql(
        "select email, role, expires_at from account a join role_grant g on g.account_id = a.id, signin s"
    )
    assert (email, role) == ("administrator@relais.localhost", "administrator")
    assert abs(expires_at - datetime.now(UTC) - timedelta(hours=24)) < timedelta(minutes=1)


async def test_a_link_for_an_account_in_use_lives_twenty_minutes(accounts):
    await accounts.link("administrator")
    await accounts.sql("update account set signed_in_at = now()")
    await accounts.link("administrator")
    ((expires_at,),) = await accounts.sql("select min(expires_at) from signin")
    assert abs(expires_at - datetime.now(UTC) - timedelta(minutes=20)) < timedelta(minutes=1)


async def test_two_links_for_one_address_are_of_one_account_whatever_its_case(accounts):
    for email in ("Camille@Relais.Example", "camille@relais.example"):
        code, _, errors = await accounts.relais("signin-link", "--role", "partner", "--email", email)
        assert (code, errors) == (0, "")
    assert await accounts.sql("select email from account") == [("camille@relais.example",)]


async def test_a_link_with_other_departments_replaces_them_and_ends_what_was_open(accounts, client):
    await client.post(await accounts.link("moderator", "75"))
    ((session_id,),) = await accounts.sql("select id::text from session")
    await accounts.link("moderator", "93")
    assert await accounts.sql("select role, departments from role_grant") == [("moderator", ["93"])]
    assert session_id in await accounts.revoked()


async def test_a_disabled_account_gets_no_link(accounts):
    await accounts.link("moderator")
    await accounts.sql("update account set disabled_at = now()")
    code, output, errors = await accounts.relais(
        "signin-link", "--role", "moderator", "--all-departments", "--email", "camille@relais.example"
    )
    assert (code, output) == (2, "")
    assert "is disabled" in errors
