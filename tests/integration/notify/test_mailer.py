"""The mailer: what is tried again, what is given up, and what a crash leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from libs.testing.mailserver import Sink
from services.notify.channels.smtp import NO_SERVER, NOT_NOW, REFUSED_ADDRESS, REFUSED_MESSAGE
from services.notify.domain.retries import Schedule

if TYPE_CHECKING:
    from conftest import Notify


async def test_a_message_is_sent_when_it_is_written_not_when_somebody_looks(notify: Notify, sink: Sink) -> None:
    async with notify.mailing(sink, poll=60):
        for number in range(1, 4):
            await notify.contributor().submitted()
            await sink.got(number)


async def test_what_fails_for_now_is_tried_again_and_keeps_its_message_id(notify: Notify, sink: Sink) -> None:
    sink.answers = ["451 greylisted", "452 full"]
    person = notify.contributor()
    await person.submitted()
    async with notify.mailing(sink):
        (mail,) = await sink.got(1)
        (sent,) = await notify.wait_for_event("message.sent.v1")
    failures = await notify.said("message.failed.v1")
    assert [(failure["error"], failure["correlation"]) for failure in failures] == [(NOT_NOW, str(person.id))] * 2
    assert all(failure["next_attempt_at"] for failure in failures)
    assert mail.content["Message-ID"] == f"<{UUID(sent['message_id'])}@relais.test>"


async def test_a_server_that_is_away_is_tried_again(notify: Notify, sink: Sink) -> None:
    await sink.stop()
    await notify.contributor().submitted()
    async with notify.mailing(sink, schedule=Schedule((0.2,) * 50, jitter=0)):
        (failure, *_) = await notify.wait_for_event("message.failed.v1")
        assert failure["error"] == NO_SERVER
        await sink.start()
        await sink.got(1)
        await notify.wait_for_event("message.sent.v1")


@pytest.mark.parametrize(
    ("recipient", "content", "sentence"),
    [("550 unknown", "250 taken", REFUSED_ADDRESS), ("250 OK", "554 unwanted", REFUSED_MESSAGE)],
)
async def test_a_refusal_for_good_is_not_tried_again(
    notify: Notify, sink: Sink, recipient: str, content: str, sentence: str
) -> None:
    sink.recipient_answer, sink.answers = recipient, [content]
    await notify.contributor().submitted()
    async with notify.mailing(sink):
        (failure,) = await notify.wait_for_event("message.failed.v1")
    assert (failure["error"], failure["next_attempt_at"]) == (sentence, None)
    assert await notify.count("select count(*) from message where sealed is not null") == 0


async def test_after_the_last_attempt_a_message_is_given_up(notify: Notify, sink: Sink) -> None:
    sink.answers = ["451 not now"] * 10
    await notify.contributor().submitted()
    async with notify.mailing(sink):
        failures = await notify.wait_for_event("message.failed.v1", 4)
    assert [failure["next_attempt_at"] is None for failure in failures] == [False, False, False, True]
    assert len(sink.answers) == 6


async def test_a_mailer_that_is_killed_in_the_middle_loses_nothing(notify: Notify, sink: Sink) -> None:
    sink.held = asyncio.Event()
    for _ in range(6):
        await notify.contributor().submitted()
    async with asyncio.timeout(15), notify.mailing(sink):  # it does not wait for the server's last word
        await notify.wait_until_attempted(4)
    sink.held = None
    async with notify.mailing(sink):
        await notify.wait_for_event("message.sent.v1", 6)
    assert len({mail.content["Message-ID"] for mail in sink.mails}) == 6
