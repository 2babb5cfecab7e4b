"""Announcements: their API, the pages where administrators write them, and how a reader closes one."""

from services.directory.web.announcements import api, closing, pages

HANDLERS = (*api.HANDLERS, *pages.HANDLERS, *closing.HANDLERS)
