"""Pages: Jinja templates rendered for the viewer, in their language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie

from libs.contracts import vocabulary
from libs.web import formatting
from libs.web.assets import asset
from libs.web.language import (
    COOKIE,
    LANGUAGES,
    NAMES,
    Catalogues,
    current_language,
    direction,
    in_french,
    language_of,
    speak,
)
from libs.web.security import viewer_of

Page: TypeAlias = Response[str]

PRIVATE = "private, no-store"


class Templates:
    """The templates of a service and of the design system, with the words and helpers they use."""

    def __init__(self, folders: Sequence[Path], catalogues: Catalogues) -> None:
        self.catalogues = catalogues
        self._environment = Environment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        # The extension adds this method to the environment.
        install: Any = getattr(self._environment, "install_gettext_callables")  # noqa: B009 -- its type does not know it
        install(catalogues.gettext, catalogues.ngettext, newstyle=True)
        self._environment.globals |= {  # pyright: ignore[reportAttributeAccessIssue] -- a plain dict
            "asset": asset,
            "vocabulary": vocabulary,
            "languages": NAMES,
            "direction": direction,
            "in_french": in_french,
        }
        self._environment.filters |= formatting.FILTERS

    def render(self, name: str, context: dict[str, Any]) -> str:
        return self._environment.get_template(name).render(context)


def page(
    request: Request[Any, Any, Any],
    template: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    cookies: Sequence[Cookie] = (),
    keeps_language: bool = True,
    **context: Any,
) -> Page:
    """Render `template` for the person asking.

    Besides `context`, templates see `viewer`, `language`, `path`, `url_with`, `is_single_machine`, `now`,
    `asset`, `vocabulary`, `languages`, `direction`, `in_french` and the filters of `libs.web.formatting`. Pages
    of somebody signed in are never stored by caches. A page `keeps_language` that its address names, in a cookie.
    """
    language = language_of(request)
    speak(language)
    viewer = viewer_of(request)
    settings = request.app.state.settings

    def url_with(**query: str | None) -> str:
        """Return the present address with parts of its query changed (None removes one)."""
        kept = [(key, value) for key, value in parse_qsl(request.scope["query_string"].decode()) if key not in query]
        pairs = kept + [(key, value) for key, value in query.items() if value is not None]
        return request.url.path + (f"?{urlencode(pairs)}" if pairs else "")

    text = request.app.state.templates.render(
        template,
        {
            "viewer": viewer,
            "language": language,
            "path": request.url.path,
            "url_with": url_with,
            "is_single_machine": settings.mailbox_url is not None,
            "public_url": settings.public_url,
            "now": datetime.now(UTC),
            "problem": None,
            **context,
        },
    )
    chosen = [*cookies]
    if keeps_language and request.query_params.get("lang") in LANGUAGES:
        chosen.append(
            Cookie(COOKIE, value=language, path="/", max_age=31_536_000, samesite="lax", secure=settings.secure)
        )
    all_headers = {"Vary": "Accept-Language, Cookie", "Content-Language": language}
    all_headers["Cache-Control"] = PRIVATE if viewer else "no-cache"
    return Response(
        text, media_type="text/html", status_code=status, headers=all_headers | (headers or {}), cookies=chosen
    )


def translate(request: Request[Any, Any, Any], message: str, parameters: dict[str, Any] | None = None) -> str:
    """Return a marked message in the language of the person asking, its placeholders filled."""
    speak(language_of(request))
    text = request.app.state.templates.catalogues.gettext(message)
    return text % parameters if parameters else text


__all__ = ["Page", "Templates", "current_language", "page", "translate"]
