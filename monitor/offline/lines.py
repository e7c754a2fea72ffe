"""The lines of a CSV as text, and its rows with their line numbers. What fields mean is not known here."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import TypeAlias

from monitor.offline.blocks import Block
from monitor.offline.dialects import Dialect, aligned, delimited
from monitor.offline.records import Tell, silence

# First and last line of a row (a quoted field can span several), and its fields. A plain tuple: it is hot.
Row: TypeAlias = tuple[int, int, list[str]]


class Lines:
    """Decoded lines; the last two blocks stay at hand, for raw bytes and for going back to a line."""

    def __init__(self, blocks: Iterable[Block], tell: Tell = silence) -> None:
        self._blocks = iter(blocks)
        self._held: deque[_Held] = deque(maxlen=2)
        self._tell: Tell | None = tell
        self.consumed = 0

    def after(self, line: int) -> Iterator[str]:
        """All lines that follow the line of that number; for 0, all."""
        return chain.from_iterable(self._parts(line))

    def raw(self, first: int, last: int) -> bytes:
        """The bytes of some lines read lately, from the first to the last, without the last line's end."""
        return b"".join(part for held in self._held for part in held.raw(first, last)).rstrip(b"\r\n")

    def _parts(self, line: int) -> Iterator[list[str]]:
        for held in tuple(self._held):
            yield held.texts[max(0, line - held.before) :]
        for block in self._blocks:
            yield self._hold(block).texts

    def _hold(self, block: Block) -> _Held:
        before = self._held[-1].last if self._held else 0
        texts, faulty = _decoded(block.content)
        if faulty is not None and self._tell is not None:
            self._tell(f"line {before + faulty + 1} is not UTF-8: such lines are read as Windows-1252")
            self._tell = None
        self._held.append(_Held(before, texts, block.content))
        self.consumed = block.consumed
        return self._held[-1]


@dataclass(frozen=True)
class _Held:
    """The lines of one block, and how many lines came before."""

    before: int
    texts: list[str]
    content: bytes

    @property
    def last(self) -> int:
        return self.before + len(self.texts)

    @cached_property
    def lines(self) -> list[bytes]:
        return self.content.splitlines(keepends=True)

    def raw(self, first: int, last: int) -> list[bytes]:
        if last <= self.before or first > self.last:
            return []
        return self.lines[max(0, first - 1 - self.before) : last - self.before]


def _decoded(content: bytes) -> tuple[list[str], int | None]:
    """Decode lines; also tells which, from 0, is the first that is not UTF-8."""
    try:
        return io.StringIO(content.decode(), newline="").readlines(), None
    except UnicodeDecodeError as error:
        faulty = len(content[: error.start + 1].splitlines()) - 1
        return [_decoded_line(line) for line in content.splitlines(keepends=True)], faulty


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def read_rows(lines: Lines, dialect: Dialect) -> Iterator[Row]:
    """Read the rows below the header that are not blank; their width is not checked."""
    rows = _spaced_rows(lines, dialect) if dialect.delimiter is None else _quoted_rows(lines, dialect)
    return rows if dialect.names is None else islice(rows, 1, None)


def _spaced_rows(lines: Lines, dialect: Dialect) -> Iterator[Row]:
    width = dialect.width
    for number, fields in enumerate(map(str.split, lines.after(0)), 1):
        if fields:
            yield number, number, fields if len(fields) == width else aligned(fields, dialect)


def _quoted_rows(lines: Lines, dialect: Dialect) -> Iterator[Row]:
    done: int | None = 0
    while done is not None:
        done = yield from _until_astray(lines, dialect, done)


def _until_astray(lines: Lines, dialect: Dialect, done: int) -> Generator[Row, None, int | None]:
    """Yield the rows after line `done` until a stray quote swallows lines; returns where to go on."""
    reader = delimited(lines.after(done), dialect.delimiter or ",")
    last, width = done, dialect.width
    try:
        for fields in reader:
            first, last = last + 1, done + reader.line_num
            if first < last and (len(fields) != width or _is_row(lines.raw(first + 1, first + 1), dialect)):
                yield first, first, fields[:1]
                return first
            if len(fields) == width:
                yield first, last, fields
            elif any(fields):
                yield first, last, aligned(fields, dialect)
    except csv.Error:
        yield last + 1, last + 1, []
        return last + 1
    return None


def _is_row(line: bytes, dialect: Dialect) -> bool:
    """Whether a line within a quoted field is a row of its own: then the quote was a stray one."""
    return b'"' not in line and line.count((dialect.delimiter or ",").encode()) == dialect.width - 1
