"""Sign-in links by e-mail: at once, or not at all. All persons here are invented."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from libs.contracts.events import SigninMessage, SigninRequested
from libs.testing.mailserver import Sink
from services.notify.domain.retries import Schedule
from services.notify.mailer import EXPIRED

if TYPE_CHECKING:
    from conftest import Notify

HOUR = Schedule((3600.0,), jitter=0)
ADDRESS = "camille.exemple@courriel.test"


async def test_a_sign_in_link_goes_at_once_and_before_others_that_wait(notify: Notify, sink: Sink) -> None:
    sink.held, sink.let_through = asyncio.Event(), "moderation@courriel.test"
    for _ in range(8):
        await notify.contributor().submitted()
    signin_id, url = uuid4(), "http://relais.test/connexion/secret"
    message = SigninMessage(
        email="moderation@courriel.test", url=url, expires_at=datetime.now(UTC) + timedelta(minutes=15), language="en"
    )
    async with notify.mailing(sink):
        await notify.wait_until_attempted(4)
        await notify.announce(SigninRequested(signin_id=signin_id, message=notify.seal(message)))
        (mail,) = await sink.got(1)
        assert mail.recipients == ["moderation@courriel.test"]
        assert url in mail.plain
        assert url in mail.html
        sink.held.set()
        await sink.got(9)
        await notify.wait_for_event("message.sent.v1", 9)


async def test_a_link_that_expired_is_not_sent(notify: Notify, sink: Sink) -> None:
    message = SigninMessage(email=ADDRESS, url="http://relais.test/x", expires_at=datetime.now(UTC), language="en")
    await notify.announce(SigninRequested(signin_id=uuid4(), message=notify.seal(message)))
    async with notify.mailing(sink):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert (receipt["error"], receipt["next_attempt_at"]) == (EXPIRED, None)
    assert sink.mails == []


async def test_a_link_is_not_tried_again_after_it_expires(notify: Notify, sink: Sink) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=10)
    message = SigninMessage(email=ADDRESS, url="http://relais.test/x", expires_at=soon, language="en")
    sink.answers = ["451 not now"]
    await notify.announce(SigninRequested(signin_id=uuid4(), message=notify.seal(message)))
    async with notify.mailing(sink, schedule=HOUR):
        (receipt,) = await notify.wait_for_event("message.failed.v1")
    assert receipt["next_attempt_at"] is None
