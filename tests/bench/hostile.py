"""How long a search takes that is meant to hurt, on a platform with the real data, one after the other.

Floor: the mixed searches of people.py, in the same manner. No answer may be an error of ours, and every refusal
says which parameter it is about.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import httpx
from people import places, searches
from report import Figure, Report
from search import RESULTS, SEARCH, SUGGESTIONS, percentiles

from libs.testing.platform import RunningPlatform

COUNT = 600
STOP_WORDS = "de la le les du des un une et ou à au aux en pour par sur dans avec"
HURTFUL = (
    "' or 1=1; drop table document; --",
    "\\'; select pg_sleep(10) --",
    "categories = 'food' AND NOT _geoRadius(0, 0, 1)",
    "a & b | !c <-> d:* (",
    "\u202egnihtemos\u202c \u200f\u200e\u2066",
    "\x00\x01\x1b[31m\x7f",
    "%s %(q)s {} {{7*7}} ${jndi:ldap://localhost}",
    "<script>alert(1)</script>",
    "🍲🚿🏥" * 20,
    "Z̸̢̛͇a̵̡l̷̢g̶̨o̸" * 20,
    "ﬁ ﷺ ㎏ Ⅷ ẞ İ",
    "…!?;:,.-_*~#'\"",
)
KNOBS = (
    {"near": "91,2"},
    {"near": "48.8,181"},
    {"near": "nan,inf"},
    {"near": "48.8566,2.3522", "radius_km": "0"},
    {"near": "48.8566,2.3522", "radius_km": "10000"},
    {"near": "-90,180"},
    {"near": "0,0"},
    {"category": "no-such-category"},
    {"family": "'; --"},
    {"department": "999"},
    {"after": "a-cursor-that-was-tampered-with"},
    {"after": "A" * 4_000},
    {"per_page": "1000000"},
    {"open_at": "9999-12-31T23:59:59Z"},
    {"open_at": "0001-01-01"},
    {"open_now": "perhaps"},
    {"place": "x" * 5_000},
    {"place": "Saint"},
    {},
)


def texts(chance: random.Random, known: list[str]) -> Iterator[str]:
    """Yield what somebody who means ill would type, without end."""
    while True:
        yield chance.choice(HURTFUL)
        yield "a" * chance.choice((299, 300, 301, 10_000))
        yield " ".join(chance.sample(STOP_WORDS.split(), 6))
        # Words that nothing has, each looked for among those that it may be mistyped from.
        yield " ".join("".join(chance.choices("abcdefghilmnoprstuv", k=9)) for _ in range(25))[:300]
        # What most places begin with.
        yield chance.choice(("m", "ma", "mai", "s", "sa", "c", "1", "0", "01", "75"))
        yield "".join(chr(chance.randrange(1, 0xD7FF)) for _ in range(chance.randrange(1, 300)))
        # Real words that nothing has together.
        yield " ".join(chance.sample(known, 12))[:300]
        yield " ".join([chance.choice(known)] * 40)[:300]


def requests() -> Iterator[tuple[str, dict[str, Any]]]:
    chance = random.Random(13)  # noqa: S311 -- the same requests each time
    known = sorted({word for place in places() for word in place.name.split()})
    for text in texts(chance, known):
        path = chance.choice((SEARCH, SEARCH, SEARCH, RESULTS, SUGGESTIONS))
        yield path, {"q": text, **chance.choice(KNOBS)}


async def measure(report: Report, platform: RunningPlatform) -> None:
    wrong = 0
    times: list[float] = []
    usual: list[float] = []
    asked, wanted = requests(), searches(places(), 14)
    async with httpx.AsyncClient(base_url=platform.url, timeout=30) as client:
        for _ in range(COUNT):
            path, query = next(asked)
            begun = time.perf_counter()
            answer = await client.get(path, params=query)
            times.append((time.perf_counter() - begun) * 1_000)
            if answer.status_code >= 500 or (answer.status_code >= 400 and path == SEARCH and not _is_told(answer)):
                wrong += 1
                report.note(f"{answer.status_code}: {path} {str(query)[:200]}")
            begun = time.perf_counter()
            await client.get(SEARCH, params=next(wanted))
            usual.append((time.perf_counter() - begun) * 1_000)
    (_, _, found), (_, _, least) = percentiles(times), percentiles(usual)
    report.add(
        Figure(what="searches that are meant to hurt, p99", value=found, unit="ms", at_most=200, floor=least),
        Figure(what="of these, errors of ours", value=wrong, unit="", at_most=0),
    )


def _is_told(answer: httpx.Response) -> bool:
    return bool(answer.json().get("errors"))
