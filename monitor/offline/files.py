"""Events out of files: what a file holds is told by its first character, whatever its name is.

JSON lines are handed on untouched, for the engine's admission to judge; rows of a CSV become orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from monitor.offline.blocks import STDIN, Content
from monitor.offline.orders_csv import OrdersCsv
from monitor.offline.records import AS_RECOGNISED, Columns, RawRecord, Record, Tell, silence
from schemas.errors import ConfigError


@dataclass(frozen=True)
class Source:
    """A file named on the command line and its bytes on disk; 0 where that is not known."""

    path: Path
    size: int


def sources(paths: Iterable[Path]) -> list[Source]:
    """Look the files up; raises `ConfigError` for one that is not there, is a folder, or is `-` again."""
    found = [_source(path) for path in paths]
    if sum(source.path == STDIN for source in found) > 1:
        raise ConfigError("standard input can be read but once", where="-", remedy="give - once")
    return found


def _source(path: Path) -> Source:
    if path == STDIN:
        return Source(path, 0)
    if path.is_dir():
        raise ConfigError("this is a folder", where=str(path), remedy="give its files")
    if not path.exists():
        raise ConfigError("no such file", where=str(path), remedy="give a file of events or orders, or -")
    return Source(path, path.stat().st_size)


def read_records(path: Path, *, columns: Columns = AS_RECOGNISED, tell: Tell = silence) -> Iterator[Record]:
    """Read the records of a file in their order, a block at a time.

    `tell` gets what the user should know: which columns were recognised, an odd encoding. Raises
    `ConfigError` at once where the file can't be read at all; a row that can't be read is a `RejectedRow`
    among the others.
    """
    content = Content(path)
    table = _table(content, columns, tell)
    return _json_lines(content) if table is None else table.records()


def sorted_records(path: Path, *, columns: Columns = AS_RECOGNISED, tell: Tell = silence) -> Iterator[Record]:
    """Read the records of a file, a CSV by time: rows of one time as they stand, rejected rows first.

    A CSV that is not in order is held in memory whole. JSON lines are never put in another order: theirs is
    that of the topic they come from. Otherwise as `read_records`.
    """
    content = Content(path)
    table = _table(content, columns, tell)
    if table is None:
        return _json_lines(content)
    return table.records() if table.is_sorted() else table.sorted_records()


def _table(content: Content, columns: Columns, tell: Tell) -> OrdersCsv | None:
    """Open a CSV; None for JSON lines, of which an empty file has none."""
    start = content.head.lstrip()[:1]
    if start == b"[":
        raise ConfigError(
            "this is a JSON array", where=content.name, remedy="give one event a line: jq -c '.[]' FILE"
        )
    return None if start in {b"{", b""} else OrdersCsv(content, columns, tell)


def _json_lines(content: Content) -> Iterator[RawRecord]:
    line, position, name = 0, 0, content.name
    for block in content.once():
        for value in block.content.removesuffix(b"\n").split(b"\n"):
            line += 1
            if value and not value.isspace():
                yield RawRecord(f"{name}:{line}", position, value, block.consumed)
                position += 1
