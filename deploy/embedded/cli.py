"""The command `relais`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; interrupted at whatever moment, it ends without a word."""
    try:
        from deploy.embedded.commands import run  # noqa: PLC0415 -- importing takes long enough to be interrupted

        run(sys.argv[1:])
    except KeyboardInterrupt as error:
        raise SystemExit(130) from error


if __name__ == "__main__":
    main()
