"""A span for every request, named by its route: addresses hold what people search for."""

from __future__ import annotations

from typing import cast

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode

tracer = trace.get_tracer("relais.web")


class TraceRequests(ASGIMiddleware):
    """Begins a trace at each request; one that a client names is not taken over, as anybody may name any."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "quiet"

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request = cast("HTTPScope", scope)
        method, route = str(request["method"]), request["path_template"]
        attributes = {"http.request.method": method, "http.route": route}
        with tracer.start_as_current_span(
            f"{method} {route}",
            context=Context(),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
        ) as span:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            await next_app(scope, receive, noting)
