"""How every exception that leaves a handler is answered: problem details for programs, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, SerializationException, ValidationException
from litestar.response import Redirect
from psycopg import OperationalError
from psycopg_pool import PoolTimeout

from libs.contracts.validation import InvalidContent, shape_error
from libs.web.language import N_
from libs.web.pages import page, translate
from libs.web.problems import MEDIA_TYPE, SENTENCES, TITLES, FieldProblem, Problem

log = structlog.get_logger()

KINDS = {401: "sign-in", 403: "forbidden", 404: "not-found", 405: "method", 413: "too-large", 429: "too-many"}
"""The end of the problem type for refusals that the framework makes."""


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "text/html")


def respond(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the answer for a problem: a page for people, problem details for programs."""
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
