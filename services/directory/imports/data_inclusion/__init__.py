"""data·inclusion v1: a JSON object with its structures and services."""

from services.directory.imports.data_inclusion.document import PUBLISHER, Structures, load, own_copy

__all__ = ["PUBLISHER", "Structures", "load", "own_copy"]
