"""Several inputs, each in the order of its log, merged by event time.

Belongs here: buffers, positions, and which records may go. Does not: what a record says, or what time it makes.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from enum import Enum
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from monitor.engine.fetched import DAWN, Fetched, Record

Told = TypeVar("Told")


class Key(NamedTuple):
    """Where a record stands in the merged order: running maximum of event time in its input, rank, offset.

    A late record takes the running maximum, so it keeps its place in its input.
    """

    time: datetime
    rank: int
    offset: int


END_OF_TIME = datetime.max.replace(tzinfo=DAWN.tzinfo)
UNBOUND = Key(END_OF_TIME, 0, 0)
PROMISED = (1 << 30, 0)
"""Rank and offset behind every record of the same time."""


class Connection(Enum):
    """How an answer fits to what an input holds already."""

    CONNECTED = "connected"
    KNOWN = "known"
    GAP = "gap"


class Input(Generic[Told]):
    """One input: what was fetched and is not applied yet, and what is known of its log's end.

    `fetched` and `applied` are positions: the next record to fetch, the next to apply.
    """

    def __init__(self, name: str, rank: int, applied: int, newest: datetime) -> None:
        self.name = name
        self.rank = rank
        self.applied = self.fetched = applied
        self.newest = self.applied_newest = newest
        self.waiting: list[tuple[datetime, int, int, Record, Told]] = []
        self.asked: datetime | None = None
        self.end: int | None = None
        self.quiet_since: datetime | None = None
        self.promised = DAWN

    @property
    def caught_up(self) -> bool:
        """Whether the last answer ended at the log's end; unknown is behind."""
        return self.end is not None and self.fetched >= self.end

    def connection(self, fetched: Fetched) -> Connection:
        """Whether this answer begins where the last one ended. One that was torn holds nothing new."""
        if not fetched.is_whole:
            return Connection.KNOWN
        if fetched.start == self.fetched:
            return Connection.CONNECTED
        return Connection.GAP if fetched.start > self.fetched else Connection.KNOWN

    def heard(self, fetched: Fetched) -> None:
        """Take over what an answer that connects says about positions and the end."""
        self.fetched = fetched.next
        self.end, self.asked = fetched.end, fetched.asked
        if fetched.records or not self.caught_up:
            self.quiet_since = None
        elif self.quiet_since is None:
            self.quiet_since = fetched.asked

    def frontier(self, now: datetime, idle_after: timedelta) -> Key:
        """Everything up to this key has been fetched from this input, as far as one can know.

        An input that is caught up holds no one back once it has been quiet for `idle_after`, or up to the moment
        that was promised to be complete.
        """
        newest = Key(self.newest, self.rank, self.fetched)
        if not self.caught_up:
            return newest
        if not idle_after or (self.quiet_since is not None and now - self.quiet_since >= idle_after):
            return UNBOUND
        return max(newest, Key(self.promised, *PROMISED))

    def take(self, bound: Key) -> list[tuple[datetime, int, int, Record, Told]]:
        """Remove and return the records before `bound`."""
        waiting = self.waiting
        if not waiting or waiting[-1][:3] < bound:
            self.waiting = []
            return waiting
        place = bisect_left(waiting, bound)
        taken, self.waiting = waiting[:place], waiting[place:]
        return taken

    def take_to(self, position: int) -> list[tuple[datetime, int, int, Record, Told]]:
        """Remove and return the records that lie before a position of the log."""
        place = bisect_left(self.waiting, position, key=itemgetter(2))
        taken, self.waiting = self.waiting[:place], self.waiting[place:]
        return taken
