"""PostgreSQL: the pool, named queries from .sql files, rows as Structs, migrations."""

from libs.database.outages import is_outage
from libs.database.pool import Connection, Pool, open_pool, open_session
from libs.database.queries import Queries, fetch_all, fetch_one, rows_as

__all__ = [
    "Connection",
    "Pool",
    "Queries",
    "fetch_all",
    "fetch_one",
    "is_outage",
    "open_pool",
    "open_session",
    "rows_as",
]
