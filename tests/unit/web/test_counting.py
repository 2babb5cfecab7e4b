"""People are counted without being known. All networks are invented."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from libs.web import counting
from libs.web.counting import SEVERAL, Crowd

MONDAY = date(2026, 11, 30)


def test_one_network_is_one_person_and_no_more_than_several_are_told_apart() -> None:
    crowd = Crowd[str]()
    assert [crowd.count(MONDAY, "a", network) for network in ("192.0.2.1", "192.0.2.1", "192.0.2.2")] == [1, 1, 2]
    assert [crowd.count(MONDAY, "a", f"198.51.100.{n}") for n in range(5)][-1] == SEVERAL
    assert crowd.count(MONDAY, "b", "192.0.2.1") == 1


def test_what_was_done_is_released_once() -> None:
    crowd = Crowd[str]()
    for _ in range(4):
        crowd.count(MONDAY, "a", "192.0.2.1")
    assert crowd.release("a") == 4
    crowd.count(MONDAY, "a", "192.0.2.1")
    assert crowd.release("a") == 1


def test_a_new_week_forgets_everybody() -> None:
    crowd = Crowd[str]()
    crowd.count(MONDAY, "a", "192.0.2.1")
    assert crowd.count(MONDAY + timedelta(weeks=1), "a", "192.0.2.2") == 1
    assert crowd.release("a") == 1


def test_no_network_is_held_in_clear() -> None:
    crowd = Crowd[str]()
    crowd.count(MONDAY, "a", "192.0.2.1")
    assert "192.0.2.1" not in repr(vars(crowd))


def test_many_things_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "HELD", 50)
    crowd = Crowd[int]()
    for thing in range(1_000):
        crowd.count(MONDAY, thing, "192.0.2.1")
        crowd.make_room()
    assert max(len(held) for held in vars(crowd).values() if isinstance(held, dict)) <= 50
