"""The published language stays readable: events written by any version are decoded by this one."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from libs.bus.events import NewEvent, UndecodableEvent, decode, filters_of, headers_of, subject_of
from libs.contracts import asyncapi
from libs.contracts.events import REGISTRY, CredentialRevoked, EventType, type_of

GOLDEN = Path(__file__).parent / "golden"
KINDS = sorted(REGISTRY.values(), key=lambda kind: kind.name)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_golden_event_is_decoded_and_written_back_with_nothing_lost(kind: EventType) -> None:
    golden = (GOLDEN / f"{kind.name}.json").read_bytes()
    data = msgspec.json.decode(golden, type=kind.data)
    assert common(json.loads(msgspec.json.encode(data)), json.loads(golden)) == json.loads(golden)


def common(written: Any, golden: Any) -> Any:
    """Return what was written, without the fields that came after the golden file."""
    if isinstance(written, dict) and isinstance(golden, dict):
        return {name: common(value, golden[name]) for name, value in written.items() if name in golden}
    if isinstance(written, list) and isinstance(golden, list) and len(written) == len(golden):
        return [common(*pair) for pair in zip(written, golden, strict=True)]
    return written


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_field_from_a_later_version_is_ignored(kind: EventType) -> None:
    golden = json.loads((GOLDEN / f"{kind.name}.json").read_bytes())
    data = msgspec.convert(golden | {"added_later": {"a": [1]}}, kind.data)
    assert data == msgspec.convert(golden, kind.data)


def test_every_golden_file_belongs_to_a_type() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(REGISTRY)


def test_the_committed_asyncapi_document_is_the_registrys() -> None:
    assert asyncapi.main(["--check"]) == 0


def test_an_envelope_survives_the_journey() -> None:
    data = CredentialRevoked(credential_id=uuid4())
    kind, event_id, correlation, now = type_of(data), uuid4(), uuid4(), datetime.now(UTC)
    new = NewEvent(data=data, aggregate_id=data.credential_id, version=7, correlation_id=correlation)
    event = decode(headers_of(new, kind, event_id, now), msgspec.json.encode(data))
    assert (event.id, event.version, event.time, event.data) == (event_id, 7, now, data)
    assert (event.correlation_id, event.causation_id) == (correlation, None)


def test_subjects_name_service_aggregate_id_event_and_version() -> None:
    identifier = UUID(int=1)
    kind = type_of(CredentialRevoked)
    assert subject_of(kind, identifier) == f"relais.accounts.credential.{identifier}.revoked.v1"
    assert filters_of(kind) == ["relais.accounts.credential.*.revoked.v1"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"{}"),
        ({"ce-type": "unheard.of.v1"}, b"{}"),
        ({"ce-type": "credential.revoked.v1", "ce-id": "not a uuid"}, b"{}"),
    ],
)
def test_what_is_not_an_event_is_refused_with_its_reason(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(UndecodableEvent, match=r"\w"):
        decode(headers, body)


def test_data_of_another_shape_is_refused() -> None:
    data = CredentialRevoked(credential_id=uuid4())
    headers = headers_of(NewEvent(data=data, aggregate_id=uuid4()), type_of(data), uuid4(), datetime.now(UTC))
    with pytest.raises(UndecodableEvent, match="credential_id"):
        decode(headers, b"{}")
