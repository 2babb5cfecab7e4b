"""Which service answers a path, and whether all of them are ready."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from libs.runtime import Service

PATIENCE = 5.0
"""Seconds a service has to say whether it is ready."""


class Routes:
    """The services' routes in their order; the first that matches the whole path wins."""

    def __init__(self, services: Iterable[Service], *, fallback: str) -> None:
        services = list(services)
        self._rules = [
            *(
                (re.compile(rf"/api/openapi/{service.name}(\.json)?|/metrics/{service.name}"), service.name)
                for service in services
            ),
            *((re.compile(route), service.name) for service in services for route in service.routes),
            (re.compile(r"/static/.*"), fallback),
        ]
        self._fallback = fallback

    def service_for(self, path: str) -> str:
        """Return the name of the service that answers `path`."""
        for pattern, name in self._rules:
            if pattern.fullmatch(path):
                return name
        return self._fallback


async def readiness(clients: Mapping[str, httpx.AsyncClient]) -> tuple[int, dict[str, Any]]:
    """Ask every service for its `/readyz`; return the status (503 when one is down) and the answers by service."""
    states = await asyncio.gather(*(_ready(client) for client in clients.values()))
    down = any(state["status"] != "ok" for state in states)
    checks = dict(zip(clients, states, strict=True))
    return (503 if down else 200), {"status": "down" if down else "ok", "checks": checks}


async def _ready(client: httpx.AsyncClient) -> dict[str, Any]:
    try:
        answer = await asyncio.wait_for(client.get("/readyz"), PATIENCE)
        state: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError, TimeoutError) as error:
        return {"status": "down", "error": f"the service does not answer ({type(error).__name__})"}
    return state
