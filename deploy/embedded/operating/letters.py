"""`relais dead-letters`: what could not be handled, listed, shown, tried again or dropped."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

import psycopg
from cyclopts import App

from deploy.embedded.operating.common import fail, listed, say, services
from libs.bus import dead_letters
from libs.bus.dead_letters import CannotReplay, DeadLetter, NoDeadLetter, WholeDeadLetter
from libs.contracts.events import SERVICES
from libs.database import Connection
from libs.runtime import Service, read_settings

PAGE = 100

dead_letters_command = App(name="dead-letters", help="List, show, replay or drop events that could not be handled.")

T = TypeVar("T")


@dead_letters_command.command(name="list")
def list_all(*, service: str | None = None) -> None:
    """List the events that were given up, the oldest first.

    Parameters
    ----------
    service
        Only those that this service gave up.
    """
    asyncio.run(_list(_chosen(service)))


@dead_letters_command.command
def show(letter: str, /, *, service: str | None = None) -> None:
    """Show an event that was given up, whole, with its last error.

    Parameters
    ----------
    letter
        Its id, as the list gives it.
    service
        The service that gave it up, if you know.
    """
    _tell(asyncio.run(_with_letter(_id(letter), _chosen(service), dead_letters.find_letter)))


@dead_letters_command.command
def replay(letter: str, /, *letters: str, service: str | None = None) -> None:
    """Have events tried again by the consumer that gave them up, within seconds if it runs.

    Parameters
    ----------
    letter
        The id, as the list gives it.
    letters
        Further ids.
    service
        The service that gave them up, if you know.
    """
    _each((letter, *letters), service, dead_letters.replay, "{id} will be tried again.")


@dead_letters_command.command
def drop(letter: str, /, *letters: str, service: str | None = None) -> None:
    """Drop events for good.

    Parameters
    ----------
    letter
        The id, as the list gives it.
    letters
        Further ids.
    service
        The service that gave them up, if you know.
    """
    _each((letter, *letters), service, dead_letters.drop, "{id} was dropped.")


def _chosen(name: str | None) -> list[Service]:
    """Return the services to ask: the one named, else all that this process has the settings of."""
    known = [service for service in services() if service.name in SERVICES]
    if name is None:
        return known
    if not (chosen := [service for service in known if service.name == name]):
        raise fail(f"There is no service {name} here; there is: {listed(one.name for one in known)}.", 2)
    return chosen


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise fail(f"{text} is not the id of an event that was given up; see: relais dead-letters list", 2) from error


@asynccontextmanager
async def _database(service: Service) -> AsyncGenerator[Connection]:
    settings = read_settings(service.name)
    try:
        async with await psycopg.AsyncConnection.connect(settings.database_url, connect_timeout=5) as connection:
            yield connection
    except psycopg.OperationalError as error:
        reason = str(error).strip().split("\n")[0]
        raise fail(f"The database of {service.name} does not answer; is Relais running? ({reason})") from error


async def _list(chosen: Sequence[Service]) -> None:
    count = 0
    for service in chosen:
        async with _database(service) as connection:
            after: UUID | None = None
            while letters := await dead_letters.list_letters(connection, after=after, most=PAGE):
                for letter in letters:
                    _tell_line(letter)
                count += len(letters)
                after = letters[-1].id
    if not count:
        say("No event was given up.")


async def _with_letter(
    letter_id: UUID, chosen: Sequence[Service], act: Callable[[Connection, UUID], Awaitable[T]]
) -> T:
    """Return what `act` does with a letter, in the database that has it."""
    missing: NoDeadLetter | None = None
    for service in chosen:
        try:
            async with _database(service) as connection:
                return await act(connection, letter_id)
        except CannotReplay as error:
            raise fail(str(error)) from error
        except NoDeadLetter as error:
            missing = error
    raise fail(str(missing)) from missing


def _each(
    texts: Sequence[str], service: str | None, act: Callable[[Connection, UUID], Awaitable[None]], sentence: str
) -> None:
    ids, chosen = [_id(text) for text in texts], _chosen(service)

    async def run() -> None:
        for letter_id in ids:
            await _with_letter(letter_id, chosen, act)
            say(sentence.format(id=letter_id))

    asyncio.run(run())


def _tell_line(letter: DeadLetter) -> None:
    when = f"{letter.buried_at.astimezone():%Y-%m-%d %H:%M}"
    again = ", tried again soon" if letter.replaying else ""
    say(f"{letter.id}  {when}  {letter.consumer}  {letter.type or letter.subject}")
    say(f"  {letter.error.splitlines()[0] if letter.error else ''} ({letter.deliveries} times{again})")


def _tell(letter: WholeDeadLetter) -> None:
    _tell_line(letter)
    say(f"  {letter.subject}\n")
    for name, value in letter.headers.items():
        say(f"{name}: {value}")
    try:
        data = json.dumps(json.loads(letter.data), indent=2, ensure_ascii=False)
    except ValueError:
        data = letter.data
    say(f"\n{data}")
    if "\n" in letter.error:
        say(f"\n{letter.error}")
