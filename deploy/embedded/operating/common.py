"""What the operator's commands share: their services, the bus, and sentences for what goes wrong."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import structlog
from rich.console import Console

from deploy.embedded.services import load
from libs.bus.connection import BusClient, connect
from libs.runtime import Service, Settings

PATIENCE = 10.0

console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(sentence: str, code: int = 1) -> SystemExit:
    """Say what is wrong, and return what ends the command."""
    _errors.print(sentence, markup=False)
    return SystemExit(code)


def say(sentence: str) -> None:
    console.print(sentence, markup=False)


def keep_logs_quiet() -> None:
    """Leave to the command's own sentences what programs would log."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def has_settings(service: Service) -> bool:
    return f"RELAIS_{service.name.upper()}_DATABASE_URL" in os.environ


def services() -> list[Service]:
    """Return the services that this process has the settings of."""
    return [service for service in load() if has_settings(service)]


def listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


@asynccontextmanager
async def bus(settings: Settings) -> AsyncGenerator[BusClient]:
    """Connect to NATS, and give up soon where nobody answers, or is refused."""
    refusals: list[str] = []
    async with AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(PATIENCE):
                client = await stack.enter_async_context(
                    connect(
                        settings.nats_url,
                        name="relais-command",
                        replicas=settings.nats_replicas,
                        on_refusal=refusals.append,
                    )
                )
        except TimeoutError as error:
            if refusals:
                raise fail(f"{refusals[-1]}. Nothing was changed.") from error
            # Without the password that the address may hold.
            places = ", ".join(urlsplit(url).netloc.rpartition("@")[2] for url in settings.nats_url.split(","))
            raise fail(f"nats-server does not answer at {places}; is Relais running? Nothing was changed.") from error
        yield client
