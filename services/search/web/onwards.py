"""Where a search that found nothing leads on to, besides undoing its parts: only to what is known to find something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import parse_qsl, urlsplit

import msgspec
from litestar.datastructures import MultiDict

from services.search.asking import Asked, Typed
from services.search.domain.requests import Counts
from services.search.engines import Engine
from services.search.places import find_place
from services.search.web.results import NARROWING, RESULTS, address_of, typed_of

MOST_TRIED = 8
"""Addresses of which it is tried whether they find something; each is a search."""

FARTHER = "100"
"""How far is looked, in kilometres, where there is nothing around."""

Read = Callable[[Typed], Asked]


class Around(msgspec.Struct, kw_only=True, frozen=True):
    """What there is where somebody looked, else farther, else `everywhere`: how many structures, by family."""

    where: Typed
    families: Counts
    everywhere: bool

    def address(self, family: str) -> str:
        return address_of(self.where, family=family)


def ways_of(asked: Asked) -> dict[str, str]:
    """Return the addresses of the searches that ask for less, by what they give up."""
    typed, where = asked.typed, _where(asked)
    ways: dict[str, str] = {}
    if asked.verbatim.open_at:
        ways["time"] = address_of(typed, open_now=None, open_at=None, after=None)
    narrowing = [name for name in NARROWING if name != "closed"]  # that one widens
    if any(getattr(typed, name) for name in narrowing):
        ways["filters"] = address_of(typed, **dict.fromkeys(narrowing), after=None)
    if typed.q and where != Typed():
        ways["words"] = address_of(typed, q=None, place=where.place, plain=None, after=None)
    if typed.place or typed.near or typed.department:
        ways["place"] = address_of(typed, place=None, near=None, radius_km=None, department=None, after=None)
    return {name: href for name, href in ways.items() if href != RESULTS}


async def finding(engine: Engine, hrefs: Sequence[str], read: Read, *, farther: bool) -> frozenset[str]:
    """Return which addresses of searches find something; of many, only the first are tried.

    What is nearest and `farther` than was asked counts, for their pages show it.
    """
    tried = list(dict.fromkeys(hrefs))[:MOST_TRIED]
    return frozenset([href for href in tried if await _finds(engine, href, read, farther=farther)])


async def around(engine: Engine, asked: Asked, read: Read) -> Around | None:
    """Return what there is where was looked, whatever was looked for; None where nothing is held at all."""
    for where in dict.fromkeys(_wider_and_wider(asked)):
        again = read(where)
        if not again.errors:
            result = await engine.search(msgspec.structs.replace(again.request, per_page=1))
            if result.families:
                return Around(where=where, families=result.families, everywhere=where == Typed())
    return None


async def _finds(engine: Engine, href: str, read: Read, *, farther: bool) -> bool:
    asked = read(typed_of(MultiDict(parse_qsl(urlsplit(href).query))))
    if asked.errors:
        return False
    request = msgspec.structs.replace(asked.request, per_page=1)
    if farther:
        request = msgspec.structs.replace(request, radius=None)
    return (await engine.search(request)).total > 0


def _wider_and_wider(asked: Asked) -> Iterator[Typed]:
    where = _where(asked)
    yield where
    if asked.request.near:
        yield msgspec.structs.replace(where, radius_km=FARTHER)
    yield Typed()


def _where(asked: Asked) -> Typed:
    """Return where was looked, alone, as it may be typed; a place read among words by these, else its department."""
    typed, read = asked.typed, asked.reading.where
    place = typed.place
    if read:
        again = find_place(read.words)
        is_it = again is not None and again.label == read.place.label
        within = read.place.departments
        # A region is known by its name, as its label.
        place = read.words if is_it else read.place.label if len(within) > 1 else next(iter(within), read.place.clock)
    return Typed(near=typed.near, place=place, radius_km=typed.radius_km, department=typed.department)
