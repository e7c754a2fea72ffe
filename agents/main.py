"""Running workers: one role in this process, or several processes under one that watches them."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import faust
import mode.loop
import structlog

from agents.deliver import make_app
from agents.transport import BatchApp
from agents.worker import Detection
from monitor.adapters.rule_files import load_rules
from monitor.adapters.topics import co_partitioned, largest_letter
from schemas.errors import ConfigError, MonitorError
from schemas.settings import Settings

Role = Literal["detect", "deliver"]

COLLECT = (200_000, 50, 1_000)
"""Thresholds of the cyclic garbage collector: at their defaults it takes a quarter of the CPU with much live state."""


def run(settings: Settings, role: Role) -> None:
    """Run one worker in this process until it is told to stop (SIGTERM, SIGINT).

    Raises `ConfigError` where rules, topics or the data folder are wrong, `StoreUnavailable` where Kafka isn't there,
    `TooManyDeadLetters` and `Stalled` where it will not go on.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(settings.log_level))
    rules = load_rules(settings.rules)
    asyncio.run(co_partitioned(settings))
    mode.loop.use("uvloop")
    gc.set_threshold(*COLLECT)
    if role == "deliver":
        _execute(make_app(settings), settings)
        return
    longest_letter = asyncio.run(largest_letter(settings))
    with _only_worker_of(settings):
        _execute(Detection(settings, rules, longest_letter=longest_letter).app, settings)


def _execute(app: BatchApp, settings: Settings) -> None:
    theirs = "DEBUG" if settings.log_level == "debug" else "WARNING"
    for name in ("faust", "mode", "aiokafka"):
        logging.getLogger(name).setLevel(theirs)
    worker = faust.Worker(app, loglevel=theirs, redirect_stdouts=False, quiet=True)
    worker.spinner = None  # it would write escape codes into logs
    try:
        worker.execute_from_commandline()
    except SystemExit:  # by which Faust ends in any case
        if isinstance(worker.crash_reason, MonitorError):
            raise worker.crash_reason from None
        raise


@contextmanager
def _only_worker_of(settings: Settings) -> Iterator[None]:
    """Hold the data folder: two workers on one would wait for each other's files for ever."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "worker.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(
                "another worker is using this folder",
                where=str(settings.data_dir),
                key="data_dir",
                remedy="give each worker a folder of its own, or start them together with --processes",
            ) from None
        yield
