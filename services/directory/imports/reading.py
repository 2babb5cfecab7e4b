"""Published files as text and rows: recognised by what they hold, checked whole before any row is used."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.directory.imports.drafts import UnreadableFile

LONGEST_LINE = 1_000_000
"""Characters that a line may hold."""

LARGEST = 256 * 1024 * 1024
"""Bytes that a file may hold, once decompressed."""

_BINARY = "The file is binary, not text: give the CSV or JSON file itself, or that in gzip."
_GZIP = b"\x1f\x8b"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def opened(path: Path) -> Generator[IO[bytes]]:
    """Open a file for reading, decompressed if it is gzip.

    Raises:
        UnreadableFile: it cannot be opened or read.
    """
    try:
        with path.open("rb") as file:
            if file.peek(2)[:2] == _GZIP:
                with gzip.open(file) as unpacked:
                    yield unpacked  # pyright: ignore[reportReturnType] -- a reader of bytes
            else:
                yield file
    except EOFError:
        raise UnreadableFile("The compressed file is cut short: fetch it again.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise UnreadableFile("The compressed file is damaged: fetch it again.") from None
    except OSError as error:
        raise UnreadableFile(f"The file cannot be read: {error.strerror or error}.") from None


def lines(file: IO[bytes]) -> Iterator[str]:
    """Yield the lines of a text file in UTF-8, with their ends, whatever these are.

    Raises:
        UnreadableFile: it is empty, not text, not in UTF-8, or holds a line or a total beyond the bounds.
    """
    # A buffered file, compressed or not, shows its beginning without moving on.
    beginning: bytes = file.peek(1024)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] -- see above
    if beginning.startswith(_UTF_16):
        raise UnreadableFile("The file is in UTF-16: save it as UTF-8.")
    if b"\x00" in beginning:
        raise UnreadableFile(_BINARY)
    size = number = 0
    while block := file.readline(LONGEST_LINE + 1):
        number += 1
        size += len(block)
        if len(block) > LONGEST_LINE:
            raise UnreadableFile(
                f"Line {number} is longer than {LONGEST_LINE:,} characters: a line end is missing, or this is no table."
            )
        if size > LARGEST:
            raise UnreadableFile(f"The file holds more than {LARGEST // 1024**2} megabytes: cut it into parts.")
        if b"\x00" in block:
            raise UnreadableFile(_BINARY)
        try:
            text = block.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            wrong = f"0x{block[error.start]:02X}"
            raise UnreadableFile(
                f"Line {number} is not in UTF-8 (byte {wrong}): save the file as UTF-8, not as Windows or Latin text."
            ) from None
        yield text
    if size == 0:
        raise UnreadableFile("The file is empty.")


class Table:
    """A CSV file: its header, and its rows with their numbers, row 1 being the header.

    Raises:
        UnreadableFile: at once or on the way, for quotes that do not match and whatever `lines` finds.
    """

    def __init__(self, file: IO[bytes], delimiter: str = ",") -> None:
        # A carriage return alone ends lines in some old files; csv reads all three ends.
        self._reader = csv.reader(lines(file), strict=True, delimiter=delimiter)
        self._row = 0
        self.header = [name.strip() for name in next(self.rows())[1]]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that follow with their numbers; blank lines are none."""
        while True:
            start = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                raise UnreadableFile(
                    f"The cells of the row at line {start} are broken: a quote is missing there, or too much."
                ) from None
            if cells:
                self._row += 1
                yield self._row, cells


def is_json(path: Path) -> bool:
    """Whether a file begins as JSON does: such a file may well be one very long line.

    Raises:
        UnreadableFile: it cannot be read.
    """
    with opened(path) as file:
        return file.read(1024).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def first_line(path: Path) -> str:
    """Return the first line of a text file that is not blank, or nothing.

    Raises:
        UnreadableFile: see `lines`.
    """
    with opened(path) as file:
        return next((text for text in lines(file) if text.strip()), "")
