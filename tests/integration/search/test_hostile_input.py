from __future__ import annotations

from typing import TYPE_CHECKING

from libs.testing.hostile import assail

if TYPE_CHECKING:
    from conftest import Search


async def test_whatever_is_sent_to_the_api_gets_a_documented_answer(search: Search) -> None:
    statuses = await assail(search.client, "search", headers={})
    assert {200, 422} <= set(statuses), statuses
