"""The API of contributions: that of everybody, and that of moderators."""

from services.contributions.web.api import moderation, public

HANDLERS = (*public.HANDLERS, moderation.ROUTER)
