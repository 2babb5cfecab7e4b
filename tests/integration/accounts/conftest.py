"""accounts on a real database, with people who are invented."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import httpx
import msgspec
import psycopg
import pytest_asyncio
from cyclopts import App

from libs.bus import Unsealer
from libs.contracts.events import SigninMessage, SigninRequested
from libs.runtime import Settings
from libs.testing.commands import Ran, run_command
from libs.testing.web import SEALING_KEYS, SIGNING_PRIVATE_KEY, SIGNING_PUBLIC_KEY, application, make_settings, serving
from libs.web.security import TokenSigner
from services.accounts.commands import COMMANDS
from services.accounts.domain.roles import make_grant, read_role
from services.accounts.handlers.credentials import issue_token
from services.accounts.handlers.signin import make_link_for
from services.accounts.service import create_web

RELAIS = App(name="relais")
for command in COMMANDS:
    RELAIS.command(command)


@dataclass(frozen=True)
class Accounts:
    """The service under test: its database, its command line, and what it has said."""

    settings: Settings

    async def sql(self, query: str, *parameters: object) -> list[tuple]:
        url = self.settings.database_url
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            cursor = await connection.execute(query, parameters)
            return await cursor.fetchall() if cursor.description else []

    async def relais(self, *words: str) -> Ran:
        """Run a command."""
        environment = {
            "RELAIS_ACCOUNTS_DATABASE_URL": self.settings.database_url,
            "RELAIS_PUBLIC_URL": self.settings.public_url,
            "RELAIS_SIGNING_PUBLIC_KEY": self.settings.signing_public_key,
            "RELAIS_SIGNING_PRIVATE_KEY": SIGNING_PRIVATE_KEY,
            "RELAIS_NOTIFY_SEALING_PUBLIC_KEY": SEALING_KEYS["notify"].public,
        }
        return await run_command(RELAIS, *words, environment=environment)

    async def sent_links(self) -> list[SigninMessage]:
        """Return what was handed to notify, opened with notify's key."""
        rows = await self.sql("select data from outbox where type = 'signin.requested.v1' order by position")
        said = [msgspec.json.decode(row[0], type=SigninRequested) for row in rows]
        unsealer = Unsealer([SEALING_KEYS["notify"].private])
        return [unsealer.unseal(event.message, SigninMessage) for event in said]

    async def revoked(self) -> set[str]:
        rows = await self.sql("select aggregate_id::text from outbox where type = 'credential.revoked.v1'")
        return {row[0] for row in rows}

    async def token(self, role: str, *departments: str) -> dict[str, str]:
        """Return the header of a new token, as one made on the command line."""
        signer = TokenSigner(SIGNING_PRIVATE_KEY, SIGNING_PUBLIC_KEY)
        grant = make_grant(read_role(role), departments or None)
        async with await psycopg.AsyncConnection.connect(self.settings.database_url) as connection:
            _, text = await issue_token(connection, signer, account=None, label="Essai", grant=grant, days=1)
        return {"Authorization": f"Bearer {text}"}

    async def link(self, role: str, *departments: str, email: str = "camille@relais.example") -> str:
        """Return the path of a new sign-in link, as one made on the command line."""
        grant = make_grant(read_role(role), departments or None)
        async with await psycopg.AsyncConnection.connect(self.settings.database_url) as connection:
            return await make_link_for(connection, email=email, grant=grant, public_url="")


@pytest_asyncio.fixture
async def accounts(make_database: Callable[[str], Awaitable[str]], nats_url: str) -> Accounts:
    return Accounts(make_settings("accounts", await make_database("accounts"), nats_url))


@pytest_asyncio.fixture
async def client(accounts: Accounts) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that talks to accounts."""
    async with serving(application(create_web, accounts.settings)) as client:
        client.headers["Accept"] = "text/html"
        yield client
