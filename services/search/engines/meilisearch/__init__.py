"""The engine on Meilisearch, beside the tables of the one on PostgreSQL: docs/decisions/0015-meilisearch.md."""

from services.search.engines.meilisearch.engine import MeilisearchEngine
from services.search.engines.meilisearch.server import MasterKeyGiven, MeilisearchAway, Refused, Server

__all__ = ["MasterKeyGiven", "MeilisearchAway", "MeilisearchEngine", "Refused", "Server"]
