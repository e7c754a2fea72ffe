"""The embedded servers of one folder: up, down, and each of them alone, as tests of faults need it."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from monitor.local import program, state, watchdog
from monitor.local.kafka import Kafka, KafkaWithSideDoor
from monitor.local.ports import HOST
from monitor.local.processes import PATIENCE, Process
from monitor.local.state import Place, State
from monitor.local.valkey import Valkey
from schemas.errors import ConfigError, StoreUnavailable

_PROGRAMS: dict[str, program.Program] = {"redis": Valkey(), "kafka": Kafka()}
_ENDING = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT})


class Health(NamedTuple):
    """How one server is: the process's fields are None when it is not running."""

    name: str
    address: str
    answers: bool
    pid: int | None
    started: datetime | None
    memory: int | None


class Servers:
    """Kafka and Valkey in one folder. As a context manager, they are down when it is left.

    `folder` holds everything that belongs to them. Several can run side by side, each in a folder of its own.
    """

    def __init__(self, folder: Path, known: State, side_door: int | None = None) -> None:
        self.folder = folder
        self._programs = _PROGRAMS | ({"kafka": KafkaWithSideDoor(side_door)} if side_door else {})
        self._state = known
        self._watchdog: Process | None = None

    @classmethod
    def up(
        cls,
        folder: Path | None = None,
        *,
        kafka: bool = True,
        redis: bool = True,
        tied: bool = True,
        side_door: int | None = None,
        tell: Callable[[str], None] = lambda _line: None,
    ) -> Servers:
        """Start the servers that do not run yet and return when they answer; takes about two seconds.

        Without a folder, they get a throw-away one, which `down` removes. `tied` servers go down when this
        process dies, however it dies. Kafka gets a `side_door` whose clients are told to come to that port, where a
        proxy can stand. If the start fails or is interrupted, what it had started is stopped.
        Raises ConfigError when tied servers are asked for where others run already, StoreUnavailable when
        one does not start.
        """
        home = folder or Path(tempfile.mkdtemp(prefix="churn-monitor-"))
        home = home.resolve()
        with state.alone(home):
            servers = cls(home, state.read(home) or State(throwaway=folder is None), side_door)
            names = [name for name, asked in (("redis", redis), ("kafka", kafka)) if asked]
            if tied and servers.running():
                raise ConfigError(
                    "servers run here already", where=str(home), remedy="stop them, or take another folder"
                )
            servers._begin(names, tied=tied, tell=tell)
        return servers

    @classmethod
    def find(cls, folder: Path) -> Servers | None:
        """The servers that were last started in a folder, whether they still run or not."""
        known = state.read(folder)
        return None if known is None else cls(folder.resolve(), known)

    @property
    def kafka(self) -> str:
        """The broker's address, host:port."""
        return self._address("kafka")

    @property
    def redis(self) -> str:
        """The URL of Valkey."""
        return self._address("redis")

    @property
    def side_door(self) -> int:
        """The port on which Kafka's side door is open."""
        return self._place("kafka").ports[2]

    @property
    def throwaway(self) -> bool:
        """Whether `down` removes the folder."""
        return self._state.throwaway

    def running(self) -> bool:
        """Whether any of the servers runs."""
        return any(place.alive() for place in self._state.servers.values())

    def health(self) -> list[Health]:
        """How each server is."""
        return [self._health(name) for name in sorted(self._state.servers)]

    def down(self) -> None:
        """Stop the servers, and remove the folder if it is a throw-away one. Does nothing the second time."""
        if self.folder.exists():
            with state.alone(self.folder):
                self._state = state.read(self.folder) or self._state
                self._clear(list(self._state.servers))
        self._dismiss_watchdog()

    def kill_kafka(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the broker a signal; if it is one that ends it, wait for the end."""
        self._kill("kafka", number)

    def start_kafka(self) -> None:
        """Start the broker again, on its port, with what it had stored. Does nothing while it runs."""
        self._restart("kafka")

    def kill_redis(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send Valkey a signal; if it is one that ends it, wait for the end."""
        self._kill("redis", number)

    def start_redis(self) -> None:
        """Start Valkey again, on its port, with what it had stored. Does nothing while it runs."""
        self._restart("redis")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.down()

    def _begin(self, names: list[str], *, tied: bool, tell: Callable[[str], None]) -> None:
        idle = [name for name in names if not self._alive(name)]
        try:
            state.write(self.folder, self._state)
            if tied:
                self._watchdog = watchdog.watch(self.folder)
            for name in names:
                tell(f"Starting {self._programs[name].name}")
                self._start(name)
        except BaseException:
            self._clear(idle)
            self._dismiss_watchdog()
            raise

    def _clear(self, names: list[str]) -> None:
        for name in names:
            self._stop(name)
        if self.throwaway and not self.running():
            shutil.rmtree(self.folder, ignore_errors=True)

    def _dismiss_watchdog(self) -> None:
        # The last to go: should our own end interrupt the clearing, the watchdog does it.
        if self._watchdog:
            self._watchdog.stop()
            self._watchdog = None

    def _start(self, name: str) -> None:
        home, place = self.folder / name, self._state.servers.get(name)
        if place and place.process and place.alive():
            program.await_answer(self._programs[name], home, place.ports[0], place.process)
            return
        program.start(
            self._programs[name], home, wanted=place.ports if place else (), began=partial(self._note, name)
        )

    def _restart(self, name: str) -> None:
        address = self._address(name)
        self._start(name)
        if self._address(name) != address:
            self._stop(name)
            raise StoreUnavailable("its port was taken meanwhile", address=address)

    def _kill(self, name: str, number: signal.Signals) -> None:
        if process := self._place(name).process:
            process.signal(number)
            if number in _ENDING:
                process.ended(PATIENCE)

    def _stop(self, name: str) -> None:
        place = self._state.servers.get(name)
        if place and place.process:
            place.process.stop()
            self._note(name, place.ports, None)

    def _note(self, name: str, ports: list[int], process: Process | None) -> None:
        self._state.servers[name] = Place(ports, process)
        state.write(self.folder, self._state)

    def _alive(self, name: str) -> bool:
        place = self._state.servers.get(name)
        return place is not None and place.alive()

    def _place(self, name: str) -> Place:
        if name not in self._state.servers:
            raise ConfigError(f"there is no {name} among these servers", where=str(self.folder))
        return self._state.servers[name]

    def _address(self, name: str) -> str:
        port = self._place(name).ports[0]
        return f"redis://{HOST}:{port}/0" if name == "redis" else f"{HOST}:{port}"

    def _health(self, name: str) -> Health:
        place = self._place(name)
        process = place.process if place.process and place.process.alive() else None
        return Health(
            name=name,
            address=self._address(name),
            answers=process is not None and self._programs[name].answers(place.ports[0]),
            pid=process.pid if process else None,
            started=process.started() if process else None,
            memory=process.memory() if process else None,
        )
