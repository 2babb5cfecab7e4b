"""What tests plant in a running platform, and where they look for it afterwards."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from libs.testing.platform import until
from libs.web.formatting import PARIS

MODERATION = "/api/v1/moderation/contributions"


def propose(client: httpx.Client, **proposal: Any) -> str:
    """Propose a new place, and return the contribution's id."""
    answer = client.post("/api/v1/contributions", json={"kind": "addition", **proposal})
    return answer.raise_for_status().json()["id"]


def publish(client: httpx.Client, contribution_id: str) -> dict[str, Any]:
    """Have a contribution approved by a moderator's client, and return its journey once it is complete."""
    client.post(f"{MODERATION}/{contribution_id}/approve", json={}).raise_for_status()
    journey = f"{MODERATION}/{contribution_id}/journey"
    return until(lambda: (found := client.get(journey).json())["complete"] and found)


@contextmanager
def announced(client: httpx.Client, *, shown_at: str = "/", **announcement: Any) -> Generator[str]:
    """Have an administrator's client announce something for today, yield its id once it is shown, and end it."""
    today = datetime.now(PARIS).date().isoformat()
    wish = {"starts_on": today, "ends_on": today, **announcement}
    made = client.post("/api/v1/announcements", json=wish).raise_for_status().json()["id"]
    until(lambda: made.replace("-", "") in client.get(shown_at).text)
    yield made
    client.post(f"/api/v1/announcements/{made}/withdrawal").raise_for_status()
    until(lambda: made.replace("-", "") not in client.get(shown_at).text)


def found_in(folder: Path, texts: Iterable[str]) -> set[str]:
    """Return which of the texts files under `folder` hold, as they are or escaped, each with its file."""
    files = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {
        f"{text} in {file.relative_to(folder)}"
        for file, content in files.items()
        for text in texts
        if text.encode() in content or text.encode("unicode_escape") in content
    }
