"""How tables are asked."""

from __future__ import annotations

from typing import Any

import msgspec
from psycopg.types.json import Jsonb

from libs.database import Queries

SQL = Queries("services.contributions")

Scope = list[str] | None
"""The departments that may be read: an argument of every query of staff; None means all."""


def json(value: Any) -> Jsonb:
    """Return any Struct or plain value, ready for a jsonb column."""
    return Jsonb(value, dumps=msgspec.json.encode)
