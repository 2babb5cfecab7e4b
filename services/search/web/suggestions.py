"""What is suggested while somebody types."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libs.web.documentation import problem
from libs.web.language import language_of
from services.search.asking import LONGEST_QUERY
from services.search.engines import Engine
from services.search.suggesting import Suggestion, suggest_what, suggest_where
from services.search.web.results import RESULTS


class SuggestedItem(msgspec.Struct, kw_only=True):
    """Something that may be meant: `url` leads to it. The `text` of a place may be given as `place` of a search.

    A family or a category is meant near the town in its `detail`, if there is one.
    """

    kind: Literal["family", "category", "structure", "place"]
    text: str
    detail: str | None
    url: str


class SuggestionsAnswer(msgspec.Struct, kw_only=True):
    """Suggestions, the likeliest first; none for less than two letters."""

    items: list[SuggestedItem]


@get("/api/v1/search/suggestions", tags=["search"], responses={422: problem("`q` is too long, or `field` unknown.")})
async def suggestions(
    request: Request[Any, Any, Any],
    *,
    engine: NamedDependency[Engine],
    q: Annotated[str, QueryParameter(description="What was typed so far.", max_length=LONGEST_QUERY)] = "",
    field: Annotated[
        Literal["what", "where"],
        QueryParameter(description="What it was typed as: what is looked for, or where."),
    ] = "what",
) -> SuggestionsAnswer:
    """Suggest what somebody who has begun to type may mean.

    For `what`, kinds of help by their labels and by everyday words, mistyped ones too where nothing else begins so,
    near a town if its name has begun after them; then large towns, and structures. For `where`, departments, communes
    and districts. Labels are in the language of the request.
    """
    found = await suggest_what(engine, q, language_of(request)) if field == "what" else suggest_where(q)
    return SuggestionsAnswer(items=[_item(one) for one in found])


def _item(one: Suggestion) -> SuggestedItem:
    url = f"/structures/{one.slug}" if one.slug else f"{RESULTS}?{urlencode(one.parameters)}"
    return SuggestedItem(kind=one.kind, text=one.text, detail=one.detail, url=url)
