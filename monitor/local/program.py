"""What a server must tell so that it can be embedded, and how one is started and waited for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from monitor.local import ports as loopback
from monitor.local.processes import PAUSE, Process, spawn
from schemas.errors import StoreUnavailable

START_PATIENCE = timedelta(seconds=60)
_PORT_TRIES = 5
_TAIL_LINES = 15


class Program(Protocol):
    """A server that runs with `home` as its working directory and keeps everything below it."""

    name: str
    ports: int
    """How many ports it listens on; the first is the one that clients use."""

    def prepare(self, home: Path, ports: Sequence[int]) -> None:
        """Write the configuration, and the empty store when there is none yet."""

    def command(self, home: Path) -> list[str]: ...

    def environment(self) -> dict[str, str]: ...

    def answers(self, port: int) -> bool:
        """Tell whether it serves clients now. Never raises for a server that is not there (yet)."""

    def log(self, home: Path) -> Path: ...


class _PortTaken(Exception):
    """Somebody else took the port between our choice and the server's bind."""


def start(
    program: Program,
    home: Path,
    *,
    wanted: Sequence[int] = (),
    began: Callable[[list[int], Process], None] = lambda _ports, _process: None,
) -> Process:
    """Start the server on the wanted ports if they are free, and return when it answers.

    `began` is told ports and process as soon as there is one, before it answers.
    Raises StoreUnavailable, with the end of the server's log, when it dies or stays mute.
    """
    home.mkdir(parents=True, exist_ok=True)
    for _ in range(_PORT_TRIES):
        ports = loopback.choose(program.ports, wanted=wanted)
        program.prepare(home, ports)
        console = console_of(home)
        console.write_bytes(b"")
        process = spawn(program.command(home), cwd=home, console=console, env=program.environment())
        try:
            began(ports, process)
            await_answer(program, home, ports[0], process)
        except _PortTaken:
            continue
        except BaseException:
            process.stop()
            raise
        return process
    raise StoreUnavailable(f"{program.name} found no port of its own", address=loopback.HOST)


def await_answer(program: Program, home: Path, port: int, process: Process) -> None:
    """Wait until the server answers on its port. Raises StoreUnavailable when it does not."""
    for _ in range(START_PATIENCE // PAUSE):
        # Who took the port before us might answer, too, and be taken for our server.
        if process.listens_on(port) and program.answers(port):
            return
        if not process.alive():
            _mourn(program, home, port)
        time.sleep(PAUSE.total_seconds())
    raise StoreUnavailable(
        f"{program.name} (pid {process.pid}) does not answer\n{_end_of_log(program, home)}",
        address=f"{loopback.HOST}:{port}",
    )


def console_of(home: Path) -> Path:
    """Where what the server prints goes."""
    return home / "console.log"


def _mourn(program: Program, home: Path, port: int) -> None:
    last = _end_of_log(program, home)
    if "Address already in use" in last:
        raise _PortTaken
    raise StoreUnavailable(f"{program.name} died at its start\n{last}", address=f"{loopback.HOST}:{port}")


def _end_of_log(program: Program, home: Path) -> str:
    files = [path for path in (program.log(home), console_of(home)) if path.exists()]
    lines = [line for path in files for line in path.read_text(errors="replace").splitlines()[-_TAIL_LINES:]]
    return "\n".join(lines) or "(its log is empty)"
