"""Sealed payloads: personal data that one service hands to another, readable by that one only.

X25519 sealed boxes (libsodium). Keys are 32 raw bytes, written as base64url without padding. A sealed text is
`<key id>.<base64url>`: the id, derived from the public key, says which key opens it, so that a reader may hold
several while one is rotated out.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from libs.contracts.events import ServiceName

T = TypeVar("T")


class CannotUnseal(Exception):  # noqa: N818 -- a fact about the payload
    """The payload was sealed for another key, or was damaged."""


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _id_of(key: PublicKey) -> str:
    return base64url(hashlib.blake2b(bytes(key), digest_size=6).digest())


class Sealer:
    """Seals Structs for other services, by the public key of each."""

    def __init__(self, public_keys: Mapping[ServiceName, str]) -> None:
        keys = {reader: PublicKey(_bytes(text)) for reader, text in public_keys.items()}
        self._boxes = {reader: (_id_of(key), SealedBox(key)) for reader, key in keys.items()}

    def seal(self, value: msgspec.Struct, reader: ServiceName) -> str:
        """Return `value` sealed for `reader`, whose public key must be known."""
        key_id, box = self._boxes[reader]
        return f"{key_id}.{base64url(box.encrypt(msgspec.json.encode(value)))}"


class Unsealer:
    """Opens what was sealed for this service, with any of its private keys."""

    def __init__(self, private_keys: Sequence[str]) -> None:
        keys = [PrivateKey(_bytes(text)) for text in private_keys]
        self._boxes = {_id_of(key.public_key): SealedBox(key) for key in keys}

    def unseal(self, text: str, shape: type[T]) -> T:
        """Return what was sealed.

        Raises:
            CannotUnseal: see there.
        """
        key_id, _, sealed = text.rpartition(".")
        if key_id and key_id not in self._boxes:
            held = ", ".join(self._boxes) or "none"
            raise CannotUnseal(f"sealed for another key: {key_id[:16]}; this service holds {held}")
        # Before sealed texts said their key, they were for whichever opens them.
        for box in [self._boxes[key_id]] if key_id else self._boxes.values():
            try:
                return msgspec.json.decode(box.decrypt(_bytes(sealed)), type=shape)
            except CryptoError:
                continue
            except (ValueError, msgspec.MsgspecError) as error:
                raise CannotUnseal("what was sealed is damaged") from error
        raise CannotUnseal("what was sealed is damaged" if key_id else "sealed for another key, or damaged")
