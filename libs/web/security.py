"""Who is asking, what they may do, and the rules every response and every form keep.

`accounts` signs sessions and API tokens (JWT, Ed25519); every service reads them with the public key alone
and refuses those that were revoked.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Message, Scope

from libs.web.language import N_
from libs.web.problems import Problem

ALGORITHM = "Ed25519"
Role = Literal["administrator", "moderator", "partner"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_SAFE = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(self), camera=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_SECURE = ((b"strict-transport-security", b"max-age=31536000; includeSubDomains"),)


class Viewer(msgspec.Struct, kw_only=True, frozen=True):
    """Somebody signed in, or a program with a token.

    `name` names a token's purpose too. `departments` are codes the roles are limited to; None means all.
    `credential_id` is the session or token they come with.
    """

    id: UUID
    name: str
    roles: frozenset[Role]
    departments: frozenset[str] | None
    credential_id: UUID
    kind: Literal["session", "token"]

    @property
    def is_administrator(self) -> bool:
        return "administrator" in self.roles

    @property
    def may_moderate(self) -> bool:
        return bool(self.roles & {"administrator", "moderator"})

    def covers(self, department: str | None) -> bool:
        """Whether the roles reach `department`; what has no department is for those who have all."""
        return self.is_administrator or self.departments is None or department in self.departments

    def covers_any(self, departments: Collection[str]) -> bool:
        """Whether the roles reach one of `departments`; what has none is for those who have all."""
        return self.is_administrator or self.departments is None or not self.departments.isdisjoint(departments)

    @property
    def scope(self) -> list[str] | None:
        """The departments to query, or None for all: the argument every staff query takes."""
        return None if self.is_administrator or self.departments is None else sorted(self.departments)


class Claims(msgspec.Struct, kw_only=True):
    """The claims of a credential, as signed by accounts. `exp` is Unix seconds, None for no expiry."""

    sub: UUID
    jti: UUID
    name: str
    kind: Literal["session", "token"]
    roles: list[Role]
    departments: list[str] | None = None
    exp: int | None = None


class TokenReader:
    """Reads credentials with the public key (32 raw bytes, base64url)."""

    def __init__(self, public_key: str) -> None:
        jwk: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "x": public_key.rstrip("=")}
        self._key = OKPKey.import_key(jwk)

    def read(self, token: str) -> Viewer | None:
        """Return who a credential stands for, or None when it is forged, damaged or out of date."""
        try:
            claims = msgspec.convert(jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims, Claims)
        except (JoseError, ValueError, msgspec.ValidationError):
            return None
        if claims.exp is not None and claims.exp <= datetime.now(UTC).timestamp():
            return None
        return Viewer(
            id=claims.sub,
            name=claims.name,
            roles=frozenset(claims.roles),
            departments=None if claims.departments is None else frozenset(claims.departments),
            credential_id=claims.jti,
            kind=claims.kind,
        )


class TokenSigner:
    """Signs credentials with the private key (32 raw bytes, base64url): accounts only."""

    def __init__(self, private_key: str, public_key: str) -> None:
        jwk: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "d": private_key.rstrip("=")}
        jwk["x"] = public_key.rstrip("=")
        if len(urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4))) != 32:
            raise ValueError("a signing key has 32 bytes")
        self._key = OKPKey.import_key(jwk)

    def sign(self, claims: Claims) -> str:
        body = {key: value for key, value in msgspec.to_builtins(claims).items() if value is not None}
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT"}, body, self._key, algorithms=[ALGORITHM])


def session_cookie(*, secure: bool) -> str:
    """Return the name of the session cookie; browsers bind `__Host-` names to HTTPS and this host."""
    return "__Host-relais" if secure else "relais"


def viewer_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Viewer | None:
    """Return who is asking, by bearer token or session cookie, or None."""
    known: Viewer | Literal[False] | None = connection.scope.get("relais.viewer", False)  # pyright: ignore[reportAssignmentType] -- our own key
    if known is not False:
        return known
    state = connection.app.state
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        token = connection.cookies.get(session_cookie(secure=state.settings.secure), "")
    viewer: Viewer | None = state.tokens.read(token) if token else None
    if viewer is not None and viewer.credential_id in state.revocations:
        viewer = None
    connection.scope["relais.viewer"] = viewer  # type: ignore[typeddict-unknown-key] -- a key of ours
    return viewer


def provide_viewer(request: Request[Any, Any, Any]) -> Viewer | None:
    return viewer_of(request)


def require(*roles: Role) -> Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], None]:
    """Return a guard that lets in those who hold one of `roles`.

    Administrators always pass; where no role is named, so does anyone signed in. Nobody signed in gets 401,
    or the sign-in page.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        viewer = viewer_of(connection)
        if viewer is None:
            raise NotAuthorizedException
        if roles and not viewer.is_administrator and not viewer.roles & set(roles):
            raise PermissionDeniedException

    return guard


async def same_origin_only(request: Request[Any, Any, Any]) -> None:
    """Refuse unsafe requests that a browser sends from another site (docs/decisions/0003).

    Browsers say where a request comes from in Sec-Fetch-Site, older ones in Origin; programs send neither,
    and carry no cookie that could be abused.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"} or "authorization" in request.headers:
        return
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site in {"same-origin", "none"} or (site is None and origin is None):
        return
    if site is None and origin is not None and urlsplit(origin).netloc == request.headers.get("host"):
        return
    raise Problem(403, "cross-site", N_("This request came from another site. Please start again from ours."))


async def security_headers(message: Message, scope: Scope) -> None:
    """Add to every response the headers that keep browsers on the safe side."""
    if message["type"] != "http.response.start":
        return
    headers = MutableScopeHeaders.from_message(message).headers
    said = {name.lower() for name, _ in headers}
    headers += [header for header in _SAFE if header[0] not in said]
    if scope["litestar_app"].state.settings.secure:
        headers += [header for header in _SECURE if header[0] not in said]
