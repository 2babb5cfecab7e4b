"""A contact that is not published, from the API to the directory: staff see it, and no other eye or store ever does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from libs.servers import free_port
from libs.testing.planting import found_in, propose, publish
from libs.testing.platform import RunningPlatform

pytestmark = pytest.mark.timeout(120)

# Invented place and contacts.
PLACE: dict[str, Any] = {
    "name": "Halte de l'essai des coulisses",
    "address": {"street": "4 rue des Essais", "postcode": "48000", "city": "Mende"},
    "services": [{"id": "a", "category": "shower"}],
    "phones": [
        {"number": "04 66 00 12 34"},
        {"number": "06 66 55 43 21", "label": "Ligne des coulisses inventée", "visibility": "internal"},
    ],
    "emails": [{"address": "arriere.boutique@exemple.invalid", "visibility": "internal"}],
}
MARKS = ("666554321", "06 66 55 43 21", "coulisses inventée", "arriere.boutique")


@contextmanager
def deaf_partner(client: httpx.Client) -> Iterator[None]:
    """Have the changes of Lozère sent to a partner of whom nothing answers."""
    hook = {"url": f"http://127.0.0.1:{free_port()}/", "events": ["structure.changed"], "departments": ["48"]}
    identifier = client.post("/api/v1/webhooks", json=hook).raise_for_status().json()["id"]
    try:
        yield
    finally:
        client.delete(f"/api/v1/webhooks/{identifier}").raise_for_status()


def holders(platform: RunningPlatform) -> set[str]:
    """Return the databases and tables in which a row holds one of the marks."""
    state = msgspec.json.decode((platform.home / "platform.json").read_bytes())
    found: set[str] = set()
    for service, password in state["database_passwords"].items():
        url = f"postgresql://relais_{service}:{password}@127.0.0.1:{state['ports']['postgres']}/relais_{service}"
        with psycopg.connect(url) as connection:
            tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            for (table,) in tables:
                query = SQL("select count(*) from {} as held where to_jsonb(held)::text like any(%s)")
                marks = [f"%{mark}%" for mark in MARKS]
                [count] = connection.execute(query.format(Identifier(table)), [marks]).fetchone() or (0,)
                if count:
                    found.add(f"{service}.{table}")
    return found


def test_an_internal_contact_reaches_staff_and_nobody_else(platform: RunningPlatform) -> None:
    with platform.client("moderator", "48") as staff, platform.client("administrator") as client, deaf_partner(client):
        journey = publish(client, propose(client, proposed=PLACE))
        webhooks = next(step for step in journey["steps"] if step["step"] == "webhooks")
        # The partner was tried, and will be again: the journey does not wait for it.
        assert (webhooks["state"], webhooks["failed"], webhooks["retrying"]) == ("failed", 1, 1)
        assert datetime.fromisoformat(webhooks["next_attempt_at"]) > datetime.fromisoformat(webhooks["at"])

        query = {"q": PLACE["name"], "department": "48", "per_page": 1}
        hit = client.get("/api/v1/search", params=query).json()["hits"][0]
        assert hit["name"] == PLACE["name"]
        address = f"/api/v1/structures/{hit['id']}"
        held = staff.get(f"{address}?internal=true").raise_for_status().json()
        assert [phone["number"] for phone in held["phones"]] == ["+33466001234", "+33666554321"]
        assert held["emails"][0]["address"] == "arriere.boutique@exemple.invalid"
        texts = {
            where: httpx.get(platform.url + where).raise_for_status().text
            for where in (
                address,
                f"{address}/history",
                f"/structures/{hit['slug']}",
                f"/structures/{hit['slug']}/corriger",
                "/exports/departements/48.csv",
                "/exports/departements/48.data-inclusion.json",
                "/api/v1/search?q=halte+coulisses&department=48",
                "/recherche?q=halte+coulisses&department=48",
            )
        }
        assert [(where, mark) for where, text in texts.items() for mark in MARKS if mark in text] == []
        for words in ("0666554321", "arriere.boutique@exemple.invalid"):
            found = client.get("/api/v1/search", params={"q": words, "department": "48"}).json()["hits"]
            assert hit["id"] not in [other["id"] for other in found]
        everybody = client.get("/api/v1/structures", params={"updated_since": held["updated_at"]})
        assert hit["id"] in everybody.text
        assert not [mark for mark in MARKS if mark in everybody.text]
    assert holders(platform) <= {"contributions.contribution", "directory.structure", "directory.structure_history"}
    assert "directory.structure" in holders(platform)
    # Nor does what the services tell each other hold it; logs are the business of test_privacy.
    assert found_in(platform.home / "nats", MARKS) == set()
