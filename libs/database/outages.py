"""Telling an outage of the database from a fault of what it was asked."""

from __future__ import annotations

from psycopg import Error, InterfaceError, OperationalError
from psycopg.errors import QueryCanceled
from psycopg_pool import PoolTimeout

_AWAY = ("08", "53", "57", "58")
"""Classes of SQLSTATE: connections, resources such as the disk, shutting down and starting, the system."""

_READ_ONLY = "25006"
"""A server that has become somebody's replica."""


def is_outage(error: BaseException) -> bool:
    """Return whether the same would befall whatever is asked now, and is over when the database is back.

    A statement that takes too long, is too complex or meets a deadlock is none, although psycopg has one class for all.
    """
    if isinstance(error, PoolTimeout | InterfaceError | ConnectionError):
        return True
    if not isinstance(error, Error) or isinstance(error, QueryCanceled):
        return False
    if error.sqlstate is None:
        return isinstance(error, OperationalError)
    return error.sqlstate[:2] in _AWAY or error.sqlstate == _READ_ONLY
