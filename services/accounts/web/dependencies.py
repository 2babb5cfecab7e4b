"""What the handlers of accounts may ask for, besides what every service's may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.di import NamedDependency

from libs.bus import Sealer
from libs.database import Pool
from libs.runtime import Settings
from libs.web.security import TokenSigner, Viewer
from services.accounts.handlers.credentials import Identity, identify


async def _identity(pool: NamedDependency[Pool], viewer: NamedDependency[Viewer | None]) -> Identity:
    async with pool.connection() as connection:
        return await identify(connection, viewer)


def dependencies(settings: Settings) -> dict[str, Callable[..., Awaitable[Any]]]:
    """Return the providers of `identity` (whose holder must be signed in), `signer` and `sealer`."""
    own_signer = TokenSigner(settings.signing_private_key or "", settings.signing_public_key)
    own_sealer = Sealer(settings.sealing_public_keys)

    async def signer() -> TokenSigner:
        return own_signer

    async def sealer() -> Sealer:
        return own_sealer

    return {"identity": _identity, "signer": signer, "sealer": sealer}
