"""Settings, read once from `RELAIS_*` environment variables; docs/settings.md lists them all."""

from __future__ import annotations

import os
import re
from base64 import b64decode
from collections.abc import Mapping
from typing import Literal, TypeAlias, cast, get_args
from urllib.parse import urlsplit

import msgspec

from libs.contracts.events import ServiceName
from libs.runtime.networks import Networks

API_LIMIT = 6_000

MAP_TILES = "https://a.tile.openstreetmap.fr/osmfr/{z}/{x}/{y}.png"
MAP_ATTRIBUTION = (
    '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> · '
    '<a href="https://www.openstreetmap.fr">OpenStreetMap France</a>'
)

_TILES = re.compile(r"https?://[a-z0-9.:-]+/[^{}\s]*(\{[zxy]\}[^{}\s]*){3}", re.IGNORECASE)


SearchEngine: TypeAlias = Literal["postgres", "meilisearch"]


class MissingSetting(Exception):  # noqa: N818 -- it names what is missing
    """A setting without a default was not given, or cannot be read."""


SEALS_FOR: Mapping[ServiceName, tuple[ServiceName, ...]] = {
    "accounts": ("notify",),
    "contributions": ("notify", "directory"),
}
"""The services that each hands personal data to, sealed."""

READERS: tuple[ServiceName, ...] = ("notify", "directory")
"""The services that open what is sealed for them, with private keys of their own."""


