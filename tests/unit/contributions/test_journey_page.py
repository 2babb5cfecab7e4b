"""What the page of a journey says: of a failure, what happens next; and how long it follows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.web.formatting import PARIS, clock, moment
from libs.web.language import speak
from services.contributions.domain.journey import Journey, Step, StepName
from services.contributions.web.pages.journey import shown_journey

ID = UUID("01900000-0000-7000-8000-000000000003")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    speak("en")
    yield
    speak("fr")


def say(message: str, **parameters: Any) -> str:
    return message % parameters


def shown(
    *,
    since: timedelta = timedelta(seconds=1),
    answer: dict[str, Any] | None = None,
    complete: bool = True,
    **webhooks: Any,
) -> dict[str, Any]:
    """Return a journey, done but for what is told of its last two stations, approved `since` ago."""
    at = datetime.now(UTC) - since
    steps = [
        Step(service="contributions", step=name, at=at, state="done")
        for name in ("approved", "applied", "indexed", "exported")
    ]
    counts: dict[str, Any] = {"delivered": 1, "failed": 0, "retrying": 0, "total": 1, "state": "done"}
    steps.append(Step(service="notify", step="webhooks", at=at, **(counts | webhooks)))
    told: dict[str, Any] = {"state": "done"} | (answer or {})
    steps.append(Step(service="notify", step="contributor_notified", at=at, **told))
    return shown_journey(ID, Journey(steps=tuple(steps), complete=complete), say)


def failing(after: timedelta, **more: Any) -> dict[str, Any]:
    at = datetime.now(UTC) + after
    return {"state": "failed", "delivered": 0, "failed": 1, "retrying": 1, "next_attempt_at": at} | more


def test_what_arrived_everywhere_is_said_once_and_no_longer_followed():
    journey = shown()
    assert "arrived everywhere" in journey["summary"]
    assert journey["refresh"] is None
    assert journey["steps"][4]["note"] == "1 of 1 told."


def test_a_failed_delivery_says_that_it_is_tried_again_and_when():
    journey = shown(**failing(timedelta(seconds=5)))
    assert journey["steps"][4]["state"] == "failed"
    assert journey["steps"][4]["note"] == "0 of 1 told. Failed for 1: it will be tried again in a moment."
    assert journey["summary"] == (
        "The change has arrived everywhere, but for 1 partner. It will be tried again in a moment."
    )
    days = timedelta(days=2)
    later = failing(days)
    assert shown(**later)["steps"][4]["note"].endswith(f"again on {moment(later['next_attempt_at'])}.")
    local = datetime.now(PARIS) + timedelta(hours=1)
    if local.date() == datetime.now(PARIS).date():
        assert shown(**failing(timedelta(hours=1)))["steps"][4]["note"].endswith(f"again at {clock(local)}.")


def test_the_summary_says_how_many_partners_a_change_has_not_reached():
    several = shown(**failing(timedelta(seconds=5), failed=3, retrying=1, total=3))["summary"]
    assert several == "The change has arrived everywhere, but for 3 partners. It will be tried again in a moment."
    given_up = shown(state="failed", delivered=0, failed=2)["summary"]
    assert given_up == "The change has arrived everywhere, but for 2 partners."
    both = shown(answer={"state": "failed"}, **failing(timedelta(seconds=5)))["summary"]
    assert "not arrived everywhere" in both


@pytest.mark.parametrize(("reached", "words"), [(1, "1 step of 6"), (2, "2 steps of 6"), (4, "4 steps of 6")])
def test_steps_are_counted_until_all_are_reached(reached: int, words: str):
    at = datetime.now(UTC)
    names: list[StepName] = ["approved", "applied", "indexed", "exported"]
    steps = tuple(Step(service="directory", step=name, at=at, state="done") for name in names[:reached])
    assert shown_journey(ID, Journey(steps=steps, complete=False), say)["summary"] == words


def test_a_partner_who_has_not_answered_yet_is_said_to_be_waited_for():
    assert shown(complete=False, state="under_way", delivered=0)["summary"] == (
        "5 steps of 6: waiting for the partners."
    )


def test_what_was_given_up_says_how_it_can_be_sent_again():
    note = shown(**failing(timedelta(hours=1), failed=3, total=3))["steps"][4]["note"]
    assert "Failed for 1" in note
    assert note.endswith("Given up for 2: this can be sent again from webhooks.")


def test_a_page_waits_for_an_attempt_that_is_near_but_not_for_one_that_is_far_or_for_ever():
    assert shown(**failing(timedelta(seconds=5)))["refresh"]
    assert shown(**failing(timedelta(seconds=-1)))["refresh"]
    assert shown(**failing(timedelta(hours=1)))["refresh"] is None
    assert shown(since=timedelta(hours=1), **failing(timedelta(seconds=5)))["refresh"] is None


def test_a_message_that_failed_says_whether_it_is_sent_again():
    soon = {"state": "failed", "next_attempt_at": datetime.now(UTC) + timedelta(seconds=10)}
    assert shown(answer=soon)["steps"][5]["note"].endswith("sent again in a moment.")
    assert shown(answer={"state": "failed"})["steps"][5]["note"].endswith("will not be sent again.")
    assert shown(answer={"state": "not_asked"})["steps"][5]["state"] == "done"


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(seconds=0.34), "0.3\u202fs"),
        (timedelta(seconds=119), "119.0\u202fs"),
        (timedelta(minutes=5), "5 min"),
        (timedelta(hours=3), "3 hr"),
    ],
)
def test_each_station_says_how_long_after_the_approval_it_was_reached(after: timedelta, words: str):
    start = datetime.now(UTC) - timedelta(days=1)
    steps = (
        Step(service="contributions", step="approved", at=start, state="done"),
        Step(service="directory", step="applied", at=start + after, state="done"),
    )
    assert shown_journey(ID, Journey(steps=steps, complete=False), say)["steps"][1]["time"] == words
