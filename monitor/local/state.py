"""What is written down about running servers: one file in their folder, and locks.

A folder that is kept remembers its ports; which processes still live is asked of the system, not of the file.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from monitor.local.processes import Process
from schemas.errors import ConfigError


class Place(msgspec.Struct):
    """Where one server listens, and the process that does, if one was started and not stopped."""

    ports: list[int]
    process: Process | None = None

    def alive(self) -> bool:
        return self.process is not None and self.process.alive()


class State(msgspec.Struct):
    """The servers of one folder, by name: "kafka", "redis"."""

    throwaway: bool
    servers: dict[str, Place] = {}


def read(folder: Path) -> State | None:
    """The state of a folder, or None when no servers were ever started there.

    Raises ConfigError for a broken file.
    """
    path = _file(folder)
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return None
    except msgspec.DecodeError as error:
        raise ConfigError(f"not a state file: {error}", where=str(path), remedy="delete it") from error


def write(folder: Path, state: State) -> None:
    """Put a new state in the place of the old one, wholly or not at all."""
    path = _file(folder)
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    part.replace(path)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock: two commands at once come one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(folder: Path) -> Path:
    return folder / "servers.json"
