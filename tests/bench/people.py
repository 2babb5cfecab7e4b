"""People who search: what they type, of the places of ../shared/data (see its README), and how they come."""

from __future__ import annotations

import asyncio
import csv
import gzip
import io
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from imports import DATA
from lean import Asking

from libs.contracts import vocabulary

Send = Callable[[], Awaitable[bool]]

NEEDS = (
    "repas",
    "douche",
    "ordinateur",
    "internet",
    "aide démarches",
    "mairie",
    "france services",
    "imprimer",
    "santé",
)


@dataclass(frozen=True)
class Place:
    name: str
    city: str
    postcode: str
    latitude: float
    longitude: float


def places() -> list[Place]:
    """Read every place of the data that has coordinates."""
    columns = {
        "mairies.csv.gz": ("nom", "commune", "code_postal"),
        "lieux-mediation-numerique.csv.gz": ("nom", "commune", "code_postal"),
        "france-services-2024.csv": ("lib_fs", "lib_com", "code_postal"),
    }
    found: list[Place] = []
    for file, (name, city, postcode) in columns.items():
        raw = (DATA / file).read_bytes()
        text = (gzip.decompress(raw) if file.endswith("gz") else raw).decode("utf-8-sig")
        for row in csv.DictReader(io.StringIO(text)):
            try:
                point = float(row["latitude"]), float(row["longitude"])
            except ValueError:
                continue
            found.append(Place(row[name], row[city], row[postcode], *point))
    return found


def mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, max(2, len(word) - 1))
    return (
        word[:at] + word[at + 1 :]
        if chance.random() < 0.5
        else word[: at - 1] + word[at : at + 1] + word[at - 1 : at] + word[at + 1 :]
    )


def searches(known: list[Place], seed: int) -> Iterator[dict[str, Any]]:
    """Yield mixed searches without end: known places, needs somewhere, what is near, filters."""
    chance = random.Random(seed)  # noqa: S311 -- the same searches each time
    categories, departments = list(vocabulary.categories()), ["75", "69", "93", "48", "13", "59", "974"]
    while True:
        place = chance.choice(known)
        words = [word for word in place.name.split() if len(word) > 3] or [place.name]
        near = f"{place.latitude:.4f},{place.longitude:.4f}"
        need = chance.choice(NEEDS)
        yield chance.choices(
            [
                {"q": place.name},
                {"q": " ".join(chance.sample(words, min(2, len(words)))), "place": place.postcode},
                {"q": mistyped(chance.choice(words), chance)},
                {"q": chance.choice(words)[: chance.randint(3, 6)]},
                {"q": need, "place": place.city},
                {"q": need, "near": near},
                {"near": near, "radius_km": chance.choice(("2", "5", "20"))},
                {"near": near},
                {"category": chance.choice(categories), "department": chance.choice(departments)},
                {"place": place.postcode, "open_now": "true"},
            ],
            weights=[20, 15, 10, 10, 15, 10, 5, 5, 5, 5],
        )[0]


def beginnings(known: list[Place], seed: int) -> Iterator[dict[str, Any]]:
    """Yield what somebody has typed so far, as a name or as a town, without end."""
    chance = random.Random(seed)  # noqa: S311 -- the same beginnings each time
    while True:
        place = chance.choice(known)
        field, text = chance.choice([("what", place.name), ("where", place.city), ("where", place.postcode)])
        yield {"q": text[: chance.randint(2, max(2, min(12, len(text))))], "field": field}


async def open_loop(rate: int, seconds: float, send: Send) -> list[float]:
    """Call `send` at a steady pace; return how long after it was due each ended well, in milliseconds."""
    times: list[float] = []
    failed = 0

    async def one(due: float) -> None:
        nonlocal failed
        good = await send()
        times.append((time.perf_counter() - due) * 1_000)
        failed += not good

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(max(0, due - time.perf_counter()))
            group.create_task(one(due))
    if failed:
        print(f"  {failed} of {len(times)} failed")
    return times


async def closed_loop(senders: Sequence[Send], seconds: float) -> float:
    """Let each of several people search again as soon as an answer has come; return the answers a second."""
    answered = 0
    begun = time.perf_counter()

    async def one(send: Send) -> None:
        nonlocal answered
        while time.perf_counter() - begun < seconds:
            good = await send()
            answered += good  # in one step: what others answered meanwhile counts too

    async with asyncio.TaskGroup() as group:
        for send in senders:
            group.create_task(one(send))
    return answered / (time.perf_counter() - begun)


def sender(asking: Asking, path: str, wanted: Iterator[dict[str, Any]]) -> Send:
    """Return what sends the next search to `path`, and tells whether it was answered."""

    async def send() -> bool:
        answer = await asking.get(path, next(wanted))
        # Some communes of the data are not in the reference, which is said with a 422.
        return answer.status in {200, 422}

    return send
