"""Opaque cursors of keyset pagination: where the next page goes on."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TypeVar

import msgspec

from libs.contracts.validation import FieldError
from libs.web.language import N_
from libs.web.problems import SENTENCES, Problem

T = TypeVar("T", bound=msgspec.Struct)


def encode_cursor(position: msgspec.Struct) -> str:
    """Return a position (a Struct of the sort key) as the text of a `next`."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(text: str, shape: type[T], *, field: str = "after") -> T:
    """Return the position in a cursor.

    Raises:
        Problem: 422, naming `field`: the text is not a cursor that we gave.
    """
    try:
        return msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (ValueError, msgspec.MsgspecError) as error:
        message = N_("This cursor is not one that we gave. Start again without it.")
        raise Problem(422, "invalid", SENTENCES[422], errors=[FieldError(field=field, message=message)]) from error
