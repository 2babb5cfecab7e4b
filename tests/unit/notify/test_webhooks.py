"""Signatures, schedules, and what partners are told of each event."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from libs.contracts.events import StructureChanged, StructureWithdrawn
from libs.contracts.structure import Address, Email, Stop, Structure
from services.notify.domain.news import News, news_of_change, news_of_withdrawal
from services.notify.domain.retries import HOUR, WEBHOOKS, Schedule
from services.notify.domain.webhooks import delivery_id, make_secret, message_id, sign

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


@given(st.text(), st.uuids())
def test_signatures_are_those_of_the_specification_s_own_library(body: str, delivery: UUID) -> None:
    secret = make_secret()
    now = datetime.now(UTC)
    signature = sign(secret, message_id(delivery), int(now.timestamp()), body)
    assert signature == Webhook(secret).sign(message_id(delivery), now, body)


def test_a_secret_has_32_random_bytes() -> None:
    secrets = {make_secret() for _ in range(50)}
    assert len(secrets) == 50
    assert {len(b64decode(secret.removeprefix("whsec_"))) for secret in secrets} == {32}


def test_a_webhook_id_names_its_delivery() -> None:
    delivery = uuid4()
    assert delivery_id(message_id(delivery)) == delivery_id(str(delivery)) == delivery
    assert delivery_id("msg_x") is None


def test_attempts_follow_the_specification_s_schedule() -> None:
    waits = [5, 300, 1_800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
    for failures, wait in enumerate(waits, start=1):
        delay = WEBHOOKS.delay_after(failures)
        assert delay is not None
        assert wait <= delay <= wait * 1.1
    assert WEBHOOKS.delay_after(10) is None


@given(st.integers(1, 3), st.floats(0, 1e6))
def test_no_attempt_comes_before_the_other_side_wants_it(failures: int, asked: float) -> None:
    delay = Schedule((1, 10, 100)).delay_after(failures, at_least=asked)
    assert delay is not None
    assert delay >= max(asked, 10 ** (failures - 1))


def structure(**changes: Any) -> Structure:
    known: dict[str, Any] = {
        "id": UUID(int=7),
        "slug": "accueil",
        "version": 2,
        "name": "Accueil inventé",
        "address": Address(department="75"),
        "emails": (Email(address="interne@accueil.test", visibility="internal"),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Structure(**(known | changes))


def told(*fields: str, left: tuple[str, ...] = (), **changes: Any) -> list[News]:
    data = StructureChanged(structure=structure(**changes), field_versions={}, fields=fields, left_departments=left)
    return news_of_change(data, NOW)


def read(news: News) -> dict[str, Any]:
    return msgspec.json.decode(news.body)


def test_a_change_is_told_with_the_whole_public_structure() -> None:
    (news,) = told("name")
    body = read(news)
    assert (news.type, news.departments, news.still_in) == ("structure.changed", ("75",), None)
    assert body["type"] == "structure.changed"
    assert body["timestamp"] == "2026-11-03T09:30:00Z"
    assert body["data"]["structure"]["name"] == "Accueil inventé"
    assert body["data"]["fields"] == ["name"]
    assert "interne" not in news.body


@pytest.mark.parametrize(
    "hidden", [{"status": "offline"}, {"status": "closed"}, {"status": "draft"}, {"visibility": "professionals"}]
)
def test_what_stops_being_public_is_told_as_withdrawn_without_its_content(hidden: dict[str, Any]) -> None:
    (news,) = told(*hidden, **hidden)
    assert read(news)["data"] == {
        "structure_id": str(UUID(int=7)),
        "version": 2,
        "reason": "not-public",
        "replaced_by": None,
    }
    assert told("name", **hidden) == []
    assert told("name", *hidden, version=1, **hidden) == []


def test_a_move_to_another_department_is_also_told_in_the_former_one() -> None:
    gone, here = told("address", left=("93",))
    assert (gone.type, gone.departments, gone.still_in) == ("structure.withdrawn", ("93",), ("75",))
    assert read(gone)["data"]["reason"] == "moved"
    assert (here.type, here.departments) == ("structure.changed", ("75",))
    gone, here = told("address", left=("93",), address=Address())
    assert (gone.departments, gone.still_in, here.departments) == (("93",), (), ())


def test_a_mobile_team_is_told_of_in_each_department_where_it_stops() -> None:
    stops = tuple(Stop(address=Address(department=code)) for code in ("93", "94", "93"))
    (news,) = told("stops", kind="mobile", address=Address(), stops=stops)
    assert news.departments == ("93", "94")


@pytest.mark.parametrize(("replaced_by", "reason"), [(None, "removed"), (UUID(int=8), "merged")])
def test_a_withdrawal_says_what_became_of_the_structure(replaced_by: UUID | None, reason: str) -> None:
    data = StructureWithdrawn(structure_id=UUID(int=7), version=3, departments=("75",), replaced_by=replaced_by)
    (news,) = news_of_withdrawal(data, NOW)
    assert read(news)["data"]["reason"] == reason
    assert read(news)["data"]["replaced_by"] == (str(replaced_by) if replaced_by else None)
