"""`relais rebuild`, `relais audit` and `relais dead-letters`: what operators read, and exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from deploy.embedded.commands import create_app
from deploy.embedded.operating import common
from libs.bus import dead_letters
from libs.identifiers import uuid7
from libs.projections.shadow import connect, the_only_one
from libs.testing.commands import Ran, run_command
from libs.testing.web import SEALING_KEYS, SEALING_PUBLIC_KEYS, SIGNING_PUBLIC_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from conftest import Platform


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command ends with its process, and what it does to logs, too; here it must not outlive the test."""
    configuration = structlog.get_config()
    yield
    structlog.configure(**configuration)


async def relais(platform: Platform, *words: str, **changes: str) -> Ran:
    environment = {
        "COLUMNS": "120",
        "RELAIS_NATS_URL": platform.directory.settings.nats_url,
        "RELAIS_SIGNING_PUBLIC_KEY": SIGNING_PUBLIC_KEY,
        **{f"RELAIS_{name.upper()}_DATABASE_URL": one.settings.database_url for name, one in platform.served.items()},
        **{f"RELAIS_{name.upper()}_SEALING_PUBLIC_KEY": key for name, key in SEALING_PUBLIC_KEYS.items()},
        **{f"RELAIS_{name.upper()}_SEALING_PRIVATE_KEYS": keys.private for name, keys in SEALING_KEYS.items()},
    }
    return await run_command(create_app(), *words, environment=environment | changes)


async def test_a_rebuild_says_what_it_built(platform: Platform) -> None:
    async with platform.at_work():
        await platform.make(3)
        ran = await relais(platform, "rebuild", "search")
    assert (ran.code, ran.errors) == (0, "")
    assert "search was rebuilt from 3 structures in " in ran.output


async def test_a_refused_password_is_said_to_be_one(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "PATIENCE", 2.0)
    account, place = platform.directory.settings.nats_url.split("@")
    ran = await relais(platform, "rebuild", "search", RELAIS_NATS_URL=f"{account}wrong@{place}")
    assert (ran.code, ran.output) == (1, "")
    refusal = "nats-server refuses the user or the password in RELAIS_NATS_URL. Nothing was changed.\n"
    assert ran.errors == refusal


@pytest.mark.parametrize("words", [("rebuild", "nothing"), ("audit", "nothing"), ("audit", "search", "nothing")])
async def test_an_unknown_projection_is_refused_in_one_sentence(platform: Platform, words: tuple[str, ...]) -> None:
    ran = await relais(platform, *words)
    assert (ran.code, ran.output) == (2, "")
    assert ran.errors == "There is no projection nothing here; there is: contributions, exports, search.\n"


async def test_a_rebuild_beside_another_is_refused_in_one_sentence(platform: Platform) -> None:
    async with (
        await connect(platform.owner("search").settings.database_url) as first,
        the_only_one(first, "relais.rebuild.search"),
    ):
        ran = await relais(platform, "rebuild", "search")
    assert (ran.code, ran.errors.count("\n")) == (1, 1)
    assert "Another process has been at this with search since " in ran.errors


async def test_what_is_away_is_said_in_one_sentence(
    platform: Platform, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.embedded.operating.common.PATIENCE", 0.5)
    nowhere = f"127.0.0.1:{unused_tcp_port}"
    for changes, sentence in (
        ({"RELAIS_NATS_URL": f"nats://relais:secret@{nowhere}"}, f"nats-server does not answer at {nowhere};"),
        ({"RELAIS_SEARCH_DATABASE_URL": f"postgresql://x@{nowhere}/x"}, "The database of search stopped this"),
        ({}, "directory"),
    ):
        for words in (("rebuild", "search"), ("audit", "search")):
            ran = await relais(platform, *words, **changes)
            assert (ran.code, ran.errors.count("\n")) == (1, 1), ran
            assert sentence in ran.errors
            assert "secret" not in ran.errors


async def test_an_audit_shows_what_differs_and_ends_with_1_until_it_is_mended(platform: Platform) -> None:
    async with platform.at_work():
        places = await platform.make(3)
        ran = await relais(platform, "audit")
        assert (ran.code, ran.errors) == (0, "")
        rows = {
            line.split()[0]: line.split()[1:]
            for line in ran.output.splitlines()
            if line.startswith((" ", "c", "e", "s"))
        }
        assert rows["search"] == rows["exports"] == rows["contributions"] == ["3", "0", "0", "0", "0", "0", "0"]
        await platform.sql("contributions", "update structure set name = 'Faux' where id = %s", places[0])
        ran = await relais(platform, "audit", "contributions")
        assert ran.code == 1
        assert "contributions, by department: 75 (1 of 1)" in ran.output
        assert f"{places[0]} different" in ran.output
        assert "relais audit --repair" in ran.output
        ran = await relais(platform, "audit", "contributions", "--repair")
        assert ran.code == 0
        assert (await relais(platform, "audit")).code == 0


@pytest.fixture
async def letter(platform: Platform) -> UUID:
    """The id of a dead letter of search."""
    async with platform.owner("search").pool.connection() as connection:
        await dead_letters.note_consumer(connection, "search-index")
        await dead_letters.bury(
            connection,
            consumer="search-index",
            subject="relais.directory.structure.x.changed.v1",
            headers={"ce-type": "structure.changed.v1", "ce-id": str(uuid7())},
            data=json.dumps({"structure": "[bold]?"}),
            error="ValueError: no such place [red]",
            deliveries=7,
        )
        [found] = await dead_letters.list_letters(connection)
    return found.id


async def test_dead_letters_are_listed_shown_replayed_and_dropped(platform: Platform, letter: UUID) -> None:
    listed = await relais(platform, "dead-letters", "list")
    assert (listed.code, listed.errors) == (0, "")
    first, second = listed.output.splitlines()
    assert first.startswith(str(letter))
    assert first.endswith("search-index  structure.changed.v1")
    assert second == "  ValueError: no such place [red] (7 times)"
    assert (
        await relais(platform, "dead-letters", "list", "--service", "directory")
    ).output == "No event was given up.\n"
    shown = (await relais(platform, "dead-letters", "show", str(letter))).output
    assert "ce-type: structure.changed.v1" in shown
    assert '"structure": "[bold]?"' in shown
    replayed = await relais(platform, "dead-letters", "replay", str(letter), "--service", "search")
    assert replayed.output == f"{letter} will be tried again.\n"
    assert "tried again soon" in (await relais(platform, "dead-letters", "list")).output
    dropped = await relais(platform, "dead-letters", "drop", str(letter))
    assert (dropped.code, dropped.output) == (0, f"{letter} was dropped.\n")
    assert (await relais(platform, "dead-letters", "list")).output == "No event was given up.\n"


@pytest.mark.parametrize("action", ["show", "replay", "drop"])
async def test_a_dead_letter_that_is_not_there_or_no_id_is_refused_in_one_sentence(
    platform: Platform, action: str
) -> None:
    gone = uuid7()
    for words, code, sentence in (
        ((str(gone),), 1, f"There is no dead letter {gone}: it was replayed or dropped meanwhile, or never was.\n"),
        (("bad",), 2, "bad is not the id of an event that was given up; see: relais dead-letters list\n"),
        (
            (str(gone), "--service", "nowhere"),
            2,
            "There is no service nowhere here; there is: contributions, directory, search.\n",
        ),
    ):
        ran: Any = await relais(platform, "dead-letters", action, *words)
        assert ran == (code, "", sentence)
