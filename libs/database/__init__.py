"""PostgreSQL: the pool, named queries from .sql files, rows as Structs, migrations."""

from libs.database.pool import Connection, Pool, open_pool
from libs.database.queries import Queries, rows_as

__all__ = ["Connection", "Pool", "Queries", "open_pool", "rows_as"]
