"""The data folder of a platform: its lock, its state, and the settings that follow from it."""

from __future__ import annotations

import fcntl
import os
import shutil
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import deploy
from deploy.embedded.services import NAMES
from libs.runtime.settings import READERS
from libs.servers import ServerError, free_port, new_password, port_is_free

if TYPE_CHECKING:  # keys are made once in a life
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

DEFAULT_PORT = 8000
_NEEDED_BYTES = 200 * 2**20


class KeyPair(msgspec.Struct):
    """32 raw bytes each, base64url without padding."""

    private: str
    public: str


class Ports(msgspec.Struct):
    """Loopback TCP ports; `public` is the one people use, `services` those behind the gateway of `--split`."""

    public: int
    postgres: int
    nats: int
    smtp: int
    services: dict[str, int]


class State(msgspec.Struct):
    """What a platform chose at its first start and keeps: readable by its owner only.

    `sealing_keys` are those of each service that opens what is sealed for it, the newest first. `sealing` is
    notify's in folders from before others had any.
    """

    ports: Ports
    administrator_password: str
    nats_password: str
    database_passwords: dict[str, str]
    signing: KeyPair
    sealing_keys: dict[str, list[KeyPair]] = {}
    sealing: KeyPair | None = None
    sample_settled: bool = False


def default_home() -> Path:
    """Return the data folder: `RELAIS_HOME`, else `.relais` in the checkout."""
    given = os.environ.get("RELAIS_HOME")
    return Path(given).expanduser().absolute() if given else Path(deploy.__file__).resolve().parent.parent / ".relais"


