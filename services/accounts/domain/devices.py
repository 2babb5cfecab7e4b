"""What a browser is called in the list of sessions: enough to recognise it, nothing to follow it by."""

from __future__ import annotations

import re

# The first that is found wins: browsers also carry the names of those they wish to pass for.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PRODUCT = re.compile(r"[A-Za-z][\w.-]{0,30}")


def device_name(user_agent: str) -> str:
    """Return a short name such as « Firefox · Windows » for a User-Agent header; empty when it says nothing."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), None)
    if browser is None and system is None:
        product = _PRODUCT.match(user_agent)
        return product.group() if product else ""
    return " · ".join(part for part in (browser, system) if part)
