from __future__ import annotations

from typing import TYPE_CHECKING

from libs.testing.hostile import assail
from libs.testing.receiver import Receiver

if TYPE_CHECKING:
    from conftest import Notify


async def test_whatever_is_sent_to_the_api_gets_a_documented_answer(notify: Notify, receiver: Receiver) -> None:
    webhook = await notify.subscribe(receiver.url)
    known = {"webhook_id": webhook["id"]}
    statuses = await assail(notify.client, "notify", headers=notify.headers(), known=known)
    assert {200, 202, 204, 400, 404, 422} <= set(statuses), statuses
