"""All the inputs of one lane: facts, which move its clock; what is told beside them; moments that were promised.

Belongs here: which records wait, in which order they go, up to where each input was read and applied. What they do
to customers is for the passage, when time passes for the lane.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.engine.admission import Admission
from monitor.engine.fetched import ASIDES, CLOCK, COMMANDS, DAWN, PROFILES, Fetched, Record
from monitor.engine.merge import PROMISED, Connection, Input, Key
from monitor.engine.passage import NO_FACT, Told, ToldAside, Waiting, WaitingAside
from monitor.engine.step import LaneRow
from schemas.clock import TimePassed

Ranges = Mapping[str, tuple[int, int]]
Last = dict[int, tuple[datetime, int]]


class Inputs:
    """The inputs `names` in rank order, profiles and commands among them as asides, and the clock's log.

    They go on from `row`; None is a lane's first start.
    """

    def __init__(self, names: Sequence[str], admission: Admission, row: LaneRow | None) -> None:
        self.names = (*names, CLOCK)
        self._admission = admission
        self._by_name: dict[str, Input[Any]] = {
            name: _input(name, rank, row) for rank, name in enumerate(self.names)
        }
        self._facts: list[Input[Told]] = [self._by_name[name] for name in names if name not in ASIDES]
        self._asides: list[Input[ToldAside]] = [self._by_name[name] for name in names if name in ASIDES]
        self._moments: Input[Told] = self._by_name[CLOCK]
        self._promises: list[tuple[datetime, datetime]] = []

    @property
    def fetched(self) -> dict[str, int]:
        """The position from which each input has to be fetched on."""
        return {name: each.fetched for name, each in self._by_name.items()}

    @property
    def applied(self) -> dict[str, int]:
        """The position up to which each input was applied by the last step."""
        return {name: each.applied for name, each in self._by_name.items()}

    @property
    def newest(self) -> dict[str, datetime]:
        """The running maximum of each input's event time, as far as it was applied."""
        return {name: each.applied_newest for name, each in self._by_name.items()}

    @property
    def profiles_are_behind(self) -> bool:
        """Whether profiles were never read and taken to their end, as far as this lane knows."""
        return any(each.name == PROFILES and (each.waiting or not each.caught_up) for each in self._asides)

    def waiting(self, name: str) -> int:
        """How many records of this input were fetched and wait for others."""
        return len(self._by_name[name].waiting)

    def lag(self) -> dict[str, int]:
        """How many positions of each input lie between what was applied and the end that was told last."""
        ends = ((each.name, each.end, each.applied) for each in self._by_name.values())
        return {name: end - applied for name, end, applied in ends if end is not None and end > applied}

    def heard(self) -> datetime | None:
        """When any input was last asked with success."""
        return max((each.asked for each in self._by_name.values() if each.asked is not None), default=None)

    def held_by(self) -> datetime | None:
        """When the facts were asked that have nothing waiting, and so hold back the others: the longest ago of them."""
        return min((each.asked or DAWN for each in self._facts if not each.waiting), default=None)

    def skip_to(self, name: str, position: int) -> int:
        """Go on from `position` where the log has lost what lay before; returns how many positions were lost."""
        each = self._by_name[name]
        lost = position - each.fetched
        each.fetched, each.end = position, None
        return lost

    def read_from(self, name: str, position: int) -> None:
        """Go on reading an input from another position; what was fetched of it and not applied is gone."""
        each = self._by_name[name]
        each.applied = each.fetched = position
        each.waiting, each.end, each.quiet_since = [], None, None

    def accept(self, fetched: Fetched, now: datetime) -> Connection:
        """Take in one answer at wall time `now`, if it begins where the last one of its input ended."""
        each = self._by_name[fetched.input]
        connection = each.connection(fetched)
        if connection is not Connection.CONNECTED:
            return connection
        if each is self._moments:
            self._admit_moments(fetched.records, now)
        elif each in self._asides:
            self._admit_asides(each, fetched.records)
        else:
            self._admit_facts(each, fetched.records)
        each.heard(fetched)
        self._hear_promises(each, fetched.asked)
        return connection

    def bound(self, now: datetime, idle_after: timedelta) -> Key:
        """Every fact before this key has been fetched, as far as one can know at wall time `now`."""
        return min(each.frontier(now, idle_after) for each in self._facts)

    def take_facts(self, bound: Key, most: int) -> list[Waiting]:
        """Remove and return the facts before `bound` in merged order, at most so many."""
        items = [item for each in self._facts for item in each.take(bound)]
        items.sort()
        self.put_back(items[most:])
        return items[:most]

    def put_back(self, items: Sequence[Waiting]) -> None:
        """Let facts that were taken wait on."""
        for each in self._facts if items else ():
            each.waiting[:0] = [item for item in items if item[1] == each.rank]

    def take(self, name: str, most: int) -> list[WaitingAside]:
        """Remove and return what waits of an aside, at most so much; nothing where it is no input of this lane."""
        each = self._by_name.get(name)
        if each is None:
            return []
        taken, each.waiting = each.waiting[:most], each.waiting[most:]
        return taken

    def take_ranges(
        self, ranges: Ranges
    ) -> tuple[list[Waiting], list[WaitingAside], list[WaitingAside], list[Waiting]]:
        """Remove and return the records of a recorded step: facts in merged order, profiles, commands, moments."""
        facts = sorted(item for each in self._facts for item in self._taken(each.name, ranges))
        profiles, commands, moments = (self._taken(name, ranges) for name in (PROFILES, COMMANDS, CLOCK))
        return facts, profiles, commands, moments

    def is_complete_before(self, bound: Key) -> bool:
        """Whether no fact that was fetched lies before `bound`."""
        return not any(each.waiting and each.waiting[0] < bound for each in self._facts)

    def promised(self, bound: Key) -> list[datetime]:
        """The moments up to which time may pass, once all facts before `bound` are applied."""
        return [time for time, *_ in self._moments.waiting if bound >= Key(time, *PROMISED)]

    def take_moments(self, target: datetime) -> list[Waiting]:
        """Remove and return the promises up to `target`."""
        return self._moments.take(Key(target, *PROMISED))

    def answered(self) -> datetime | None:
        """The oldest of the facts' last answers, if all are caught up."""
        if not all(each.caught_up for each in self._facts):
            return None
        return min((each.asked for each in self._facts if each.asked is not None), default=DAWN)

    def settle(
        self, items: Sequence[Waiting], few: Iterable[Waiting | WaitingAside], ranges: Ranges | None
    ) -> dict[str, tuple[int, int]]:
        """Take these records for applied, or those in `ranges`; returns the ranges by which positions moved.

        `few` are those that tell no facts.
        """
        last = _last_of_each(items, len(self._facts)) | {item[1]: (item[0], item[2]) for item in few}
        moved = {}
        for name, each in self._by_name.items():
            before = each.applied
            if each.rank in last:
                each.applied_newest, each.applied = last[each.rank][0], last[each.rank][1] + 1
            if ranges is not None:
                each.applied = ranges[name][1] if name in ranges else before
            elif not each.waiting:
                each.applied = each.fetched
            if each.applied != before:
                moved[name] = (before, each.applied)
        return moved

    def _taken(self, name: str, ranges: Ranges) -> list[Any]:
        return self._by_name[name].take_to(ranges[name][1]) if name in ranges else []

    def _admit_facts(self, each: Input[Told], records: Iterable[Record]) -> None:
        newest, rank, admit, wait = each.newest, each.rank, self._admission.fact, each.waiting.append
        for record in records:
            told = admit(record)
            if not isinstance(told, NO_FACT) and told.time > newest:
                newest = told.time
            wait((newest, rank, record.offset, record, told))
        each.newest = newest

    def _admit_asides(self, each: Input[ToldAside], records: Iterable[Record]) -> None:
        """What is told beside facts has no place in time: it keeps the order of its log."""
        admit: dict[str, Callable[[Record], ToldAside]] = {
            PROFILES: self._admission.profile,
            COMMANDS: self._admission.command,
        }
        for record in records:
            each.waiting.append((DAWN, each.rank, record.offset, record, admit[each.name](record)))

    def _admit_moments(self, records: Iterable[Record], now: datetime) -> None:
        each = self._moments
        for record in records:
            told = self._admission.time_passed(record)
            if isinstance(told, TimePassed):
                each.newest = max(each.newest, told.data.until)
                self._promises.append((told.data.until, now))
            each.waiting.append((each.newest, each.rank, record.offset, record, told))

    def _hear_promises(self, each: Input[Any], asked: datetime) -> None:
        """An answer asked for after a promise was read holds all that was promised to be complete."""
        for until, seen in self._promises:
            if seen <= asked:
                each.promised = max(each.promised, until)
        kept_by_all = min(each.promised for each in self._facts)
        self._promises = [promise for promise in self._promises if promise[0] > kept_by_all]


def _input(name: str, rank: int, row: LaneRow | None) -> Input[Any]:
    applied, newest = (row.applied.get(name, 0), row.newest.get(name, DAWN)) if row else (0, DAWN)
    return Input(name, rank, applied, newest)


def _last_of_each(items: Sequence[Waiting], inputs: int) -> Last:
    """The time and offset of the last record of each input, by rank."""
    last: Last = {}
    for time, rank, offset, *_ in reversed(items):
        if rank not in last:
            last[rank] = time, offset
            if len(last) == inputs:
                break
    return last
