"""Hostile input: requests made from a service's own OpenAPI document, right and wrong, and what every answer is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks as general_checks
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks as openapi_checks

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES") or 15)
"""Requests to each operation; `make hostile` sends more than `make test`."""

_SCHEMATHESIS: Any = schemathesis  # its types are partly unknown
_GENERAL: Any = general_checks
_OPENAPI: Any = openapi_checks

CHECKS = [
    _GENERAL.not_a_server_error,
    _OPENAPI.status_code_conformance,
    _OPENAPI.content_type_conformance,
    _OPENAPI.response_headers_conformance,
    _OPENAPI.response_schema_conformance,
]


async def assail(
    client: httpx.AsyncClient,
    service: str,
    *,
    headers: Mapping[str, str],
    known: Mapping[str, str] | None = None,
    examples: int = EXAMPLES,
) -> Counter[int]:
    """Send `examples` requests to each operation of a service's API, and check each answer against the document.

    Some requests keep to the document, some do not; they are the same in each run. `known` are values of path
    parameters that exist: half of the requests use them. Returns how often each status came.

    Raises:
        AssertionError, ExceptionGroup: an answer is a failure of ours, or not as documented.
    """
    document = (await client.get(f"/api/openapi/{service}.json")).raise_for_status().json()
    operations: list[Any] = [found.ok() for found in _SCHEMATHESIS.openapi.from_dict(document).get_all_operations()]
    statuses: Counter[int] = Counter()
    for operation in sorted(operations, key=_is_deletion):
        if not operation.path.startswith("/api/v1/"):
            continue
        for number, case in enumerate(_cases_of(operation, examples)):
            if number % 2:
                case.path_parameters |= {name: (known or {}).get(name, it) for name, it in case.path_parameters.items()}
            answer = await _send(client, case, headers)
            statuses[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)
    return statuses


def _is_deletion(operation: Any) -> bool:
    return operation.method == "delete"


def _cases_of(operation: Any, count: int) -> list[Any]:
    cases: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases


async def _send(client: httpx.AsyncClient, case: Any, headers: Mapping[str, str]) -> httpx.Response:
    prepared: Any = requests.Request(**case.as_transport_kwargs(base_url=str(client.base_url))).prepare()
    all_headers = {name.lower(): value for part in (prepared.headers, headers) for name, value in part.items()}
    return await client.request(prepared.method, prepared.url, content=prepared.body, headers=all_headers)
