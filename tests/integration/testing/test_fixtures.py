"""The fixtures themselves, on the real servers."""

from __future__ import annotations

import nats
import psycopg
import pytest


async def test_a_fresh_database_belongs_to_the_service_and_has_the_bus_tables(make_database):
    async with await psycopg.AsyncConnection.connect(await make_database("directory")) as connection:
        rows = await connection.execute("SELECT current_user, to_regclass('outbox')::text, version() LIKE '% 18.%'")
        assert await rows.fetchone() == ("relais_directory", "outbox", True)


async def test_two_databases_of_one_service_share_nothing(make_database):
    first, second = await make_database("directory"), await make_database("directory")
    async with await psycopg.AsyncConnection.connect(first) as connection:
        await connection.execute("CREATE TABLE only_here ()")
    async with await psycopg.AsyncConnection.connect(second) as connection:
        rows = await connection.execute("SELECT to_regclass('only_here')")
        assert await rows.fetchone() == (None,)


async def test_one_service_cannot_connect_to_the_database_of_another(make_database):
    directory, search = await make_database("directory"), await make_database("search")
    name = psycopg.conninfo.conninfo_to_dict(search)["dbname"]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        await psycopg.AsyncConnection.connect(directory, dbname=name)


@pytest.mark.usefixtures("clean_streams")
@pytest.mark.parametrize("turn", [1, 2])
async def test_streams_do_not_survive_the_test_that_made_them(nats_url, turn):
    client = await nats.connect(nats_url)
    try:
        assert await client.jetstream().streams_info() == []
        await client.jetstream().add_stream(name="TRIAL", subjects=[f"trial.{turn}"])
        assert [stream.config.name for stream in await client.jetstream().streams_info()] == ["TRIAL"]
    finally:
        await client.close()


@pytest.mark.browser
async def test_the_browser_shows_a_page(browser):
    context = await browser.new_context()
    page = await context.new_page()
    await page.set_content("<h1>Bonjour</h1>")
    assert await page.inner_text("h1") == "Bonjour"
    await context.close()
