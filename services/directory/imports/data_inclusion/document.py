"""The document: its structures, each with its services, and what belongs to none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from libs.contracts.shapes import shape_error
from libs.contracts.structure import Structure, public_part
from services.directory.exports.data_inclusion import lines_of, own_id, own_service_id
from services.directory.exports.freshness import informed_on
from services.directory.imports.building import draft
from services.directory.imports.data_inclusion.rows import PublishedService, PublishedStructure, read_structure
from services.directory.imports.drafts import Draft, Loss, Reject, UnreadableFile
from services.directory.imports.publishers import DATA_INCLUSION as PUBLISHER
from services.directory.imports.reading import opened

LARGEST = 64 * 1024 * 1024
"""Bytes of JSON that are read: unlike tables, they are held in memory."""

_BYTE = re.compile(r"\(byte (\d+)\)")


class _Document(msgspec.Struct):
    structures: list[Any]
    services: list[Any] = []


class Structures:
    """The structures of a document with their services.

    `total` counts the structures, and the services that belong to none of them: these are rejected.
    """

    def __init__(self, document: _Document) -> None:
        self._structures = [_object(raw) for raw in document.structures]
        self._services: dict[str, list[dict[str, Any]]] = {}
        for raw in document.services:
            service = _object(raw)
            self._services.setdefault(_identifier(service, "structure_id"), []).append(service)
        owners = {_identifier(structure, "id") for structure in self._structures} - {""}
        self._orphans = [one for owner in self._services.keys() - owners for one in self._services[owner]]
        self.total = len(self._structures) + len(self._orphans)

    def drafts(self, retrieved_on: date | None) -> Iterator[Draft | Reject]:
        """Yield what each structure becomes, row 1 being the first; then the services of none."""
        for row, plain in enumerate(self._structures, start=1):
            try:
                structure = msgspec.convert(plain, PublishedStructure)
            except msgspec.ValidationError as error:
                yield Reject(
                    row=row,
                    reason=f"Not a structure of data·inclusion. {_sentence(error, PublishedStructure)}",
                    raw=plain,
                )
                continue
            losses: list[Loss] = []
            services: list[PublishedService] = []
            for one in self._services.get(structure.id, ()):
                try:
                    services.append(msgspec.convert(one, PublishedService))
                except msgspec.ValidationError as error:
                    losses.append(
                        Loss("value refused", f"service {one.get('id')}: {_sentence(error, PublishedService)}")
                    )
            own = own_id(structure.source, structure.id)
            if own is not None:
                for service in services:
                    service.id = own_service_id(structure.id, service.id)
            read = read_structure(structure, services, losses)
            result = draft(row, read, losses, publisher=PUBLISHER, retrieved_on=retrieved_on, raw=plain)
            yield msgspec.structs.replace(result, own_id=own) if isinstance(result, Draft) else result
        for row, plain in enumerate(self._orphans, start=len(self._structures) + 1):
            yield Reject(row=row, reason="The service belongs to no structure of the file.", raw=plain)


def load(path: Path) -> Structures:
    """Read a document whole.

    Raises:
        UnreadableFile: it is too large, no JSON, or not of this standard.
    """
    with opened(path) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise UnreadableFile(f"The JSON file holds more than {LARGEST // 1024**2} megabytes: cut it into parts.")
    try:
        content.decode()
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=_Document)
    except UnicodeDecodeError:
        raise UnreadableFile("The JSON file is not in UTF-8: save it as UTF-8.") from None
    except msgspec.ValidationError as error:
        raise UnreadableFile(
            "The JSON file is not data·inclusion (an object with lists “structures” and “services”). "
            + _sentence(error, _Document)
        ) from None
    except msgspec.DecodeError as error:
        raise UnreadableFile(_broken(str(error), content)) from None
    if not document.structures:
        raise UnreadableFile("The JSON file holds no structure.")
    return Structures(document)


def own_copy(structure: Structure) -> Draft | Reject:
    """Return what our own export of a structure is read as."""
    lines = lines_of(public_part(structure), informed_on(structure, by_hand=False))
    text = f'{{"structures":[{lines.structure}],"services":[{lines.services}]}}'
    return next(Structures(msgspec.json.decode(text, type=_Document)).drafts(None))


def _sentence(error: msgspec.ValidationError, shape: Any) -> str:
    """Return what is wrong with the shape of JSON, such as `adresse: A text is expected here.`, in a sentence."""
    found = shape_error("", str(error), shape)
    return ": ".join(filter(None, (found.field, found.message % found.parameters)))


def _broken(said: str, content: bytes) -> str:
    """Return where JSON stops to be any, from what msgspec says of it."""
    place = _BYTE.search(said)
    if place is None:
        return "The JSON is cut short: fetch the file again."
    read = content.removeprefix(b"\xef\xbb\xbf")[: int(place[1])]
    line, column = read.count(b"\n") + 1, len(read) - read.rfind(b"\n")
    return f"The JSON is broken at line {line}, column {column}: something is missing or too much there."


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}  # pyright: ignore[reportUnknownVariableType] -- JSON


def _identifier(plain: dict[str, Any], name: str) -> str:
    value = plain.get(name)
    return value if isinstance(value, str) else ""
