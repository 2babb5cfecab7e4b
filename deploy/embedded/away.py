"""What the gateway says in place of a service: problem details for programs, a page for people."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from litestar import Request
from markupsafe import Markup

import libs.web
from deploy.embedded.serve import Scope, Send
from libs.web.answers import KINDS, wants_page
from libs.web.language import Catalogues, language_of, speak
from libs.web.pages import Templates
from libs.web.problems import MEDIA_TYPE, SENTENCES, TITLES

RETRY_AFTER = 5
"""Seconds after which it is worth asking again."""

KIOSK = "/borne"
"""Under it are the pages of screens in halls, which nothing leads out of."""

KIOSK_ASKED = {"q", "family", "after"}
"""What people ask on such a screen; all else in its address says where and how it stands."""

KIOSK_SECONDS = 60

_WEB = Path(libs.web.__file__).parent


class Away:
    """Answers in place of a service, in the look of the site and with nothing that another service would serve."""

    def __init__(self) -> None:
        self._catalogues = Catalogues([_WEB / "locale"])
        self._templates = Templates([Path(__file__).parent / "templates", _WEB / "templates"], self._catalogues)
        self._style = (_WEB / "static/relais.css").read_text(encoding="utf-8")
        self._kiosk_style = self._style + (_WEB / "static/kiosk.css").read_text(encoding="utf-8")

    async def answer(self, service: str, scope: Scope, send: Send) -> None:
        """Say that `service` does not answer, and that it is worth trying again."""
        await self._tell(503, scope, send, {"service": service}, {"retry-after": str(RETRY_AFTER)})

    async def refuse_size(self, scope: Scope, send: Send) -> None:
        """Say that the body is larger than any service takes."""
        await self._tell(413, scope, send, {}, {"connection": "close"})

    async def _tell(self, status: int, scope: Scope, send: Send, members: dict[str, Any], more: dict[str, str]) -> None:
        request = Request[Any, Any, Any](scope)  # pyright: ignore[reportArgumentType] -- an ASGI scope
        language = language_of(request)
        speak(language)
        problem = {
            "type": f"/problems/{KINDS[status]}",
            "title": self._catalogues.gettext(TITLES[status]),
            "status": status,
            "detail": self._catalogues.gettext(SENTENCES[status]),
        }
        headers = {"content-language": language, "vary": "Accept-Language, Cookie", "cache-control": "no-store"}
        if wants_page(request):
            on_kiosk = f"{request.url.path}/".startswith(f"{KIOSK}/")
            style = self._kiosk_style if on_kiosk else self._style
            content = self._page(request, language, problem | {"errors": []}, style, on_kiosk=on_kiosk)
            headers |= {"content-type": "text/html; charset=utf-8", "content-security-policy": _policy_for(style)}
        else:
            content = json.dumps(problem | members, ensure_ascii=False)
            headers |= {"content-type": MEDIA_TYPE}
        body = content.encode()
        headers |= {"content-length": str(len(body)), **more}
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    def _page(
        self, request: Request[Any, Any, Any], language: str, problem: dict[str, Any], style: str, *, on_kiosk: bool
    ) -> str:
        query = parse_qsl(request.scope["query_string"].decode("latin-1"))

        def url_with(**changes: str) -> str:
            pairs = urlencode([*((name, value) for name, value in query if name not in changes), *changes.items()])
            return request.url.path + (f"?{pairs}" if pairs else "")

        return self._templates.render(
            "away_kiosk.html" if on_kiosk else "away.html",
            {
                "viewer": None,
                "language": language,
                "path": request.url.path,
                "url_with": url_with,
                "is_single_machine": True,
                "now": datetime.now(UTC),
                "problem": problem,
                "style": Markup(style),  # noqa: S704 -- our own files
                "theme": ("dark" if ("theme", "dark") in query else "light") if on_kiosk else None,
                "start": _start_of_kiosk(dict(query)),
                "seconds": KIOSK_SECONDS,
            },
        )


@cache
def _policy_for(style: str) -> str:
    """Return the security policy of a page with this style within."""
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; img-src 'self' data:; style-src 'self' 'sha256-{digest}'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _start_of_kiosk(query: dict[str, str]) -> str:
    """Return the address that a screen goes back to from one with this query: nothing asked, in its own language."""
    kept = {name: value for name, value in query.items() if name not in KIOSK_ASKED}
    if home := kept.pop("home", None):
        kept["lang"] = home
    return KIOSK + (f"?{urlencode(kept)}" if kept else "")
