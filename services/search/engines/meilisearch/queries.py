"""What is asked of the service's own database."""

from __future__ import annotations

from libs.database import Queries

SQL = Queries("services.search.engines.meilisearch")
