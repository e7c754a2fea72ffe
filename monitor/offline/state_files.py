"""Files of exported state: the rows of some lanes, each lane with its own row, its count and its checksum.

Lines of JSON, compressed by gzip: `zcat FILE | head -1` says what it is. Nothing is handed on before it was checked.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec
from xxhash import xxh3_128

from monitor.domain.state import from_bytes
from monitor.engine.step import LaneRow, is_lane_key, lane_key, lane_row_from_bytes
from schemas.errors import ConfigError

VERSION = 1
"""Of the file; its rows bear their own."""

LEVEL = 3
"""Of compression: rows are packed already."""


class About(msgspec.Struct, frozen=True, tag="churn-monitor state", tag_field="what", kw_only=True):
    """What the file is, and of which system."""

    version: int = VERSION
    app_id: str
    partitions: int
    written: datetime


class Begins(msgspec.Struct, frozen=True, tag="lane", tag_field="what"):
    """A lane, with its own row; its customers' rows follow, each as an array of id and bytes."""

    lane: int
    row: bytes


class Ends(msgspec.Struct, frozen=True, tag="end of lane", tag_field="what"):
    """The end of a lane: how many rows it has, and a checksum over all of them."""

    lane: int
    rows: int
    digest: str


class Whole(msgspec.Struct, frozen=True, tag="end", tag_field="what"):
    """The end of the file."""

    lanes: int


Line = About | Begins | Ends | Whole | tuple[str, bytes]
_decode = msgspec.json.Decoder(Line).decode
_encode = msgspec.json.Encoder().encode


class LaneState(NamedTuple):
    """The rows of one lane, as the changelog has them, its own among them."""

    lane: int
    row: LaneRow
    rows: dict[bytes, bytes]

    @property
    def customers(self) -> int:
        """How many rows are customers'."""
        return len(self.rows) - 1


class StateWriter:
    """Writes a file, which is there once all of it is written. Raises `ConfigError` where it is there already."""

    def __init__(self, path: Path, about: About) -> None:
        self._path, self._part = path, path.with_name(f"{path.name}.part")
        self._about = about
        self._lanes = 0
        self._file: gzip.GzipFile

    def __enter__(self) -> Self:
        if self._path.exists():
            raise ConfigError("is there already", where=str(self._path), remedy="give another name")
        try:
            self._file = gzip.open(self._part, "wb", compresslevel=LEVEL)
        except OSError as error:
            raise self._unwritable(error) from error
        self._write(self._about)
        return self

    def lane(self, lane: int, rows: Mapping[bytes, bytes]) -> None:
        """Write a lane."""
        own = rows[lane_key(lane)]
        self._write(Begins(lane, own))
        digest, count = xxh3_128(own), 0
        for key, value in rows.items():
            if not is_lane_key(key):
                self._write((key.decode(), value))
                _add(digest, key, value)
                count += 1
        self._write(Ends(lane, count, digest.hexdigest()))
        self._lanes += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with self._file:
                if error is None:
                    self._write(Whole(self._lanes))
            if error is None:
                self._part.replace(self._path)
        except OSError as failure:
            raise self._unwritable(failure) from failure
        finally:
            self._part.unlink(missing_ok=True)

    def _write(self, line: object) -> None:
        try:
            self._file.write(_encode(line) + b"\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> ConfigError:
        return ConfigError(f"can't be written: {error.strerror or error}", where=str(self._path))


def read_about(path: Path) -> About:
    """What a file says that it is. Raises `ConfigError`."""
    return _about(path, next(_lines(path), None))


def read_lanes(path: Path) -> Iterator[LaneState]:
    """The lanes of a file, one after the other, each checked. Raises `ConfigError` where one is not whole."""
    lines = _lines(path)
    _about(path, next(lines, None))
    for lanes, line in enumerate(lines):
        if line == Whole(lanes):
            return
        if not isinstance(line, Begins):
            break
        yield _lane(path, line, lines)
    raise _broken(path, "it has no end: it was cut")


def check(path: Path) -> list[tuple[int, LaneRow]]:
    """Read all of a file; its lanes, with the row of each. Raises `ConfigError` where it is not whole."""
    return [(state.lane, state.row) for state in read_lanes(path)]


def _about(path: Path, line: Line | None) -> About:
    if not isinstance(line, About):
        raise ConfigError("no file of `churn-monitor state export`", where=str(path))
    if line.version > VERSION:
        problem = f"version {line.version} of such files; this churn-monitor knows up to {VERSION}"
        raise ConfigError(problem, where=str(path), remedy="use the version that wrote it, or a newer one")
    return line


def _lane(path: Path, begins: Begins, lines: Iterator[Line]) -> LaneState:
    rows: dict[bytes, bytes] = {}
    digest = xxh3_128(begins.row)
    for line in lines:
        if not isinstance(line, tuple):
            break
        key = line[0].encode()
        rows[key] = line[1]
        _add(digest, key, line[1])
        _readable(path, line)
    else:
        raise _broken(path, "it has no end: it was cut")
    if line != Ends(begins.lane, len(rows), digest.hexdigest()):
        raise _broken(path, f"the rows of lane {begins.lane} are not those that were written")
    own = lane_row_from_bytes(begins.row)
    return LaneState(begins.lane, own, {**rows, lane_key(begins.lane): begins.row})


def _readable(path: Path, line: tuple[str, bytes]) -> None:
    try:
        from_bytes(line[1])
    except ValueError as error:
        raise ConfigError(str(error), where=f"{path}, the row of {line[0]}") from error


def _lines(path: Path) -> Iterator[Line]:
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                yield _decode(line)
    except gzip.BadGzipFile:
        raise ConfigError("no file of `churn-monitor state export`", where=str(path)) from None
    except (EOFError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _broken(path, str(error)) from error
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror or error}", where=str(path)) from error


def _add(digest: xxh3_128, key: bytes, value: bytes) -> None:
    digest.update(b"%d %d " % (len(key), len(value)))
    digest.update(key)
    digest.update(value)


def _broken(path: Path, why: str) -> ConfigError:
    return ConfigError(f"damaged: {why}", where=str(path), remedy="use another export")
