"""One lane in time: a partition of all inputs, its clock, its customers.

Takes answers of the log and moments, returns steps. Nothing here waits, reads a clock or knows of Kafka: a step is a
function of the rows, the ranges of records, the target moment and the rules. A lane whose step was not committed is
thrown away; it has moved on in memory already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.domain.changes import CustomerChange
from monitor.domain.life import Transition
from monitor.engine.admission import Admission, Limits
from monitor.engine.anew import SLICE, Slice
from monitor.engine.customers import Customers
from monitor.engine.editions import FIRST, Edition, Editions
from monitor.engine.fetched import COMMANDS, DAWN, MOMENT, PROFILES, Fetched
from monitor.engine.inputs import Inputs, Ranges
from monitor.engine.look import Look
from monitor.engine.merge import END_OF_TIME, Connection, Key
from monitor.engine.passage import Passage, Waiting, WaitingAside
from monitor.engine.step import LANE_ROW_VERSION, NO_LOGS, LaneRow, Log, Logs, Step

MOST_RECORDS = 8_000
MOST_DEADLINES = 8_000
"""What one step applies and fires at most, so that a transaction stays short; one moment is never torn apart."""

NOTHING = Key(DAWN, -1, 0)
"""Before every record."""


class Timing(NamedTuple):
    """How a lane's clock goes: it `follows_wall` less an allowance for late events, or event time alone.

    An input that is caught up stops holding back the others after `idle_after`. What lies before `history_until` is
    history, of which nobody is told.
    """

    follows_wall: bool
    late_allowance: timedelta = timedelta(seconds=10)
    idle_after: timedelta = timedelta(0)
    history_until: datetime | None = None


class Place(NamedTuple):
    """Which lane of how many, and the editions of the rules that it judges by."""

    partition: int
    partitions: int
    editions: Editions


class Lane:
    """One partition of the inputs `names`, in rank order, going on from `row`.

    None is a lane's first start: where profiles are among the inputs, no fact is applied before they have been read to
    their end.
    """

    def __init__(
        self,
        place: Place,
        names: Sequence[str],
        customers: Customers,
        *,
        timing: Timing,
        limits: Limits,
        row: LaneRow | None = None,
    ) -> None:
        self.place = place
        self.customers = customers
        self.clock = row.clock if row else DAWN
        self._timing = timing
        self._number = row.step if row else 0
        self._edition = place.editions.of(row.edition if row else FIRST)
        self._changed = row.changed if row else None
        self._history_until = _end_of_history(row, timing.history_until)
        self._inputs = Inputs(names, Admission(limits), row)
        self.logs = row.logs if row else {}
        """The ids of the topics behind the inputs, as far as they are known."""
        self._new_logs: dict[str, Log] = {}
        self._heard = row.heard if row and row.rules == self._edition.rules.version else None

    @property
    def fetched(self) -> dict[str, int]:
        """The position from which each input has to be fetched on."""
        return self._inputs.fetched

    @property
    def applied(self) -> dict[str, int]:
        """The position up to which each input was applied by the last step."""
        return self._inputs.applied

    def waiting(self, name: str) -> int:
        """How many records of this input were fetched and wait for others."""
        return self._inputs.waiting(name)

    def look(self) -> Look:
        """Where this lane is now."""
        inputs, customers = self._inputs, self.customers
        return Look(
            self._number,
            self.clock,
            customers.deadlines.first(),
            self._edition.number,
            inputs.lag(),
            {name: number for name in inputs.names if (number := inputs.waiting(name))},
            inputs.heard(),
            inputs.held_by(),
            customers.anew.left,
        )

    def skip_to(self, name: str, position: int) -> int:
        """Go on from `position` where the log has lost what lay before; returns how many positions were lost."""
        return self._inputs.skip_to(name, position)

    def know(self, ids: Mapping[str, str]) -> None:
        """Remember which topics the inputs are read from, where that was not known yet."""
        self._take_logs(
            {name: Log(each, self.applied[name]) for name, each in ids.items() if name not in self.logs}
        )

    def accept(self, fetched: Fetched, now: datetime) -> Connection:
        """Take in one answer at wall time `now`, if it begins where the last one of its input ended."""
        return self._inputs.accept(fetched, now)

    def step(self, now: datetime) -> Step | None:
        """The next step at wall time `now`, or None while there is nothing to do."""
        self.customers.make_room()
        inputs = self._inputs
        new = self._go_over(self.place.editions.due(self._edition.number, self.clock))
        profiles, commands = inputs.take(PROFILES, MOST_RECORDS), inputs.take(COMMANDS, MOST_RECORDS)
        slice_ = self.customers.anew.next(SLICE)
        planned = self.place.editions.planned(self._edition.number)
        most = MOST_RECORDS if slice_ is None else min(MOST_RECORDS, SLICE)
        bound = self._bound(now)
        items = inputs.take_facts(bound if planned is None else min(bound, Key(planned, -1, 0)), most)
        target = self._target(bound, planned, by_now=bool(commands))
        if not (new or profiles or commands or slice_ or items) and target is None:
            return None
        passage = self._passage(MOST_DEADLINES)
        passage.heed(profiles)
        self._judge_anew(passage, slice_)
        done = passage.apply(items)
        inputs.put_back(items[done:])
        if target is not None and not passage.stopped:
            passage.pass_to(target)
        self._heed(passage, commands)
        if passage.stopped:
            target = passage.clock
        moments = inputs.take_moments(target) if target is not None else []
        passage.note(moments)
        return self._made(passage, target, items[:done], [*profiles, *commands, *moments], slice_)

    def follow(
        self,
        ranges: Ranges,
        target: datetime | None,
        edition: int = FIRST,
        anew: tuple[str, str | None] | None = None,
        logs: Logs = NO_LOGS,
    ) -> Step:
        """Repeat a recorded step; the records in its ranges must have been accepted before."""
        if edition != self._edition.number:
            self._go_over(self.place.editions.of(edition))
        self._take_logs(logs)
        items, profiles, commands, moments = self._inputs.take_ranges(ranges)
        slice_ = self.customers.anew.between(*anew) if anew is not None else None
        passage = self._passage(None)
        passage.heed(profiles)
        self._judge_anew(passage, slice_)
        passage.apply(items)
        if target is not None:
            passage.pass_to(target)
        self._heed(passage, commands)
        passage.note(moments)
        return self._made(passage, target, items, [*profiles, *commands, *moments], slice_, ranges)

    def _take_logs(self, logs: Logs) -> None:
        """Read inputs from these topics, from where they say; the next step tells it."""
        for name, log in logs.items():
            if log.start != self.applied[name]:
                self._inputs.read_from(name, log.start)
        self.logs = self.logs | {name: log.id for name, log in logs.items()}
        self._new_logs |= logs

    def _go_over(self, edition: Edition | None) -> bool:
        """Judge by this edition from now on, or from its own moment on: everything before that is done."""
        if edition is None:
            return False
        if edition.effective_from is not None:
            self.clock = max(self.clock, edition.effective_from)
        self._edition, self._changed, self._heard = edition, self.clock, None
        self.customers.use(edition.rules)
        return True

    def _heed(self, passage: Passage, commands: Sequence[WaitingAside]) -> None:
        before = self.customers.outages
        passage.heed(commands)
        if self.customers.outages is not before:
            self._heard = passage.clock

    def _judge_anew(self, passage: Passage, slice_: Slice | None) -> None:
        if slice_ is not None:
            change = self._edition.change(self._changed or DAWN)
            passage.judge_anew(slice_.names, change._replace(by_rules=self._heard is None))
            self.customers.anew.done(slice_)

    def _passage(self, most: int | None) -> Passage:
        return Passage(self.customers, self.clock, self._inputs.names, most)

    def _bound(self, now: datetime) -> Key:
        """Everything before it may be applied; on a first start nothing while profiles are still being read."""
        if self.clock == DAWN and self._inputs.profiles_are_behind:
            return NOTHING
        return self._inputs.bound(now, self._timing.idle_after)

    def _target(self, bound: Key, planned: datetime | None, *, by_now: bool) -> datetime | None:
        """The moment up to which time will have passed after the records before `bound`; None: not known.

        Before rules come into force as `planned`, it ends just there. With `by_now` the wall clock is followed though
        nothing is due.
        """
        if bound is NOTHING or not self._inputs.is_complete_before(
            min(bound, Key(planned or END_OF_TIME, -1, 0))
        ):
            return None
        moments = self._inputs.promised(bound)
        wall = self._wall()
        first = self.customers.deadlines.first()
        if wall is not None and (by_now or min(planned or END_OF_TIME, first or END_OF_TIME) <= wall):
            moments.append(wall)
        if planned is None:
            return max(moments, default=None)
        if max(moments, default=DAWN) >= planned or not self._inputs.is_complete_before(bound):
            return planned - MOMENT
        return max(moments, default=None)

    def _wall(self) -> datetime | None:
        """Where the wall clock, less the allowance, has gone beyond ours: as far as every input has answered."""
        answered = self._inputs.answered() if self._timing.follows_wall else None
        if answered is None or answered <= self.clock + self._timing.late_allowance:
            return None
        return answered - self._timing.late_allowance

    def _made(
        self,
        passage: Passage,
        target: datetime | None,
        items: Sequence[Waiting],
        few: Sequence[Waiting | WaitingAside],
        slice_: Slice | None,
        ranges: Ranges | None = None,
    ) -> Step:
        self.clock = passage.clock
        self._number += 1
        changed, transitions = self.customers.take()
        changes, self.customers.changes = self.customers.changes, []
        if self._history_until is not None:
            transitions, changes = self._news(transitions, changes, passage.counts)
        failures, self.customers.failures = self.customers.failures, []
        logs, self._new_logs = self._new_logs, {}
        if failures:
            passage.counts["rule_failed"] += len(failures)
        return Step(
            self.place.partition,
            self._number,
            self._inputs.settle(items, few, ranges),
            target,
            self._row(),
            changed,
            transitions,
            passage.dead_letters,
            passage.counts,
            self.customers.deadlines.first(),
            failures,
            passage.rejections,
            changes,
            (slice_.after, slice_.to) if slice_ is not None else None,
            logs,
        )

    def _news(
        self, transitions: list[Transition], changes: list[CustomerChange], counts: Counter[str]
    ) -> tuple[list[Transition], list[CustomerChange]]:
        """What is told: nothing of warnings that were opened, or stages that changed, before history ended."""
        end = self._history_until or DAWN
        told = [each for each in transitions if (each.warning.opened or end) >= end]
        counts["historical"] += len(transitions) - len(told)
        return told, [each for each in changes if each.at >= end]

    def _row(self) -> LaneRow:
        anew = self.customers.anew.after
        return LaneRow(
            LANE_ROW_VERSION,
            self._number,
            self._inputs.applied,
            self._inputs.newest,
            self.clock,
            self._edition.rules.version,
            self.place.partitions,
            anew is not None,
            anew or "",
            self._edition.number,
            self._changed,
            self._history_until,
            self.logs,
            self.customers.outages,
            self._heard,
        )


def _end_of_history(row: LaneRow | None, asked: datetime | None) -> datetime | None:
    """The later of what is asked for and was asked before; once anything could be told, it stays where it was."""
    if row is None:
        return asked
    known = row.history_until
    if row.clock >= (known or DAWN + MOMENT):  # the ends of warnings that were told have to be told, too
        return known
    return max(known, asked) if known and asked else known or asked
