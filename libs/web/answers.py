"""How every exception that leaves a handler is answered: problem details for programs, a page for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, SerializationException, ValidationException
from litestar.response import Redirect
from psycopg import DataError, OperationalError
from psycopg_pool import PoolTimeout

from libs.contracts.shapes import shape_error
from libs.contracts.validation import FieldError, InvalidContent
from libs.web.language import N_
from libs.web.pages import page, translate
from libs.web.problems import FOR_PROGRAMS, MEDIA_TYPE, SENTENCES, TITLES, FieldProblem, Problem

log = structlog.get_logger()

ProblemPage: TypeAlias = tuple[str, dict[str, Any], dict[str, str]]
"""A template, what it is given besides the problem, and headers."""

OwnProblemPage: TypeAlias = Callable[[Request[Any, Any, Any]], ProblemPage | None]

KINDS = {
    401: "sign-in",
    403: "forbidden",
    404: "not-found",
    405: "method",
    413: "too-large",
    429: "too-many",
    503: "unavailable",
}
"""The end of the problem type where only the status is known."""


_NO_BODY = {"key": "data", "message": "'data'", "source": "body"}
"""What the framework finds wrong when a body is needed and there is none."""


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether a page is the answer to give: a browser asks, and not the API."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "text/html")


def problem_page_of(request: Request[Any, Any, Any]) -> ProblemPage:
    """Return the page that says a problem: the service's own where it has one for this address, else everybody's."""
    own: OwnProblemPage | None = request.app.state.problem_page
    return (own and own(request)) or ("error.html", {}, {})


def respond(request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
    """Return the answer for a problem: a page for people, problem details for programs."""
    is_page = wants_page(request)
    title, message = TITLES.get(problem.status, TITLES[400]), problem.message
    if not is_page:
        title, message = FOR_PROGRAMS.get(title, title), FOR_PROGRAMS.get(message, message)
    title, detail = translate(request, title), translate(request, message, problem.parameters)
    errors = [
        FieldProblem(field=error.field, detail=translate(request, error.message, error.parameters))
        for error in problem.errors
    ]
    if is_page:
        shown = {"status": problem.status, "title": title, "detail": detail, "errors": errors}
        template, context, headers = problem_page_of(request)
        return page(
            request,
            template,
            status=problem.status,
            headers=headers | problem.headers,
            problem=shown,
            **context,
        )
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
    if _NO_BODY in found:
        return respond(request, _unreadable())
    errors = [_parameter_error(request.route_handler, item) for item in found]
    return respond(request, Problem(422, "invalid", SENTENCES[422], errors=errors))


def _parameter_error(handler: Any, item: dict[str, Any]) -> FieldError:
    """Return what the framework says of one parameter; its `key` is `limit`, `data`, or what stands in the body."""
    key: str = item.get("key", "")
    name, path = key, ""
    if item.get("source") == "body":
        name, path = "data", "" if key == "data" else key
    shape: Any = handler.signature_model.__annotations__.get(name)
    text = f"{item['message']} - at `$.{path}`" if path else item["message"]
    return shape_error("" if name == "data" else name, text, shape)


def _unreadable() -> Problem:
    return Problem(400, "unreadable", N_("The body of the request is not the JSON that was expected."))


def _on_serialization(request: Request[Any, Any, Any], error: SerializationException) -> Response[Any]:
    log.debug("unreadable_body", error=str(error))
    return respond(request, _unreadable())


def _on_recursion(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """Answer a body of brackets within brackets: nothing of ours calls itself deeper than what it was sent."""
    log.warning("nested_too_deeply", path=request.url.path, error=str(error))
    return respond(request, _unreadable())


def _on_undecodable(request: Request[Any, Any, Any], error: UnicodeDecodeError) -> Response[Any]:
    """Answer a body that is not UTF-8: what we decode besides was written by ourselves."""
    log.warning("not_utf8", path=request.url.path, error=str(error))
    return respond(request, _unreadable())


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
    if wants_page(request):
        return Redirect(f"/connexion?suite={quote(_page_left(request), safe='')}", status_code=303)
    problem = Problem(401, "sign-in", SENTENCES[401], headers={"WWW-Authenticate": 'Bearer realm="relais"'})
    return respond(request, problem)


def _on_data(request: Request[Any, Any, Any], error: DataError) -> Response[Any]:
    """Answer what the database cannot hold: a NUL in a text, a number beyond its type."""
    log.warning("data_refused", path=request.url.path, error=str(error))
    message = N_("This holds a character or a number that cannot be stored. Please correct it and send it again.")
    return respond(request, Problem(422, "invalid", message))


def _on_unavailable(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.warning("dependency_unavailable", error=str(error), path=request.url.path)
    return respond(request, Problem(503, KINDS[503], SENTENCES[503], headers={"Retry-After": "5"}))


def _on_failure(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return respond(request, Problem(500, "failure", SENTENCES[500]))


EXCEPTION_HANDLERS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]] = {
    Problem: _on_problem,
    InvalidContent: _on_invalid_content,
    ValidationException: _on_validation,
    SerializationException: _on_serialization,
    RecursionError: _on_recursion,
    UnicodeDecodeError: _on_undecodable,
    NotAuthorizedException: _on_not_signed_in,
    HTTPException: _on_http,
    DataError: _on_data,
    PoolTimeout: _on_unavailable,
    OperationalError: _on_unavailable,
    Exception: _on_failure,
}
"""How every exception that leaves a handler is answered."""