class Settings(msgspec.Struct, kw_only=True, frozen=True):
    """The settings of one service's processes.

    `database_url` is the service's own database; a process is never given another's. Keys are base64url
    text: Ed25519 for what accounts signs, X25519 for what one service seals for another. A private key is given
    only to the service that owns it, and is None elsewhere. `sealing_public_keys` are those of the readers that
    this service seals for; `sealing_private_keys`, the newest first, open what was sealed for it. `nats_replicas`
    is how many servers keep a copy of each stream. `api_limit` is how many API requests a caller may make in a
    minute. `map_tiles` is the address of the pieces of the background of maps, with {z}, {x} and {y} in it, None where
    no map is shown; `map_attribution` says in HTML whose they are. `search_engine` is the one that search runs on, and
    only search needs what follows it.
    `replica` names a further search, with a database of its own, beside the main one, whose database is at
    `main_database_url`.
    """

    service: ServiceName
    database_url: str
    nats_url: str = "nats://127.0.0.1:4222"
    nats_replicas: int = 1
    public_url: str = "http://127.0.0.1:8000"
    signing_public_key: str
    signing_private_key: str | None = None
    sealing_public_keys: Mapping[ServiceName, str] = {}
    sealing_private_keys: tuple[str, ...] = ()
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "Relais <relais@localhost>"
    mailbox_url: str | None = None
    webhook_networks: Networks = Networks()
    trusted_proxies: Networks = Networks()
    api_limit: int = API_LIMIT
    map_tiles: str | None = MAP_TILES
    map_attribution: str = MAP_ATTRIBUTION
    search_engine: SearchEngine = "postgres"
    meilisearch_url: str = "http://127.0.0.1:7700"
    meilisearch_key: str | None = None
    meilisearch_index: str = "relais_structures"
    replica: str | None = None
    main_database_url: str | None = None

    @property
    def secure(self) -> bool:
        """Whether people reach the platform by HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def map_host(self) -> str | None:
        """Where the background of maps comes from, as a security policy names it: `https://tiles.example.org`."""
        if self.map_tiles is None:
            return None
        parts = urlsplit(self.map_tiles)
        return f"{parts.scheme}://{parts.netloc}"


def read_networks(name: str, environment: Mapping[str, str] = os.environ) -> Networks:
    """Return the networks that the variable `name` lists; none where it is not set.

    Raises:
        MissingSetting: it cannot be read.
    """
    try:
        return Networks(environment.get(name, ""))
    except ValueError as error:
        raise MissingSetting(f"{name}: {error}") from error


def _read_count(name: str, environment: Mapping[str, str], default: int) -> int:
    text = environment.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise MissingSetting(f"{name}: {text!r} is not a whole number from 1")
    return int(text)


def _read_engine(environment: Mapping[str, str]) -> SearchEngine:
    text = environment.get("RELAIS_SEARCH_ENGINE", "postgres")
    if text not in get_args(SearchEngine):
        raise MissingSetting(f"RELAIS_SEARCH_ENGINE: {text!r} is none of {', '.join(get_args(SearchEngine))}")
    return cast("SearchEngine", text)


def _read_tiles(environment: Mapping[str, str]) -> str | None:
    text = environment.get("RELAIS_MAP_TILES", MAP_TILES).strip()
    if text and not (_TILES.fullmatch(text) and all(part in text for part in ("{z}", "{x}", "{y}"))):
        raise MissingSetting(f"RELAIS_MAP_TILES: {text!r} is no address such as {MAP_TILES}")
    return text or None


def _read_replica(environment: Mapping[str, str]) -> str | None:
    text = environment.get("RELAIS_SEARCH_REPLICA", "")
    if text and not re.fullmatch(r"[a-z0-9]{1,20}", text):
        raise MissingSetting(f"RELAIS_SEARCH_REPLICA: {text!r} is not a name of small letters and digits, 20 at most")
    return text or None


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)) == 32
    except ValueError:
        return False


def read_settings(service: ServiceName, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of `service`.

    Raises:
        MissingSetting: a variable without a default is absent, or one cannot be read.
    """

    def required(name: str) -> str:
        if not (value := environment.get(name)):
            raise MissingSetting(f"{service} needs the environment variable {name}; see docs/settings.md")
        return value

    def optional(name: str, *, owner: ServiceName) -> str | None:
        return required(name) if service == owner else None

    def sealing_keys(name: str) -> tuple[str, ...]:
        keys = tuple(text.strip() for text in required(name).split(","))
        if not all(map(_is_key, keys)):
            raise MissingSetting(f"{name}: a key is 32 bytes, written as base64url; see docs/settings.md")
        return keys

    def sealing_key(name: str) -> str:
        newest, *older = sealing_keys(name)
        if older:
            raise MissingSetting(f"{name} is one key: what is sealed is sealed for the newest; see docs/settings.md")
        return newest

    replica = _read_replica(environment) if service == "search" else None
    return Settings(
        service=service,
        database_url=required(f"RELAIS_{service.upper()}_DATABASE_URL"),
        nats_url=environment.get("RELAIS_NATS_URL", "nats://127.0.0.1:4222"),
        nats_replicas=_read_count("RELAIS_NATS_REPLICAS", environment, 1),
        public_url=environment.get("RELAIS_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/"),
        signing_public_key=required("RELAIS_SIGNING_PUBLIC_KEY"),
        signing_private_key=optional("RELAIS_SIGNING_PRIVATE_KEY", owner="accounts"),
        sealing_public_keys={
            reader: sealing_key(f"RELAIS_{reader.upper()}_SEALING_PUBLIC_KEY") for reader in SEALS_FOR.get(service, ())
        },
        sealing_private_keys=(
            sealing_keys(f"RELAIS_{service.upper()}_SEALING_PRIVATE_KEYS") if service in READERS else ()
        ),
        smtp_url=environment.get("RELAIS_SMTP_URL", "smtp://127.0.0.1:25"),
        mail_from=environment.get("RELAIS_MAIL_FROM", "Relais <relais@localhost>"),
        mailbox_url=environment.get("RELAIS_MAILBOX_URL"),
        webhook_networks=read_networks("RELAIS_WEBHOOK_NETWORKS", environment),
        trusted_proxies=read_networks("RELAIS_TRUSTED_PROXIES", environment),
        api_limit=_read_count("RELAIS_API_LIMIT", environment, API_LIMIT),
        map_tiles=_read_tiles(environment),
        map_attribution=environment.get("RELAIS_MAP_ATTRIBUTION", MAP_ATTRIBUTION),
        search_engine=_read_engine(environment),
        meilisearch_url=environment.get("RELAIS_MEILISEARCH_URL", "http://127.0.0.1:7700").rstrip("/"),
        meilisearch_key=environment.get("RELAIS_MEILISEARCH_KEY") or None,
        meilisearch_index=environment.get("RELAIS_MEILISEARCH_INDEX", "relais_structures"),
        replica=replica,
        main_database_url=required("RELAIS_SEARCH_MAIN_DATABASE_URL") if replica else None,
    )
