"""The stage: servers, topics and workers for one play, up when it is entered, and gone when it is left."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from monitor.adapters.topics import ensure
from monitor.demo.workers import ROLES, Worker
from monitor.local import Servers, jars, shared
from schemas.connections import SecretUrl
from schemas.settings import Settings

PARTITIONS = 4
NEVER = timedelta(days=1)
"""On the event clock nothing but events and the player's word may move time, however slow the machine is."""

Tell = Callable[[str], None]
Down = Callable[[], object]


@dataclass
class Stage:
    """All that runs for a play; it outlives the play if it is `kept`."""

    servers: Servers
    settings: Settings
    workers: tuple[Worker, ...] = ()
    kept: bool = False

    def check(self) -> None:
        """Raise `StoreUnavailable` if a worker has ended."""
        for worker in self.workers:
            worker.check()


@contextmanager
def raised(*, keep: bool, rules: Path | None, tell: Tell) -> Iterator[Stage]:
    """Raise the stage; whatever happens, it is cleared in the end, unless it is to be `kept`.

    `keep` takes servers that can outlive us: those that `churn-monitor local up` brings, or has brought.
    """
    _fetch(tell)
    servers, down = _lasting(tell) if keep else _tied(tell)
    stage = Stage(servers, _settings(servers, rules))
    try:
        _prepare(stage, tell)
        yield stage
    finally:
        with _undisturbed():
            if stage.kept:
                _let_go(stage)
            else:
                _strike(stage)
                down()


def _tied(tell: Tell) -> tuple[Servers, Down]:
    servers = Servers.up(tell=tell)
    return servers, servers.down


def _lasting(tell: Tell) -> tuple[Servers, Down]:
    """The servers that the user's commands share, and how to take down what we have started."""
    before = shared.find(None)
    found = before is not None and before.running()
    return shared.up(None, tell), lambda: None if found else shared.down(None)


def _prepare(stage: Stage, tell: Tell) -> None:
    tell("Making the topics")
    asyncio.run(ensure(stage.settings))
    tell("Starting a worker that detects and one that delivers")
    for role in ROLES:
        stage.workers += (Worker(role, stage.settings, stage.servers.folder),)


def _settings(servers: Servers, rules: Path | None) -> Settings:
    name = f"demo-{secrets.token_hex(2)}"
    return Settings(
        kafka=servers.kafka,
        redis=SecretUrl(servers.redis),
        app_id=name,
        topic_prefix=f"{name}-",
        partitions=PARTITIONS,
        rules=rules,
        clock="event",
        idle_after=NEVER,
        data_dir=servers.folder / name,
    )


def _let_go(stage: Stage) -> None:
    for worker in stage.workers:
        worker.let_go()


def _strike(stage: Stage) -> None:
    """Stop the workers, all at once, and remove what they kept."""
    for worker in stage.workers:
        worker.ask_to_end()
    for worker in stage.workers:
        worker.wait()
    shutil.rmtree(stage.settings.data_dir, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """A second Ctrl-C must not keep us from clearing the stage."""
    usual = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


def _fetch(tell: Tell) -> None:
    """Get Kafka's jars where they are not there yet."""
    if wanted := len(jars.missing()):
        got: list[jars.Jar] = []

        def note(jar: jars.Jar) -> None:
            got.append(jar)
            tell(f"Fetching Kafka's jars, once: {len(got)} of {wanted}")

        jars.fetch(note)
