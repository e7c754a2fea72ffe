"""The engine over files, without any server: one lane, of which each file is an input.

What comes out is handed on as it comes; counting it is for `tally`, who stands at the end for `standing`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.domain.changes import CustomerChange
from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import Editions
from monitor.engine.fetched import CLOCK, DAWN, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.step import DeadLetter, Step
from monitor.offline.feeds import Feed, FileRecord
from monitor.offline.records import RejectedRow
from schemas.clock import Passage, TimePassed
from schemas.dead_letters import Reason

CHUNK = 4_000
"""Records read at a time: enough that steps cost nothing, few enough that all of them fit one step."""


class Lost(NamedTuple):
    """A record that could not be applied: where it stands, why, and what it is."""

    place: str
    reason: Reason
    detail: str
    raw: bytes


class Stretch(NamedTuple):
    """What a chunk of the files gave rise to. `clock` is how far the lane's time has come."""

    transitions: list[Transition]
    lost: list[Lost]
    counts: Counter[str]
    clock: datetime
    changes: Sequence[CustomerChange] = ()


class Replay:
    """One run of a lane over `feeds`, merged by event time; iterate it once.

    The run ends when time has passed up to and including `until`, or to the last event where that is None.
    `customers` are those of the lane, judged by the same rules; None are all that come.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        rules: RuleSet,
        *,
        started: datetime,
        until: datetime | None = None,
        limits: Limits | None = None,
        customers: Customers | None = None,
    ) -> None:
        self.customers = customers or Customers(rules, lambda _: None)
        self.began: datetime | None = None
        self._feeds = feeds
        self._started = started
        self._until = until
        self._lane = Lane(
            Place(0, 1, Editions(rules)),
            [feed.name for feed in feeds],
            self.customers,
            timing=Timing(follows_wall=False),
            limits=(limits or Limits())._replace(keyed=False),
        )

    @property
    def clock(self) -> datetime | None:
        """How far time has passed; None before the first event."""
        return None if self._lane.clock == DAWN else self._lane.clock

    def __iter__(self) -> Iterator[Stretch]:
        while behind := [feed for feed in self._feeds if not feed.ended]:
            for feed in behind:
                # Whose records have all been applied is the one that the others wait for.
                if not self._lane.waiting(feed.name):
                    yield self._read(feed)
        if self.clock is not None:
            yield self._pass_to(self.clock if self._until is None else self._until)

    def _read(self, feed: Feed) -> Stretch:
        # One record at a time up to the first event, whose time the clock then shows: so all begins.
        fetched, rejected = feed.fetch(CHUNK if self.began else 1)
        self._lane.accept(fetched, self._started)
        stretch = self._stretch([row_lost(row) for row in rejected])
        if self.began is None and stretch.counts["applied"]:
            self.began = self._lane.clock
        return stretch

    def _pass_to(self, until: datetime) -> Stretch:
        stamp = int(max(self._started, until).timestamp() * 1000)  # the user's own word may lie in the future
        passed = TimePassed(
            specversion="1.0",
            id="until",
            source="/replay",
            type="time.passed",
            time=until,
            data=Passage(until=until),
        )
        record = RawRecord(0, stamp, None, passed.model_dump_json().encode())
        self._lane.accept(Fetched(CLOCK, 0, [record], 1, 1, self._started), self._started)
        return self._stretch([])

    def _stretch(self, lost: list[Lost]) -> Stretch:
        changes: list[CustomerChange] = []
        stretch = Stretch([], lost, Counter(), self._lane.clock, changes)
        while (step := self._lane.step(self._started)) is not None:
            self._add(stretch, step)
            changes += step.changes
        return stretch._replace(clock=self._lane.clock)

    def _add(self, stretch: Stretch, step: Step) -> None:
        stretch.transitions.extend(step.transitions)
        stretch.counts.update({kind: step.counts[kind] for kind in _COUNTED if kind in step.counts})
        for letter in step.dead_letters:
            if letter.refused.reason is Reason.wrong_topic:
                # A file, unlike a topic, may hold events of all sorts: a dump of everything is welcome.
                stretch.counts["not_a_fact"] += 1
            else:
                stretch.lost.append(_letter_lost(letter))


_COUNTED = ("applied", "repeated", "late", "unknown_type")


def row_lost(row: RejectedRow) -> Lost:
    """A row of a CSV that is no order, as a record that could not be applied."""
    return Lost(row.place, row.reason, row.detail, row.raw)


def _letter_lost(letter: DeadLetter) -> Lost:
    record = letter.record
    place = record.place if isinstance(record, FileRecord) else f"{letter.input}:{record.offset}"
    return Lost(place, letter.refused.reason, letter.refused.detail, record.value or b"")
