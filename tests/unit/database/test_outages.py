"""An outage of the database is waited for; a fault of what it was asked is not."""

from __future__ import annotations

import psycopg
import pytest

from libs.database import is_outage


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (psycopg.OperationalError("connection lost"), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (ConnectionResetError(), True),
        (psycopg.errors.ProgramLimitExceeded(), False),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.UniqueViolation(), False),
        (ValueError(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_outage_is_told_from_a_fault_of_the_statement(error: Exception, *, outage: bool) -> None:
    assert is_outage(error) is outage
