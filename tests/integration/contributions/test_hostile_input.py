from __future__ import annotations

import copy
import functools
import itertools
import json
import operator
from collections import Counter
from typing import TYPE_CHECKING, Any

from libs.contracts.structure import StructureContent
from libs.testing.hostile import assail
from libs.testing.web import bearer

if TYPE_CHECKING:
    from conftest import Desk


def nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"name": value}
    return value


VALUES: list[Any] = [
    *(None, True, -1, 2**70, 1e308, [], {}, [[]] * 300, [None], {"name": {"name": 1}}, nested(400)),
    *("", " ", "\x00", "\u202e", "x" * 100_000, "<script>", "' or 1=1 --", "{{ 7 * 7 }}", "%s%(n)s", "2026-02-31"),
]
PATHS = [
    *((name,) for name in StructureContent.__struct_fields__),
    *(("address", name) for name in ("street", "postcode", "latitude", "department", "precision")),
    *(("phones", 0, name) for name in ("number", "label", "visibility")),
    *(("services", 0, name) for name in ("id", "category", "opening_hours", "publics", "overrides")),
    *(("overrides", 0, name) for name in ("id", "kind", "starts_on", "ends_on", "opening_hours")),
]


async def test_whatever_is_sent_to_the_api_gets_a_documented_answer(desk: Desk) -> None:
    known = {"contribution_id": await desk.proposed()}
    statuses = await assail(desk.client, "contributions", headers=bearer("administrator"), known=known)
    assert {200, 400, 404, 409, 422} <= set(statuses), statuses


async def test_a_proposal_with_anything_in_any_place_is_kept_or_refused_with_the_field(desk: Desk):
    statuses: Counter[int] = Counter()
    headers = bearer("partner")
    for value, path in itertools.product(VALUES, PATHS):
        answer = await desk.client.post(
            "/api/v1/contributions", content=proposal_with(desk.place, path, value), headers=headers
        )
        statuses[answer.status_code] += 1
        assert answer.status_code in {202, 400, 422}, (value, path, answer.text)
        if answer.status_code == 422:
            fields = {error["field"].partition(".")[0] for error in answer.json()["errors"]}
            assert fields == {"proposed"}, (value, path, answer.text)
    assert statuses[202], statuses
    assert statuses[422], statuses


def proposal_with(place: dict[str, Any], path: tuple[Any, ...], value: Any) -> str:
    """Return the JSON of a proposal that is right but for `value` at `path`."""
    override = {"id": "a", "kind": "closure", "starts_on": "2026-12-24"}
    proposed: Any = copy.deepcopy({**place, "overrides": [override]})
    inner = functools.reduce(operator.getitem, path[:-1], proposed)
    inner[path[-1]] = value
    return json.dumps({"kind": "addition", "proposed": proposed})
