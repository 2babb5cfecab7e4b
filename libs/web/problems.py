"""Problems: RFC 9457 details for the API, a page that says what to do for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, SerializationException, ValidationException
from litestar.response import Redirect
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.contracts.validation import FieldError, InvalidContent, shape_error
from libs.web.language import N_

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldProblem(msgspec.Struct, kw_only=True, frozen=True):
    """What is wrong with one field (`proposed.address.postcode`), in a sentence."""

    field: str
    detail: str


class Problem(Exception):  # noqa: N818 -- RFC 9457's word
    """Something a handler cannot do; becomes problem details, or an error page.

    `kind` ends the stable `type` (`/problems/<kind>`); `message` is a marked sentence with `parameters`;
    `errors` are fields at fault; `extra` holds further members. Messages are translated when shown.
    """

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        parameters: Mapping[str, Any] | None = None,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.parameters = dict(parameters or {})
        self.errors = errors
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})


TITLES: dict[int, str] = {
    400: N_("We could not read this request"),
    401: N_("Please sign in"),
    403: N_("This is not open to you"),
    404: N_("This page does not exist"),
    405: N_("This cannot be done here"),
    409: N_("Somebody else was here first"),
    410: N_("This is no longer valid"),
    412: N_("This has changed in the meantime"),
    413: N_("This is too large"),
    422: N_("Something needs correcting"),
    429: N_("Too many requests"),
    500: N_("Something went wrong on our side"),
    503: N_("We are not ready yet"),
}

SENTENCES: dict[int, str] = {
    400: N_("Please check the request and send it again."),
    401: N_("You need to be signed in to see this."),
    403: N_("Your account does not have the right to do this."),
    404: N_("The address may have changed. You can search for a place instead."),
    405: N_("This address does not accept that kind of request."),
    413: N_("Please send less than 4 MB."),
    422: N_("Please correct what is marked below."),
    429: N_("Please wait a little and try again."),
    500: N_("Nothing you sent is lost on your side. Please try again in a moment."),
    503: N_("A part of the platform does not answer. Please try again in a moment."),
}

KINDS = {401: "sign-in", 403: "forbidden", 404: "not-found", 405: "method", 413: "too-large", 429: "too-many"}
"""The end of the problem type for refusals that the framework makes."""


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "text/html")


def respond(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the answer for a problem: a page for people, problem details for programs."""
    from libs.web.pages import page, translate  # noqa: PLC0415 -- pages show problems, problems are shown on pages

    title = translate(request, TITLES.get(problem.status, TITLES[400]))
    detail = translate(request, problem.message, problem.parameters)
    errors = [
        FieldProblem(field=error.field, detail=translate(request, error.message, error.parameters))
        for error in problem.errors
    ]
    if _wants_page(request):
        shown = {"status": problem.status, "title": title, "detail": detail, "errors": errors}
        return page(request, "error.html", status=problem.status, headers=problem.headers, problem=shown)
    body = {"type": f"/problems/{problem.kind}", "title": title, "status": problem.status, "detail": detail}
    if errors:
        body["errors"] = msgspec.to_builtins(errors)
    return Response(body | problem.extra, status_code=problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def _on_problem(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    return respond(request, problem)


def _on_invalid_content(request: Request[Any, Any, Any], error: InvalidContent) -> Response[Any]:
    return respond(request, Problem(422, "invalid", SENTENCES[422], errors=error.errors))


def _on_validation(request: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    found: list[dict[str, Any]] = error.extra if isinstance(error.extra, list) else []
    errors = [shape_error(item.get("key", "").removeprefix("data"), item["message"]) for item in found]
    return respond(request, Problem(422, "invalid", SENTENCES[422], errors=errors))


def _on_serialization(request: Request[Any, Any, Any], error: SerializationException) -> Response[Any]:
    log.debug("unreadable_body", error=str(error))
    message = N_("The body of the request is not the JSON that was expected.")
    return respond(request, Problem(400, "unreadable", message))


def _on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _on_failure(request, error)
    if isinstance(error.__cause__, SerializationException):
        return _on_serialization(request, error.__cause__)
    message = SENTENCES.get(error.status_code, SENTENCES[400])
    kind = KINDS.get(error.status_code, "bad-request")
    return respond(request, Problem(error.status_code, kind, message, headers=dict(error.headers or {})))


def _page_left(request: Request[Any, Any, Any]) -> str:
    """Return the page to come back to after signing in: for a form, the page it stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    page = urlsplit(request.headers.get("referer", ""))
    return page._replace(scheme="", netloc="").geturl() if page.netloc == request.headers.get("host") else ""


def _on_not_signed_in(request: Request[Any, Any, Any], _error: NotAuthorizedException) -> Response[Any]:
    if _wants_page(request):
        return Redirect(f"/connexion?suite={quote(_page_left(request), safe='')}", status_code=303)
    problem = Problem(401, "sign-in", SENTENCES[401], headers={"WWW-Authenticate": 'Bearer realm="relais"'})
    return respond(request, problem)


def _on_unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.warning("dependency_unavailable", error=str(error), path=request.url.path)
    return respond(request, Problem(503, "unavailable", SENTENCES[503], headers={"Retry-After": "5"}))


def _on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return respond(request, Problem(500, "failure", SENTENCES[500]))


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]] = {
    Problem: _on_problem,
    InvalidContent: _on_invalid_content,
    ValidationException: _on_validation,
    SerializationException: _on_serialization,
    NotAuthorizedException: _on_not_signed_in,
    HTTPException: _on_http,
    PoolTimeout: _on_unavailable,
    OperationalError: _on_unavailable,
    Exception: _on_failure,
}
"""How every exception that leaves a handler is answered."""