class Home:
    """The folder at `path`: `platform.json`, `logs/`, and each server's data."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"
        self._state_file = path / "platform.json"
        self._lock: int | None = None

    def take(self) -> None:
        """Make the folder if there is none, and take it for this process alone, until the process ends.

        Raises:
            ServerError: it cannot be used, its disk is full, or another platform has it.
        """
        try:
            # Others may pass: where PostgreSQL has to run as another user, its own folder lies below.
            self.path.mkdir(mode=0o711, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except FileExistsError as error:
            raise ServerError(f"{error.filename} is not a folder; set RELAIS_HOME to one.") from error
        except OSError as error:
            raise ServerError(f"The data folder {self.path} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            where = f" at http://127.0.0.1:{self.load().ports.public}" if self._state_file.exists() else ""
            raise ServerError(f"Relais already runs on {self.path}{where}.") from error
        left = shutil.disk_usage(self.path).free
        if left < _NEEDED_BYTES:
            raise ServerError(
                f"The disk that holds {self.path} is full: {left // 2**20} MB are left, "
                f"Relais needs {_NEEDED_BYTES // 2**20} MB."
            )

    @property
    def in_use(self) -> bool:
        """Whether a platform runs on this folder."""
        try:
            probe = os.open(self.path / "lock", os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(probe)
        return False

    def load(self) -> State:
        """Return the state.

        Raises:
            ServerError: there is none, or it cannot be read.
        """
        try:
            return msgspec.json.decode(self._state_file.read_bytes(), type=State)
        except FileNotFoundError as error:
            raise ServerError(f"{self.path} holds no platform yet; start one with: make up") from error
        except PermissionError as error:
            raise ServerError(f"{self._state_file} belongs to another user; Relais may not read it.") from error
        except (OSError, msgspec.MsgspecError) as error:
            raise ServerError(
                f"{self._state_file} cannot be read ({error}); restore it, or remove {self.path} to start anew."
            ) from error

    def save(self, state: State) -> None:
        """Write the state, whole or not at all."""
        unfinished = self._state_file.with_suffix(".unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(state), indent=2))
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._state_file)
        except OSError as error:
            raise ServerError(f"{self._state_file} cannot be written: {error.strerror}.") from error

    def settle(self, port: int) -> State:
        """Return the state for a start on the public `port`, with ports that are free now, and save it.

        Call it once nothing of an earlier start runs any more.

        Raises:
            ServerError: `port` is taken, or the state cannot be read or written.
        """
        if not port_is_free(port):
            raise ServerError(
                f"Port {port} is taken by another program; stop it, or choose another port: RELAIS_PORT=8001 make up"
            )
        if self._state_file.exists():
            state = self.load()
            if state.sample_settled and not (self.path / "postgresql").exists():
                raise ServerError(
                    f"{self.path} has lost its databases, the folder postgresql; restore it, or remove {self.path} to "
                    "start anew."
                )
        elif (self.path / "postgresql").exists():
            raise ServerError(
                f"{self.path} holds data but {self._state_file.name}, with its keys, is missing; "
                "restore it, or remove the folder to start anew."
            )
        else:
            state = new_state()
        state.ports = _ports_free_now(state.ports, port)
        for name in NAMES:
            state.database_passwords.setdefault(name, new_password())
        if state.sealing is not None:
            state.sealing_keys.setdefault("notify", [state.sealing])
            state.sealing = None
        for name in READERS:
            state.sealing_keys.setdefault(name, [_new_sealing_pair()])
        self.save(state)
        return state

    def environment(self, state: State, service: str | None = None) -> dict[str, str]:
        """Return the environment of a process of `service`, or of one that runs all of them.

        What the person who starts Relais sets themselves (an SMTP server, a public address) comes first. A
        process of one service gets no other's database or private key.
        """
        ports = state.ports
        defaults = {
            "RELAIS_PUBLIC_URL": f"http://127.0.0.1:{ports.public}",
            "RELAIS_SMTP_URL": f"smtp://127.0.0.1:{ports.smtp}",
            "RELAIS_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        own = {
            "RELAIS_HOME": str(self.path),
            "RELAIS_NATS_URL": f"nats://relais:{state.nats_password}@127.0.0.1:{ports.nats}",
            "RELAIS_SIGNING_PUBLIC_KEY": state.signing.public,
            "RELAIS_MAILBOX_URL": f"http://127.0.0.1:{ports.public}/boite",
            "RELAIS_MAILBOX_SMTP_PORT": str(ports.smtp),
        }
        if service is not None:
            own["RELAIS_TRUSTED_PROXIES"] = "127.0.0.1"  # the gateway, which is told of those before it
        if service in {None, "accounts"}:
            own["RELAIS_SIGNING_PRIVATE_KEY"] = state.signing.private
        for reader, pairs in state.sealing_keys.items():
            own[f"RELAIS_{reader.upper()}_SEALING_PUBLIC_KEY"] = pairs[0].public
            if service in {None, reader}:
                own[f"RELAIS_{reader.upper()}_SEALING_PRIVATE_KEYS"] = ",".join(pair.private for pair in pairs)
        for name in NAMES if service is None else (service,):
            own[f"RELAIS_{name.upper()}_DATABASE_URL"] = (
                f"postgresql://relais_{name}:{state.database_passwords[name]}"
                f"@127.0.0.1:{ports.postgres}/relais_{name}?sslmode=disable"
            )
        return defaults | dict(os.environ) | own


def _ports_free_now(before: Ports, public: int) -> Ports:
    """Return a port for each, no two alike: that of `before` where it is free still."""
    taken = {public}

    def settled(was: int) -> int:
        port = was if was and was not in taken and port_is_free(was) else free_port(taken)
        taken.add(port)
        return port

    return Ports(
        public=public,
        postgres=settled(before.postgres),
        nats=settled(before.nats),
        smtp=settled(before.smtp),
        services={name: settled(before.services.get(name, 0)) for name in NAMES},
    )


def new_state() -> State:
    """Return the state of a platform that never ran: new passwords and keys, no ports yet."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 -- once in a life

    return State(
        ports=Ports(public=DEFAULT_PORT, postgres=0, nats=0, smtp=0, services={}),
        administrator_password=new_password(),
        nats_password=new_password(),
        database_passwords={},
        signing=_pair(Ed25519PrivateKey.generate()),
        sealing_keys={reader: [_new_sealing_pair()] for reader in READERS},
    )


def _new_sealing_pair() -> KeyPair:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey  # noqa: PLC0415 -- once in a life

    return _pair(X25519PrivateKey.generate())


def _pair(key: Ed25519PrivateKey | X25519PrivateKey) -> KeyPair:
    raw = (key.private_bytes_raw(), key.public_key().public_bytes_raw())
    return KeyPair(*(urlsafe_b64encode(part).decode().rstrip("=") for part in raw))
