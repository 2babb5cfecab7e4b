"""The services of this platform: the only list of them all."""

from __future__ import annotations

import importlib.util
from importlib import import_module
from pathlib import Path

from libs.database.migrations import with_libraries
from libs.runtime import Service

PACKAGES = {
    "directory": "services.directory",
    "search": "services.search",
    "contributions": "services.contributions",
    "notify": "services.notify",
    "accounts": "services.accounts",
    "mailbox": "deploy.embedded.mailbox",
}
"""Service name to its package. Where two services answer one path, the first named does."""

NAMES = tuple(name for name, package in PACKAGES.items() if importlib.util.find_spec(f"{package}.service") is not None)
COMMANDS = {
    "import": "services.directory.commands:import_command",
    "token": "services.accounts.commands:token_command",
    "signin-link": "services.accounts.commands:signin_link_command",
}
"""What services add to the command line, and where each command is."""

FALLBACK = "search"
"""The service whose "not found" page people see where nothing is."""


def load(names: tuple[str, ...] = NAMES) -> list[Service]:
    """Import the composition roots of the services called `names`."""
    return [import_module(f"{PACKAGES[name]}.service").service for name in names]


def migrations(name: str) -> list[Path]:
    """Return the folders of migrations of a service, without importing it."""
    return with_libraries(_folder(PACKAGES[name]) / "migrations")


def _folder(package: str) -> Path:
    specification = importlib.util.find_spec(package)
    if specification is None or specification.origin is None:
        raise ModuleNotFoundError(package)
    return Path(specification.origin).parent
