"""What an announcement must satisfy, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from libs.contracts.announcements import AnnouncementContent
from services.directory.domain.announcements import (
    HeldAnnouncement,
    announcement_errors,
    ended,
    made,
    normal,
    revised,
)

TODAY = date(2026, 12, 2)
KNOWN = {"48", "75", "93"}
NOW = datetime(2026, 12, 2, 11, tzinfo=UTC)


def a_content(**fields: Any) -> AnnouncementContent:
    known: dict[str, Any] = {"text": "Annonce inventée.", "starts_on": TODAY, "ends_on": TODAY}
    return AnnouncementContent(**(known | fields))


def test_a_plain_content_keeps_every_rule() -> None:
    whole = a_content(text="é" * 500, text_en="Two\nlines.", departments=("75",), ends_on=date(2027, 12, 2))
    assert announcement_errors(whole, KNOWN, TODAY) == []


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"text": " \n "}, "text"),
        ({"text": "é" * 501}, "text"),
        ({"text": "<b>gras</b>"}, "text"),
        ({"text": "caché \u202e"}, "text"),
        ({"text_en": "x" * 501}, "text_en"),
        ({"departments": ("75", "00")}, "departments.1"),
        ({"departments": ("75",) * 121}, "departments"),
        ({"ends_on": date(2026, 12, 1)}, "ends_on"),
        ({"starts_on": date(2026, 11, 1), "ends_on": date(2026, 12, 1)}, "ends_on"),
        ({"ends_on": date(2027, 12, 3)}, "ends_on"),
    ],
)
def test_what_breaks_a_rule_is_named(fields: dict[str, Any], at_fault: str) -> None:
    assert [error.field for error in announcement_errors(a_content(**fields), KNOWN, TODAY)] == [at_fault]


def test_a_content_is_kept_without_blanks_and_each_department_once() -> None:
    content = normal(a_content(text="  Un.  \r\nDeux. \n", text_en="  ", departments=("93", "75", "93")))
    assert (content.text, content.text_en, content.departments) == ("Un.\nDeux.", None, ("75", "93"))


def test_each_change_is_a_version_and_the_same_content_is_none() -> None:
    first = made(a_content(), UUID(int=1))
    assert (first.version, revised(first, a_content())) == (1, first)
    second = revised(first, a_content(tone="alert"))
    assert (second.version, second.tone, second.id) == (2, "alert", first.id)
    assert ended(second).version == 3


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "standing"),
        ({"starts_on": date(2026, 12, 3), "ends_on": date(2026, 12, 4)}, "planned"),
        ({"starts_on": date(2026, 12, 1), "ends_on": date(2026, 12, 1)}, "over"),
        ({"departments": ("75", "988"), "starts_on": date(2026, 12, 3), "ends_on": date(2026, 12, 3)}, "planned"),
    ],
)
def test_time_makes_it_stand_and_pass(fields: dict[str, Any], state: str) -> None:
    held = HeldAnnouncement(announcement=made(a_content(**fields), UUID(int=1)), updated_at=NOW)
    assert held.state_at(NOW) == state
    assert msgspec.structs.replace(held, withdrawn_at=NOW).state_at(NOW) == "withdrawn"
