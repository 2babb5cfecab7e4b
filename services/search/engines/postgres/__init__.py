"""The engine on PostgreSQL: full text with weights, prefixes, mistyped words, distances, counts.

Enough for a country's directory on one small machine.
"""

from services.search.engines.postgres.engine import PostgresEngine

__all__ = ["PostgresEngine"]
