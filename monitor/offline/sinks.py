"""JSON lines out: to a file, packed if its name asks for it, or to standard output."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import msgspec

from monitor.offline.blocks import STDIN
from monitor.offline.replay import Lost
from schemas.errors import ConfigError

Sink: TypeAlias = Callable[[Iterable[bytes]], None]

PACKING = 3  # level 9 takes four times as long for a twentieth less


@contextmanager
def json_lines(path: Path) -> Iterator[Sink]:
    """Open a file for JSON lines, `-` for standard output; raises `ConfigError` where it can't be written."""
    if path == STDIN:
        yield _sink(sys.stdout.buffer.write)
        sys.stdout.buffer.flush()
        return
    try:
        opened = _packing(path) if path.suffix == ".gz" else path.open("wb")
    except OSError as error:
        raise ConfigError(f"can't be written: {error.strerror}", where=str(path)) from error
    with opened as file:
        yield _sink(file.write)


def lost_json(lost: Lost) -> bytes:
    """A dead letter as a line: its record as `raw` text, or as `raw_base64` where it is no text."""
    told: dict[str, object] = {"place": lost.place, "reason": lost.reason, "detail": lost.detail}
    try:
        told["raw"] = lost.raw.decode()
    except UnicodeDecodeError:
        told["raw_base64"] = lost.raw  # msgspec writes bytes so
    return msgspec.json.encode(told)


def _packing(path: Path) -> gzip.GzipFile:
    return gzip.GzipFile(path, "wb", PACKING, mtime=0)  # the same lines make the same file


def _sink(write: Callable[[bytes], object]) -> Sink:
    def sink(lines: Iterable[bytes]) -> None:
        if text := b"\n".join(lines):
            write(text + b"\n")

    return sink
