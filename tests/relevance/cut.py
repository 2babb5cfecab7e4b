"""Cut the sample of `check.py` out of the whole files: `python tests/relevance/cut.py FOLDER`.

Asks the judged queries of all that the files hold, and keeps the rows of right answers, of whatever else was found
(those are what an answer can be mistaken for), and one row in so many of the rest, so that words are about as rare as
they are. Rows are taken as they are, so that the importers read the sample as they read the whole.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from check import SAMPLE
from corpus import answer, engine_holding, structures_in
from judging import judged
from score import FILES

from services.directory.sample.cut import write_rows

FOUND = 20
"""How many answers of each query are kept, right or not."""

RIGHT = 40
"""How many right answers of each query are kept; of a town hall in a department there are hundreds."""

ONE_IN = 30


async def wanted(files: list[Path]) -> dict[Path, set[int]]:
    """Return the rows to keep of each file."""
    at: dict[UUID, tuple[Path, int]] = {}
    structures = []
    for path, row, structure in structures_in(files):
        at[structure.id] = path, row
        structures.append(structure)
    kept = {one.id for one in structures if one.id.int % ONE_IN == 0}
    async with engine_holding(structures) as (engine, corpus):
        for one in judged():
            kept |= {hit["id"] for hit in await answer(engine, one, FOUND)}
            if one.wanted:
                kept |= set(sorted(hit["id"] for hit in corpus if one.is_met_by(hit))[:RIGHT])
    return {path: {row for own, row in map(at.__getitem__, kept) if own == path} for path in files}


def main(folder: Path) -> None:
    files = [folder / name for name in FILES]
    if missing := [path.name for path in files if not path.is_file()]:
        sys.exit(f"{folder} does not hold {', '.join(missing)}.")
    SAMPLE.mkdir(exist_ok=True)
    for path, rows in asyncio.run(wanted(files)).items():
        target = SAMPLE / f"{path.name.removesuffix('.gz')}.gz"
        write_rows(path, target, rows)
        print(f"{len(rows)} rows, {target.stat().st_size // 1024} KB in {target.name}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder that holds the whole files.")
    main(Path(sys.argv[1]))
