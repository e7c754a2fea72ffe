"""Files as blocks of whole lines of bytes, with standard input, gzip and formats that are not ours.

What the lines mean is not known here.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer as Buffer

STDIN = Path("-")
BLOCK = 1 << 20
LONGEST_LINE = 1 << 26  # a longer one is cut, so that a file without line ends can't fill the memory
BOM = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"

FOREIGN = {
    b"PK\x03\x04": ("a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    b"PAR1": ("a Parquet file", "export it as CSV or JSON lines"),
    b"SQLite format 3": ("an SQLite database", "export the orders as CSV"),
    b"BZh": ("packed with bzip2", "unpack it first: bzip2 -dc FILE | churn-monitor replay -"),
    b"\xfd7zXZ": ("packed with xz", "unpack it first: xz -dc FILE | churn-monitor replay -"),
    b"\x28\xb5\x2f\xfd": ("packed with zstd", "unpack it first: zstd -dc FILE | churn-monitor replay -"),
    b"\xff\xfe": ("UTF-16 text", "save it as UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "save it as UTF-8"),
}


class Block(NamedTuple):
    """Some whole lines of a file, and how many bytes on disk were read to get here."""

    content: bytes
    consumed: int


class Content:
    """The unpacked content of a file; a file can be read again and again, standard input is kept for that.

    Raises `ConfigError` when the file can't be opened or holds something else than text.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = "stdin" if path == STDIN else path.name.encode(errors="replace").decode()
        self._kept: list[Block] | None = None
        blocks = read_blocks(path)
        first = next(blocks, Block(b"", 0))
        self.head = first.content
        self._ahead = chain((first,), blocks)

    def once(self) -> Iterator[Block]:
        """All blocks, for a reader who needs them but once: nothing is kept."""
        return self._ahead

    def again(self) -> Iterator[Block]:
        """All blocks from the start, as often as it is called."""
        if self.path != STDIN:
            return read_blocks(self.path)
        if self._kept is None:
            self._kept = list(self._ahead)
        return iter(self._kept)


def read_blocks(path: Path) -> Iterator[Block]:
    """Read a file, or standard input for `-`, in blocks of about 1 MiB that end where a line ends."""
    with _opened(path) as raw:
        counted = _Counted(raw)
        unpacked = _unpacked(io.BufferedReader(counted, BLOCK), path)
        fresh = True
        while content := _next_lines(unpacked, path):
            yield Block(content.removeprefix(BOM) if fresh else content, counted.count)
            fresh = False


def _next_lines(unpacked: io.BufferedIOBase, path: Path) -> bytes:
    try:
        return unpacked.read(BLOCK) + unpacked.readline(LONGEST_LINE)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ConfigError(
            f"the gzip file is damaged or cut off ({error})", where=str(path), remedy="fetch it again"
        ) from error


def _opened(path: Path) -> io.FileIO:
    if path == STDIN:
        return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise ConfigError(
            f"can't be read: {error.strerror}", where=str(path), remedy="give a file of events or orders"
        ) from error


def _unpacked(packed: io.BufferedReader, path: Path) -> io.BufferedIOBase:
    head = packed.peek(16)
    if head.startswith(GZIP):
        return io.BufferedReader(gzip.GzipFile(fileobj=packed), BLOCK)
    for magic, (found, remedy) in FOREIGN.items():
        if head.startswith(magic):
            raise ConfigError(f"this is {found}", where=str(path), remedy=remedy)
    return packed


class _Counted(io.RawIOBase):
    """A raw file that counts the bytes read from it: `tell` fails on pipes."""

    def __init__(self, raw: io.FileIO) -> None:
        self._raw = raw
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        got = self._raw.readinto(buffer) or 0
        self.count += got
        return got
