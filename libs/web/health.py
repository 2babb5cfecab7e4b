"""Whether the process lives, and whether what it depends on answers."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec
import psycopg
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from psycopg_pool import PoolTimeout

from libs.database import Pool

PATIENCE = 2.0
"""Seconds a dependency has to answer."""


class Check(msgspec.Struct, kw_only=True, omit_defaults=True):
    status: Literal["ok", "down"]
    error: str | None = None


class Readiness(msgspec.Struct, kw_only=True):
    """The state of each dependency by name; `status` is down when any is."""

    status: Literal["ok", "down"]
    checks: dict[str, Check]


class Health(msgspec.Struct):
    status: Literal["ok"] = "ok"


@get("/healthz", summary="Tell whether the process lives", tags=["health"], opt={"quiet": True})
async def healthz() -> Health:
    """The process answers."""
    return Health()


async def _database(pool: Pool) -> Check:
    try:
        async with asyncio.timeout(PATIENCE), pool.connection(timeout=PATIENCE) as connection:
            await connection.execute("select 1")
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        return Check(status="down", error=f"the database does not answer ({type(error).__name__})")
    return Check(status="ok")


_DOWN = ResponseSpec(Readiness, description="A dependency is down.")


@get(
    "/readyz", summary="Tell whether all it needs answers", responses={503: _DOWN}, tags=["health"], opt={"quiet": True}
)
async def readyz(request: Request[Any, Any, Any], pool: NamedDependency[Pool]) -> Response[Readiness]:
    """The state of each dependency; 503 when one is down."""
    nats = request.app.state.nats
    connected = nats is not None and nats.is_connected
    checks = {
        "database": await _database(pool),
        "bus": Check(status="ok") if connected else Check(status="down", error="no connection to NATS"),
    }
    down = any(check.status == "down" for check in checks.values())
    return Response(Readiness(status="down" if down else "ok", checks=checks), status_code=503 if down else 200)
