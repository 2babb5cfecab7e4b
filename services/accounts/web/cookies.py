"""The session cookie: set at sign-in, taken back when its session ends."""

from __future__ import annotations

from litestar.datastructures import Cookie

from libs.runtime import Settings
from libs.web.security import session_cookie
from services.accounts.domain.signin import SESSION_LIFE


def _cookie(settings: Settings, value: str, max_age: int) -> Cookie:
    return Cookie(
        key=session_cookie(secure=settings.secure),
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure,
    )


def signed_in(settings: Settings, credential: str) -> Cookie:
    return _cookie(settings, credential, int(SESSION_LIFE.total_seconds()))


def signed_out(settings: Settings) -> Cookie:
    return _cookie(settings, "", 0)
