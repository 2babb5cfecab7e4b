"""What administrators see of the platform at work: the flow of events, and those that were given up."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from litestar import Request, get, post
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from nats.errors import Error as NatsError

from libs.bus.connection import BusClient
from libs.bus.dead_letters import DeadLetter
from libs.bus.operations import PATIENCE, LettersAnswer, LettersRequest, NoAnswer, ask_letters, every_status
from libs.bus.status import StreamStatus, all_streams
from libs.contracts.events import SERVICES, ServiceName
from libs.web.language import N_
from libs.web.pages import Page, page
from libs.web.problems import Problem
from libs.web.security import require
from services.accounts.web.operations import flow_of

ONLY = [require("administrator")]


async def _streams(client: BusClient) -> list[StreamStatus]:
    """Return the state of the streams; none when the server has no answer."""
    try:
        return await all_streams(client, SERVICES)
    except (NatsError, TimeoutError):
        return []


async def _answers(client: BusClient) -> bool:
    """Whether the server answers: a connection may stand to one that hangs."""
    try:
        await client.flush(timeout=PATIENCE)  # pyright: ignore[reportArgumentType] -- it takes fractions of seconds
    except (NatsError, TimeoutError):
        return False
    return client.is_connected


async def _flow(state: State) -> dict[str, Any]:
    client: BusClient | None = state.nats
    if client is None or not await _answers(client):
        return {"connected": False, "flow": flow_of([], []), "server": ""}
    statuses = await every_status(client, expected=len(SERVICES))
    server = client.connected_server_version
    return {
        "connected": True,
        "flow": flow_of(statuses, await _streams(client)),
        "server": f"{server.major}.{server.minor}.{server.patch}",
    }


async def _letters(client: BusClient | None, service: ServiceName) -> list[DeadLetter]:
    if client is None:
        return []
    try:
        return (await ask_letters(client, service, LettersRequest(action="list"))).letters
    except NoAnswer:
        return []


@get("/exploitation", guards=ONLY, include_in_schema=False)
async def show_operations(request: Request[Any, Any, Any], state: State, fait: FromQuery[str | None] = None) -> Page:
    shown = await _flow(state)
    letters = {
        service.name: await _letters(state.nats, service.name) for service in shown["flow"].services if service.letters
    }
    return page(request, "exploitation.html", **shown, letters=letters, done=fait)


@get("/exploitation/flux", guards=ONLY, include_in_schema=False)
async def show_flow(request: Request[Any, Any, Any], state: State) -> Page:
    """The part of the page that follows by itself."""
    return page(request, "_flux.html", **await _flow(state))


async def _ask(state: State, service: str, request: LettersRequest) -> LettersAnswer:
    known: dict[str, ServiceName] = {name: name for name in get_args(ServiceName)}
    if service not in known or state.nats is None:
        raise Problem(404, "not-found", N_("There is no such service."))
    try:
        answer = await ask_letters(state.nats, known[service], request)
    except NoAnswer as error:
        raise Problem(503, "unavailable", N_("This service does not answer. Please try again in a moment.")) from error
    if answer.lasting:
        raise Problem(409, "cannot-replay", N_("Nobody would try this event again. It can only be dropped."))
    if answer.error:
        raise Problem(404, "not-found", N_("This event is no longer here: it was tried again or dropped meanwhile."))
    return answer


@get("/exploitation/echecs/{service:str}/{letter_id:uuid}", guards=ONLY, include_in_schema=False)
async def show_letter(
    request: Request[Any, Any, Any], state: State, service: FromPath[str], letter_id: FromPath[UUID]
) -> Page:
    answer = await _ask(state, service, LettersRequest(action="show", id=letter_id))
    return page(request, "echec.html", service=service, letter=answer.letter)


@post("/exploitation/echecs/{service:str}/{letter_id:uuid}/rejouer", guards=ONLY, include_in_schema=False)
async def replay_letter(state: State, service: FromPath[str], letter_id: FromPath[UUID]) -> Redirect:
    await _ask(state, service, LettersRequest(action="replay", id=letter_id))
    return Redirect("/exploitation?fait=rejoue#echecs", status_code=303)


@post("/exploitation/echecs/{service:str}/{letter_id:uuid}/abandonner", guards=ONLY, include_in_schema=False)
async def drop_letter(state: State, service: FromPath[str], letter_id: FromPath[UUID]) -> Redirect:
    await _ask(state, service, LettersRequest(action="drop", id=letter_id))
    return Redirect("/exploitation?fait=abandonne#echecs", status_code=303)


HANDLERS: list[HTTPRouteHandler] = [show_operations, show_flow, show_letter, replay_letter, drop_letter]
