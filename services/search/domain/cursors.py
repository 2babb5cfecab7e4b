"""Cursors: where the next page of one search goes on, readable by us alone."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from math import isfinite

import msgspec

from services.search.domain.requests import Position, SearchRequest

_SEAL_BYTES = 16


class BadCursor(Exception):  # noqa: N818 -- a finding about what was sent
    """The text is not a cursor that we gave, or one of another search."""


class Cursors:
    """Writes and reads cursors, sealed with a secret that every process of the service knows."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"search cursors\0" + secret.encode()).digest()

    def write(self, position: Position, request: SearchRequest) -> str:
        """Return the `next` of a page of `request` whose last hit stands at `position`."""
        body = msgspec.json.encode(position)
        return urlsafe_b64encode(self._seal(body, request) + body).decode().rstrip("=")

    def read(self, text: str, request: SearchRequest) -> Position:
        """Return the position in a cursor.

        Raises:
            BadCursor: see there.
        """
        try:
            content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            seal, body = content[:_SEAL_BYTES], content[_SEAL_BYTES:]
            if not hmac.compare_digest(seal, self._seal(body, request)):
                raise BadCursor(text)
            position = msgspec.json.decode(body, type=Position)
        except (ValueError, msgspec.MsgspecError) as error:
            raise BadCursor(text) from error
        if not (isfinite(position.score) and isfinite(position.reach)):
            raise BadCursor(text)
        return position

    def _seal(self, body: bytes, request: SearchRequest) -> bytes:
        """Bind a position to its search: what is asked for, whatever the page and the moment."""
        times = dict.fromkeys(("open_at", "open_until", "asked_at", "closed_at"))
        asked = msgspec.structs.replace(request, after=None, per_page=0, **times)
        search = msgspec.json.encode((asked, request.open_at is not None, request.closed_at is not None))
        return hmac.digest(self._key, body + b"\0" + search, "sha256")[:_SEAL_BYTES]
