"""The directory's queries, by name."""

from libs.database import Queries

SQL = Queries("services.directory")
