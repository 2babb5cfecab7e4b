"""The pages of contributions: those for everybody, and those of moderators."""

from services.contributions.web.pages import moderation, public

HANDLERS = (*public.HANDLERS, moderation.ROUTER)
