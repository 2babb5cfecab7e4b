"""The commands of `relais`: `up`, those of operators, and what each service adds."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console

from deploy.embedded.home import DEFAULT_PORT, Home, default_home
from deploy.embedded.services import COMMANDS, NAMES
from libs.runtime.settings import MissingSetting
from libs.servers import ServerError

_DATABASES = {f"RELAIS_{name.upper()}_DATABASE_URL" for name in NAMES}
_OPERATING = {
    "listen": "deploy.embedded.listen:listen",
    "rebuild": "deploy.embedded.operating.projections:rebuild",
    "audit": "deploy.embedded.operating.projections:audit",
    "dead-letters": "deploy.embedded.operating.letters:dead_letters_command",
}
"""The commands of operators, and where each is."""

_ALONE = {"up", "listen"}
"""The commands that need no running platform."""

_HELP = {"--help", "-h"}

_HUMBLE = {"rebuild", "audit"}
"""The commands that leave the processor to whoever searches meanwhile."""


def up(*, split: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Start Relais on this machine, and keep it running until Ctrl-C.

    RELAIS_PORT chooses the port (8000), RELAIS_HOME the data folder (.relais), RELAIS_SAMPLE=0 starts empty.

    Parameters
    ----------
    split
        Give every service its own web and worker process, as in production.
    """
    from deploy.embedded.platform import Platform, wants_sample  # noqa: PLC0415 -- only this command needs it
    from deploy.embedded.terminal import Terminal  # noqa: PLC0415 -- likewise

    platform = Platform(Home(default_home()), port=_port(), split=split, sample=wants_sample(), terminal=Terminal())
    asyncio.run(platform.run())


def _port() -> int:
    text = os.environ.get("RELAIS_PORT", str(DEFAULT_PORT))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ServerError(f"RELAIS_PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _sentence(error: CycloptsError) -> str:
    return str(error)


def create_app() -> App:
    """Return the command line; only the command that is run is imported, for all of them take a second."""
    app = App(
        name="relais",
        help="Relais, an open platform for social action: a directory kept true, relayed at once.",
        version_flags=(),
        error_formatter=_sentence,
    )
    app.command(up, sort_key=0)
    for name, place in (_OPERATING | COMMANDS).items():
        app.command(place, name=name)
    return app


def _use_running_platform() -> None:
    """Give the services' commands the settings of the platform that runs on this folder.

    Where the settings are in the environment already, as in a container, they are used as they are.
    """
    if _DATABASES & os.environ.keys():
        return
    home = Home(default_home())
    state = home.load()
    if not home.in_use:
        raise ServerError(f"Relais does not run on {home.path}; start it with: make up")
    os.environ.update(home.environment(state))


def run(words: list[str]) -> None:
    """Run the command line `words`; errors are one sentence on standard error and an exit code."""
    app = create_app()
    if not words or words[0] in _HELP:
        app.resolved_commands()  # what each says of itself is shown
    try:
        if words and words[0] in app and words[0] not in _ALONE and not _HELP & set(words):
            _use_running_platform()
        if words[:1] and words[0] in _HUMBLE:
            os.nice(10)
        app(words)
    except (ServerError, MissingSetting) as error:
        _say(str(error))
        raise SystemExit(1) from error
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _say(f"Relais cannot go on: {error.strerror or error}{where}.")
        raise SystemExit(1) from error


def _say(sentence: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, markup=False)
