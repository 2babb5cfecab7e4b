"""As whom a server runs that refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from libs.servers.process import ServerError

_NOBODY = 65534


@dataclass(frozen=True)
class Identity:
    """A user a server can run as: the command that becomes them, and the owner their files have."""

    prefix: tuple[str, ...]
    owner: int


def _become(uid: int, *capabilities: str) -> Identity:
    kept = [f"--{group}-caps=+{name}" for name in capabilities for group in ("inh", "ambient")]
    return Identity(("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *kept, "--"), uid)


def _in_namespace() -> Identity:
    """Return who is somebody else to the program alone: outside the namespace, files stay the starter's.

    initdb wants a user that the system knows by name.
    """
    known = next((str(entry.pw_uid) for entry in pwd.getpwall() if entry.pw_uid), str(_NOBODY))
    return Identity(("unshare", "--user", f"--map-user={known}", f"--map-group={known}", "--"), os.geteuid())


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _candidates(folder: Path) -> Iterator[Identity]:
    """Yield whom root could become for the sake of `folder`, best first."""
    owner = (folder if folder.exists() else folder.parent).stat().st_uid
    if owner == 0 and shutil.which("unshare"):
        yield _in_namespace()
    if owner == 0 and folder.exists():
        return
    user = owner or _NOBODY
    yield _become(user)
    yield _become(user, "dac_override")  # the way to the folder may be closed to others, as root's home is


def choose_identity(folder: Path, program: Path) -> Identity:
    """Return as whom `program` can run with its data in `folder`, whose parent exists.

    An ordinary user stays who they are, unless the system has no name for them. Root enters a user namespace, in
    which it is not root although the files it makes are root's, so that nothing has to be given away; where that is
    refused, as in many containers, root becomes an unprivileged user.

    Raises:
        ServerError: none of this works here.
    """
    if os.geteuid() != 0:
        known = _is_known(os.geteuid()) or not _works(_in_namespace(), folder, program)
        return Identity((), os.geteuid()) if known else _in_namespace()
    for identity in _candidates(folder):
        if _works(identity, folder, program):
            return identity
    raise ServerError(
        f"{program.name} refuses to run as root, and cannot reach {folder} as another user; "
        "start Relais as an ordinary user, or set RELAIS_HOME to a folder that every user can reach."
    )


def _works(identity: Identity, folder: Path, program: Path) -> bool:
    """Tell whether `program` starts under `identity`, which can enter the folder it will own."""
    reached = folder if folder.exists() else folder.parent
    # Not `test -x` for the folder, which does not count capabilities.
    for trial in ([str(program), "--version"], ["stat", "--", f"{reached}/."]):
        tried = subprocess.run(  # noqa: S603 -- the commands are ours
            [*identity.prefix, *trial],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            cwd="/",
            start_new_session=True,  # Ctrl-C must not look like a refusal
        )
        if tried.returncode:
            return False
    return True
