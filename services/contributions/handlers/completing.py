"""What is added to a proposal before it is judged: what its sender need not know how to say."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

from libs.contracts.patch import Patch
from libs.contracts.structure import department_of
from libs.territories import department_of_postcode, e164
from services.contributions.domain.contribution import KnownStructure

_WITH_IDS = ("services", "overrides")
"""The lists whose items have ids."""


def completed(patch: Patch, known: KnownStructure | None) -> Patch:
    """Return a patch with telephone numbers in E.164 form, and ids for the services and overrides that have none.

    People write numbers as they are dialled from the place's territory; what is no number stays as it is.
    """
    changes: Patch = {}
    phones: Any = patch.get("phones")
    if isinstance(phones, list):
        department = _department(patch, known)
        changes["phones"] = [_with_dialled_number(item, department) for item in cast("list[Any]", phones)]
    return _with_ids({**patch, **changes})


def _department(patch: Patch, known: KnownStructure | None) -> str | None:
    address: Any = patch.get("address")
    postcode = cast("dict[str, Any]", address).get("postcode") if isinstance(address, dict) else None
    found = department_of_postcode(postcode) if isinstance(postcode, str) else None
    return department_of(known.state) if found is None and known is not None else found


def _with_dialled_number(item: Any, department: str | None) -> Any:
    if not isinstance(item, dict) or not isinstance(item.get("number"), str):  # pyright: ignore[reportUnknownMemberType] -- JSON
        return item  # pyright: ignore[reportUnknownVariableType] -- JSON
    phone = cast("dict[str, Any]", item)
    return {**phone, "number": e164(phone["number"], department) or phone["number"]}


def _with_ids(item: Patch) -> Patch:
    """Return an object whose lists of services and overrides have an id in every item, down to the last."""
    lists = {name: item[name] for name in _WITH_IDS if isinstance(item.get(name), list)}
    return {**item, **{name: [_with_id(one) for one in values] for name, values in lists.items()}}


def _with_id(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    known = cast("dict[str, Any]", item)
    return _with_ids(known if known.get("id") else {**known, "id": str(uuid4())})
