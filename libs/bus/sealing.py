"""Sealed payloads: personal data that one service hands to another, readable by that one only.

X25519 sealed boxes (libsodium). Keys are 32 raw bytes, written as base64url without padding.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

T = TypeVar("T")


class CannotUnseal(Exception):  # noqa: N818 -- a fact about the payload
    """The payload was sealed for another key, or was damaged."""


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Sealer:
    """Seals Structs for the holder of the private key that goes with `public_key`."""

    def __init__(self, public_key: str) -> None:
        self._box = SealedBox(PublicKey(_bytes(public_key)))

    def seal(self, value: msgspec.Struct) -> str:
        return urlsafe_b64encode(self._box.encrypt(msgspec.json.encode(value))).decode()


class Unsealer:
    """Opens what was sealed for this service."""

    def __init__(self, private_key: str) -> None:
        self._box = SealedBox(PrivateKey(_bytes(private_key)))

    def unseal(self, text: str, shape: type[T]) -> T:
        """Return what was sealed.

        Raises:
            CannotUnseal: see there.
        """
        try:
            return msgspec.json.decode(self._box.decrypt(urlsafe_b64decode(text)), type=shape)
        except (CryptoError, ValueError, msgspec.MsgspecError) as error:
            raise CannotUnseal("this payload was not sealed for this service, or was damaged") from error
