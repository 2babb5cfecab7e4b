"""The pages of accounts."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from services.accounts.web.pages import account, administration, operations, signin

PAGES: list[HTTPRouteHandler] = [*signin.HANDLERS, *account.HANDLERS, *administration.HANDLERS, *operations.HANDLERS]
