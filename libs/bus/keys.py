"""Pairs of keys for what is sealed. `python -m libs.bus.keys` prints a new one."""

from __future__ import annotations

import sys
from typing import NamedTuple

from nacl.public import PrivateKey

from libs.bus.sealing import base64url


class SealingKeys(NamedTuple):
    """A private key and the public key that seals for its holder."""

    private: str
    public: str


def new_sealing_keys() -> SealingKeys:
    key = PrivateKey.generate()
    return SealingKeys(base64url(bytes(key)), base64url(bytes(key.public_key)))


if __name__ == "__main__":
    keys = new_sealing_keys()
    sys.stdout.write(f"private {keys.private}\npublic  {keys.public}\n")
