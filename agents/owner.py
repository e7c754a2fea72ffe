"""Who owns a lane: takes it over, feeds it, commits its steps, and lets go at the first doubt.

This is the commit protocol (design: lanes, takeover). It knows neither Faust nor Kafka, only the ports below: the
simulation drives this very code over a log in memory. An owner lives from takeover to its first doubt; any step that
does not end in a known commit ends it, with its memory, buffers and producer.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import structlog

from agents.flood import NO_FLOOD
from agents.letter_limit import LetterLimit
from monitor.domain.assess import Failure
from monitor.engine.fetched import Fetched
from monitor.engine.lane import Lane
from monitor.engine.merge import Connection
from monitor.engine.outputs import NO_NAMES, Output, outputs
from monitor.engine.step import LaneRow, Step, lane_key, lane_row_from_bytes

CHANGELOG = "changelog"
"""The name under which rows are handed to a producer, beside the topics of `outputs`."""

OURS = (TypeError, ValueError, LookupError, AttributeError, AssertionError)
"""What no broker causes: taking the lane over again would meet it again, so it ends the worker."""

Row = tuple[bytes, bytes]

log = structlog.get_logger()


class Producer(Protocol):
    """One lane's transactions; making it has fenced every earlier owner and settled what they left open."""

    async def begin(self) -> None: ...

    async def write(self, topic: str, records: Sequence[Output]) -> int:
        """Put records on the lane's partition of a topic; the offset of the last one."""
        ...

    async def commit(self, applied: Mapping[str, int]) -> None:
        """Commit what was written, with the positions applied; returns only if it is known to be committed."""
        ...

    async def close(self) -> None: ...


class Rows(Protocol):
    """One partition of the table as the local store has it."""

    def get(self, key: bytes) -> bytes | None: ...

    def items(self) -> Iterable[Row]: ...

    def put(self, rows: Sequence[Row], offset: int) -> None:
        """Write rows, then the changelog offset of the last one."""
        ...


class Lost(Exception):
    """The lane is in doubt, or somebody else's: its owner must be closed, and the lane taken over anew."""


class Gap(NamedTuple):
    """The log has not got on where the lane stands: read the input from `wanted` on."""

    input: str
    wanted: int


MakeLane = Callable[[Rows, LaneRow | None], Lane]


class Owner:
    """One lane from takeover to its first doubt: `recover` once its rows are there; `take` and `advance`.

    `topics` gives the names of inputs on the broker; a dead letter is cut to `longest_letter` bytes. At most
    `letter_share` of the last records may be dead letters. What fires late is for `flood`.
    """

    def __init__(
        self,
        partition: int,
        producer: Producer,
        make_lane: MakeLane,
        *,
        longest_letter: int,
        topics: Mapping[str, str] = NO_NAMES,
        letter_share: float = 1.0,
    ) -> None:
        self.partition = partition
        self.counts: Counter[str] = Counter()
        self._producer = producer
        self._make_lane = make_lane
        self._longest_letter = longest_letter
        self._topics = topics
        self._limit = LetterLimit(letter_share)
        self.flood = NO_FLOOD
        self._lane: Lane | None = None
        self._rows: Rows | None = None
        self._committing = asyncio.Lock()
        self._closed = False
        self._reported: set[str] = set()

    @property
    def lane(self) -> Lane | None:
        """The lane, while it can be fed."""
        return None if self._closed else self._lane

    def recover(self, rows: Rows) -> None:
        """Make the lane from its recovered rows. May be called again before it was fed."""
        if self._closed:
            return
        raw = rows.get(lane_key(self.partition))
        self._rows = rows
        self._lane = self._make_lane(rows, lane_row_from_bytes(raw) if raw is not None else None)

    def take(self, fetched: Fetched, now: datetime) -> Gap | None:
        """Take in one answer of the log; a gap says from where to read instead, None that all is well."""
        lane = self.lane
        if lane is None:
            return None
        if lane.accept(fetched, now) is Connection.GAP:
            return Gap(fetched.input, lane.fetched[fetched.input])
        return None

    async def advance(self, now: Callable[[], datetime]) -> None:
        """Make and commit steps until there is nothing to do. Raises `Lost`; the owner is then closed."""
        async with self._committing:
            while (lane := self.lane) is not None and (step := lane.step(now())) is not None:
                await self._commit(step)
                self.flood.take(step, now())
            if lane is not None and self.flood.rises and not lane.look().lag:
                self.flood.end(lane.clock)

    async def close(self) -> None:
        """Let go: a step under way is finished or given up first; nothing is written afterwards."""
        self._closed = True
        async with self._committing:
            await self._producer.close()
            self._lane = self._rows = None  # whoever keeps us keeps neither rows nor a store open

    async def _commit(self, step: Step) -> None:
        rows = step.rows()
        try:
            self._limit.check(step.counts)
            offset = await self._known(step, rows)
            if self._rows is not None:
                self._rows.put(rows, offset)
        except BaseException:
            self._closed = True
            raise
        self.counts += step.counts
        for failure in step.failures:
            self._report(failure)
        self.counts["transitions"] += len(step.transitions)

    def _report(self, failure: Failure) -> None:
        """Tell of each rule that raised once, by the first customer for whom it is switched off; all are counted."""
        if failure.rule not in self._reported:
            self._reported.add(failure.rule)
            log.error("rule.failed", rule=failure.rule, customer=failure.customer, exc_info=failure.error)

    async def _known(self, step: Step, rows: Sequence[Row]) -> int:
        try:
            return await self._transact(step, rows)
        except OURS:
            raise
        except Exception as error:
            raise Lost(f"lane {self.partition}, step {step.number}: {error!r}") from error

    async def _transact(self, step: Step, rows: Sequence[Row]) -> int:
        producer = self._producer
        changes = [Output(CHANGELOG, key, value) for key, value in rows]
        told = by_topic(outputs(step, longest=self._longest_letter, topics=self._topics))
        await producer.begin()
        offset, *_ = await asyncio.gather(  # at once: one round of requests, not one for each topic
            producer.write(CHANGELOG, changes), *(producer.write(*each) for each in told.items())
        )
        await producer.commit(step.lane.applied)
        return offset


def by_topic(records: Iterable[Output]) -> dict[str, list[Output]]:
    """Records in their order, topic by topic."""
    topics: dict[str, list[Output]] = {}
    for record in records:
        topics.setdefault(record.topic, []).append(record)
    return topics
