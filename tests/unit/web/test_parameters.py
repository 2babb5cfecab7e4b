"""What query parameters an API takes."""

from __future__ import annotations

from copy import copy

from litestar import Litestar, get
from litestar.handlers import BaseRouteHandler
from litestar.params import FromQuery

from libs.web.parameters import parameters_of


@get("/things")
async def things(limit: FromQuery[int] = 10, *, after: FromQuery[str] = "") -> None:
    """List things."""


def test_the_parameters_of_a_handler_are_read_once_though_each_request_brings_a_copy_of_it():
    handler = next(route.route_handlers[0] for route in Litestar([things]).routes if route.path == "/things")
    assert isinstance(handler, BaseRouteHandler)
    first = parameters_of(copy(handler))
    assert first == {"limit", "after"}
    assert parameters_of(copy(handler)) is first
