"""How much one caller may ask for, and the headers that say so (docs/decisions/0008)."""

from __future__ import annotations

from collections import Counter
from time import time as now
from typing import Any

import msgspec
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Message, Scope

from libs.web.clients import network_of
from libs.web.problems import SENTENCES, Problem
from libs.web.security import viewer_of

_USES = "relais.uses"


class Quota(msgspec.Struct, kw_only=True, frozen=True):
    """At most `most` requests of one caller in `seconds`; `name` is what the headers call it."""

    name: str
    most: int
    seconds: int


class Use(msgspec.Struct, kw_only=True, frozen=True):
    """How many requests of a quota a caller has made, this one included; counting starts anew in `seconds`."""

    quota: Quota
    count: int
    seconds: int


class Counters:
    """Counts the requests that this process answers, by caller, from the start of each window of a quota."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._window = 0
        self._counts: Counter[str] = Counter()

    def count(self, caller: str, moment: float) -> Use:
        """Count a request of `caller` at `moment` (Unix seconds)."""
        window, elapsed = divmod(int(moment), self._quota.seconds)
        if window != self._window:
            self._window, self._counts = window, Counter()
        self._counts[caller] += 1
        return Use(quota=self._quota, count=self._counts[caller], seconds=self._quota.seconds - elapsed)


def enforce(connection: ASGIConnection[Any, Any, Any, Any], use: Use, message: str = SENTENCES[429]) -> None:
    """Have the answer say how a quota stands, and refuse the request when it is used up.

    `message` may hold `%(minutes)s`, how long to wait.

    Raises:
        Problem: 429, with Retry-After.
    """
    uses: list[Use] = connection.scope.setdefault(_USES, [])  # type: ignore[typeddict-item] -- a key of ours
    uses.append(use)
    if use.count > use.quota.most:
        parameters = {"minutes": -(-use.seconds // 60)}
        raise Problem(429, "too-many", message, parameters=parameters, headers={"Retry-After": str(use.seconds)})


async def count_api_request(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Guard: count a request to the API for whoever signed in, else for the network it comes from.

    Raises:
        Problem: 429, they asked too often.
    """
    if connection.scope["path"].startswith("/api/v1/"):
        viewer = viewer_of(connection)
        caller = str(viewer.id) if viewer else network_of(connection)
        enforce(connection, connection.app.state.counters.count(caller, now()))


async def limit_headers(message: Message, scope: Scope) -> None:
    """Add to an answer the quotas that counted its request, and how they stand."""
    uses: list[Use] | None = scope.get(_USES)  # type: ignore[assignment] -- likewise
    if message["type"] == "http.response.start" and uses:
        headers = MutableScopeHeaders.from_message(message)
        headers["RateLimit-Policy"] = ", ".join(
            f'"{use.quota.name}";q={use.quota.most};w={use.quota.seconds}' for use in uses
        )
        headers["RateLimit"] = ", ".join(
            f'"{use.quota.name}";r={max(0, use.quota.most - use.count)};t={use.seconds}' for use in uses
        )
