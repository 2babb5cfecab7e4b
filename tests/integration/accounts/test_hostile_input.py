from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from libs.testing.hostile import assail

if TYPE_CHECKING:
    from conftest import Accounts


async def test_whatever_is_sent_to_the_api_gets_a_documented_answer(
    accounts: Accounts, client: httpx.AsyncClient
) -> None:
    statuses = await assail(client, "accounts", headers=await accounts.token("administrator"))
    assert {200, 400, 404, 422} <= set(statuses), statuses
