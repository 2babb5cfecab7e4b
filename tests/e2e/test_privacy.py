"""What people write about themselves stays in the databases: no log, stream or metric holds it."""

from __future__ import annotations

import httpx
import pytest

from libs.contracts.events import SERVICES
from libs.testing.planting import MODERATION, found_in, propose, publish
from libs.testing.platform import RunningPlatform, until

pytestmark = pytest.mark.timeout(120)

CANARIES = {
    "email": "canari.courriel@exemple.invalid",
    "name": "Canari Prénom-Inventé",
    "comment": "canari-commentaire",
    "reason": "canari-motif",
    "phone": "+33466998877",
    "search": "canari-recherche",
    "signin": "canari.connexion@exemple.invalid",
}
"""Invented, each in one place only; the telephone is internal."""


def plant(platform: RunningPlatform, client: httpx.Client) -> None:
    """Write each canary where people would, and have everything done that follows."""
    place = {
        "name": "Accueil de l'essai des canaris",
        "address": {"postcode": "48000", "city": "Mende"},
        "phones": [{"number": CANARIES["phone"], "visibility": "internal"}],
    }
    contact = {"email": CANARIES["email"], "name": CANARIES["name"], "role": "visitor"}
    about = {"contact": contact, "comment": CANARIES["comment"]}
    first, second = (propose(client, proposed=place, **about) for _ in range(2))
    refusal = {"reason": CANARIES["reason"]}
    client.post(f"{MODERATION}/{second}/reject", json=refusal).raise_for_status()
    httpx.get(f"{platform.url}/api/v1/search", params={"q": CANARIES["search"]}).raise_for_status()
    httpx.get(f"{platform.url}/recherche", params={"q": CANARIES["search"]}).raise_for_status()
    # What is wrong is answered with words of its own, and must not be logged either.
    client.post("/api/v1/contributions", json={"kind": "addition", "proposed": {"name": CANARIES["name"] * 999}})
    httpx.post(f"{platform.url}/connexion", data={"email": CANARIES["signin"]}, headers={"Origin": platform.url})
    publish(client, first)
    until(lambda: len([mail for mail in mails(client) if CANARIES["email"] in mail["to"]]) >= 4)


def mails(client: httpx.Client) -> list[dict[str, str]]:
    return client.get("/api/v1/mailbox").json()["items"]


def test_nothing_personal_is_in_logs_streams_or_metrics(platform: RunningPlatform) -> None:
    with platform.client("administrator") as client:
        plant(platform, client)
        metrics = "".join(client.get(f"/metrics/{service}").raise_for_status().text for service in SERVICES)
    assert found_in(platform.home / "logs", CANARIES.values()) == set()
    assert found_in(platform.home / "nats", CANARIES.values()) == set()
    assert not [name for name, canary in CANARIES.items() if canary in metrics or canary in platform.output]
    # They are where they belong, so that this test can find what it looks for.
    assert found_in(platform.home / "postgresql", [CANARIES["email"]])
