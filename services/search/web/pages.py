"""The public pages."""

from __future__ import annotations

from litestar import Response, get


@get("/robots.txt", include_in_schema=False)
async def robots() -> Response[str]:
    return Response("User-agent: *\nDisallow: /api/\n", media_type="text/plain")


HANDLERS = [robots]
