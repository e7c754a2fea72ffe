"""The rules of a worker: those of its file, and every edition that is put in force while it runs."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from monitor.adapters.kafka_logs import Record
from monitor.adapters.kafka_logs.rule_log import Read, edition_of, follow_rules
from monitor.domain.rules import RuleSet
from monitor.engine.editions import Editions
from schemas.errors import StoreUnavailable
from schemas.settings import Settings

PATIENCE = timedelta(seconds=30)
GLANCE = timedelta(milliseconds=200)

log = structlog.get_logger()


class Rulebook:
    """Reads the topic of rules whole before any lane begins, and goes on reading; all lanes look into it."""

    def __init__(self, settings: Settings, first: RuleSet) -> None:
        self.editions = Editions(first)
        self._settings = settings
        self._position = 0
        self._read = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Have read what stands on the topic; a second start changes nothing. Raises `StoreUnavailable`."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        read = asyncio.create_task(self._read.wait())
        await asyncio.wait({read, self._task}, return_when=asyncio.FIRST_COMPLETED)
        read.cancel()
        if self._task.done():
            self._task.result()

    async def reach(self, number: int) -> None:
        """Have read up to an edition that another worker has seen already; tells if it doesn't come."""
        for _ in range(PATIENCE // GLANCE):
            if self._position > number:
                return
            await asyncio.sleep(GLANCE.total_seconds())
        log.error("rules.edition_missing", edition=number, read_up_to=self._position)

    def raise_failure(self) -> None:
        """Raise what has ended the reading, if anything has: without it, lanes would judge by old rules for ever."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()

    async def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        while True:
            try:
                async for read in follow_rules(self._settings, self._position):
                    self._take(read)
            except StoreUnavailable as error:
                if not self._read.is_set():
                    raise
                log.warning("rules.not_read", why=str(error))

    def _take(self, read: Read) -> None:
        for record in read.records:
            self._add(record)
            self._position = record.offset + 1
        if read.caught_up:
            self._read.set()

    def _add(self, record: Record) -> None:
        """Take in an edition; one that can't be read changes nothing, and is told."""
        try:
            edition = edition_of(record)
        except ValueError as error:
            log.error("rules.bad_edition", edition=record.offset, why=str(error))  # noqa: TRY400  theirs, not ours
            return
        self.editions.add(edition)
        log.info("rules.edition", edition=edition.number, version=edition.rules.version)
