"""Commands of the command line, run as people run them but without the second that a new process takes to start."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from cyclopts import App


class Ran(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    output: str
    errors: str


async def run_command(
    app: App, *words: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Ran:
    """Run `app` with these words in a thread, which has an event loop of its own as a process has.

    Until it ends, `environment`, `folder` and the standard streams are those of the whole process.
    """
    output, errors = io.StringIO(), io.StringIO()

    def run() -> int:
        try:
            app(words)
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return 0

    with (
        patch.dict(os.environ, environment or {}),
        chdir(folder or "."),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        code = await asyncio.to_thread(run)
    return Ran(code, output.getvalue(), errors.getvalue())
