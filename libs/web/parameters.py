"""Query parameters that an API does not have: refused, for whoever mistypes one should not believe the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar.connection import ASGIConnection
from litestar.enums import ParamType
from litestar.handlers.base import BaseRouteHandler
from litestar.params import ParameterKwarg

from libs.contracts.validation import FieldError
from libs.web.language import N_
from libs.web.problems import SENTENCES, Problem

_EVERYWHERE = {"lang"}
"""What every address takes besides its own."""


_parameters: dict[Callable[..., Any], frozenset[str]] = {}
"""Those met so far, by the function of the handler: guards get a copy of the handler for each request."""


def parameters_of(handler: BaseRouteHandler) -> frozenset[str]:
    """Return the names of the query parameters in the signature of a handler."""
    known = _parameters.get(handler.fn)
    if known is None:
        dependencies = handler.resolve_dependencies()
        known = _parameters[handler.fn] = frozenset(
            definition.name or name
            for name, field in handler.parsed_fn_signature.parameters.items()
            if name not in dependencies
            and isinstance(definition := field.kwarg_definition, ParameterKwarg)
            and definition.param_type is ParamType.QUERY
        )
    return known


async def refuse_unknown_parameters(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Guard: an API takes the parameters of its handler's signature, and no other.

    Raises:
        Problem: 422, naming those that it does not have.
    """
    if not connection.query_params or not connection.scope["path"].startswith("/api/v1/"):
        return
    if connection.scope.get("method") == "OPTIONS":  # asks what may be asked, of whatever is at the address
        return
    known = parameters_of(handler)
    unknown = connection.query_params.keys() - known - _EVERYWHERE
    errors = [_unknown(name, sorted(known)) for name in sorted(unknown)]
    if errors:
        raise Problem(422, "invalid", SENTENCES[422], errors=errors)


def _unknown(name: str, known: list[str]) -> FieldError:
    field = name[:80]
    if not known:
        return FieldError(field=field, message=N_("There is no parameter of this name: this address takes none."))
    message = N_("There is no parameter of this name. Those there are: %(known)s.")
    return FieldError(field=field, message=message, parameters={"known": ", ".join(known)})
