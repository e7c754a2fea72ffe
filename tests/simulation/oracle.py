"""What must be true of a world at its end, whatever went wrong in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from agents.owner import CHANGELOG
from agents.table import MemoryRows
from monitor.domain.rules import RuleSet
from monitor.domain.state import Standing, from_bytes
from monitor.engine.editions import FIRST, Editions
from monitor.engine.fetched import ASIDES, CLOCK, DAWN, PROFILES, Fetched, RawRecord
from monitor.engine.lane import Lane
from monitor.engine.outputs import (
    CUSTOMERS,
    DEAD_LETTERS,
    REJECTIONS,
    SHADOW,
    STANDING,
    STEPS,
    WARNINGS,
    Output,
    outputs,
)
from monitor.engine.step import Log, Step, is_lane_key, lane_key, lane_row_from_bytes
from schemas.steps import StepRecord
from tests.simulation.partition import Transaction
from tests.simulation.scenario import BEGIN, EVERY, NAMES
from tests.simulation.worker import LONGEST_LETTER, make_lane
from tests.simulation.world import End

TOPICS = (WARNINGS, STANDING, SHADOW, CUSTOMERS, REJECTIONS, DEAD_LETTERS, STEPS, CHANGELOG)
ALL = 1 << 40


class Committed(NamedTuple):
    """One transaction as readers of committed records see it: what it put on each topic."""

    transaction: Transaction
    written: dict[str, list[Output]]
    step: StepRecord


def check(end: End) -> None:
    """Raise `AssertionError` for the first thing that is not true."""
    assert not end.failures, end.failures
    for lane in range(end.given.lanes):
        made = committed(end, lane)
        covered(end, lane, made)
        rows = followed(end, lane, made)
        numbered(end, lane)
        kept(end, lane, rows)
        stands(end, lane, rows)
        if end.given.preloaded:
            plain(end, lane, made)
            profiled(end, lane, made)


def committed(end: End, lane: int) -> list[Committed]:
    """The lane's transactions, in order. Each holds one step, and ends with the lane's row on the changelog."""
    written: dict[Transaction, dict[str, list[Output]]] = {}
    for topic in (STEPS, *TOPICS):
        for record, transaction in (
            end.broker.logs[topic, lane].committed() if topic != STEPS or not written else ()
        ):
            assert transaction is not None, "written outside a transaction"
            topics = written.setdefault(transaction, defaultdict(list))
            topics[topic].append(Output(topic, record.key, record.value, [*record.headers]))
    return [Committed(each, topics, _step(topics)) for each, topics in written.items()]


def covered(end: End, lane: int, made: list[Committed]) -> None:
    """Every position of every input is in the range of exactly one step; the clock never goes back."""
    applied = dict.fromkeys(EVERY, 0)
    clock: datetime = DAWN
    for number, each in enumerate(made, start=1):
        step = each.step
        assert step.step == number, f"step {step.step} where {number} was due"
        assert (step.clock or DAWN) >= clock, f"step {number}: the clock went back"
        clock = step.clock or DAWN
        for name, (start, to) in step.ranges.items():
            assert start == applied[name] < to, f"step {number}: {name} {start}-{to} after {applied[name]}"
            applied[name] = to
    for lost in (each for told in end.lost.values() for each in told if each.lane == lane):
        assert lost.end <= end.broker.logs[lost.input, lane].start, f"{lost}: it was there"
    told = {name: end.broker.applied.get((name, lane), 0) for name in EVERY}
    assert told == applied, "the group's positions are not those of the steps"
    for name in EVERY:
        rest = [record for record in _arrived(end, name, lane) if record.offset >= applied[name]]
        start = end.broker.logs[name, lane].start
        assert not [each for each in rest if each.offset >= start], f"{name}: not applied to its end"


def followed(end: End, lane: int, made: list[Committed]) -> Mapping[bytes, bytes]:
    """A fresh lane that repeats the recorded steps writes the same, byte for byte; the rows that it ends with."""
    rows = MemoryRows()
    fresh: Lane = make_lane(end.given, _editions(end, end.given.rules), lane, rows, None)
    inputs = {name: _applied(end, name, lane, made) for name in EVERY}
    _hand_over(fresh, inputs)
    for each in made:
        record = each.step
        if record.edition == FIRST and record.rules != fresh.customers.rules.version:
            fresh = _rules_changed(end, fresh, rows, record.rules)
            _hand_over(fresh, inputs)
        ranges = {name: (start, to) for name, (start, to) in record.ranges.items()}
        logs = {name: Log(*log) for name, log in record.logs.items()}
        step = fresh.follow(ranges, record.target, record.edition, record.anew, logs)
        expected = _written(step)
        got = {topic: written for topic, written in each.written.items() if topic != CHANGELOG}
        assert got == expected, f"step {record.step} differs from what it says that it applied"
        _same_rows(end, each, step)
        rows.put(step.rows(), 0)
    return dict(rows.items())


def numbered(end: End, lane: int) -> None:
    """No warning transition is told twice, none is left out, and on each topic a warning's stand in order."""
    told: defaultdict[tuple[str, str, str | None], list[int]] = defaultdict(list)
    seen: set[str] = set()
    for topic in (WARNINGS, SHADOW):
        newest: Counter[tuple[str, str, str | None]] = Counter()
        for record, _ in end.broker.logs[topic, lane].committed():
            event: dict[str, Any] = msgspec.json.decode(record.value or b"")
            assert event["id"] not in seen, f"{event['id']} is told twice"
            seen.add(event["id"])
            about = event["data"]
            name = about["customer"], about["rule"], about["about"]
            assert about["sequence"] > newest[name], f"{name}: {about['sequence']} after {newest[name]}"
            newest[name] = about["sequence"]
            told[name].append(about["sequence"])
    for name, numbers in told.items() if end.given.timing.history_until is None else ():
        assert sorted(numbers) == [*range(1, len(numbers) + 1)], f"{name}: {numbers}"


def stands(end: End, lane: int, rows: Mapping[bytes, bytes]) -> None:
    """What is told goes forward in time, and the warnings that stand for readers are those that are open."""
    for topic in (WARNINGS, SHADOW, CUSTOMERS):
        told = [_time(record) for record, _ in end.broker.logs[topic, lane].committed()]
        assert told == sorted(told), f"{topic}: told of the past"
    standing = {record.key: record.value for record, _ in end.broker.logs[STANDING, lane].committed()}
    expected = {
        f"{key.decode()}/{each.rule}/{each.about or ''}".encode(): each.id
        for key, raw in rows.items()
        if not is_lane_key(key)
        for each in from_bytes(raw).warnings
        if each.phase != "resolved" and not each.shadow and not _is_history(end, each)
    }
    got = {key: msgspec.json.decode(value)["data"]["warning"] for key, value in standing.items() if value}
    assert got == expected, "others stand than are open"


def _is_history(end: End, warning: Standing) -> bool:
    until = end.given.timing.history_until
    return until is not None and warning.opened is not None and warning.opened < until


def _time(record: RawRecord) -> datetime:
    return datetime.fromisoformat(msgspec.json.decode(record.value or b"")["time"])


def kept(end: End, lane: int, rows: Mapping[bytes, bytes]) -> None:
    """Whoever recovers the lane now finds the rows of its last step: from the changelog, and with any disk."""
    changelog = list(end.broker.logs[CHANGELOG, lane].committed())
    assert _replayed({}, changelog, -1) == rows, "the changelog does not hold the rows"
    for (name, partition), disk in end.disks.items():
        if partition == lane:
            recovered = _replayed(dict(disk.items()), changelog, disk.offset)
            assert recovered == rows, f"the disk of {name} can't be recovered"


def plain(end: End, lane: int, made: list[Committed]) -> None:
    """Where all was there from the beginning, the lane told what one undisturbed run tells."""
    rows = MemoryRows()
    fresh = make_lane(end.given, Editions(end.given.rules), lane, rows, None)
    told: dict[str, list[Output]] = defaultdict(list)
    for _ in range(2):  # asked again when the moments on the clock's log are known
        _hand_over(fresh, {name: _arrived(end, name, lane) for name in (CLOCK, *ASIDES, *NAMES)})
        while (step := fresh.step(BEGIN)) is not None:
            for topic, written in _written(step).items():
                told[topic] += written
    for topic in (WARNINGS, STANDING, SHADOW, DEAD_LETTERS):
        got = [output for each in made for output in each.written.get(topic, ())]
        if topic == DEAD_LETTERS:  # those of the clock's log stand wherever its moments were
            assert Counter(map(repr, got)) == Counter(map(repr, told[topic])), (
                "other dead letters than offline"
            )
        else:
            assert got == told[topic], f"{topic} differs from an offline run"


def profiled(end: End, lane: int, made: list[Committed]) -> None:
    """Where all profiles were there from the beginning, they were read before any fact was applied."""
    profiles = [record.offset for record in _arrived(end, PROFILES, lane)]
    applied = 0
    for each in made:
        applied = each.step.ranges.get(PROFILES, (0, applied))[1]
        if each.step.clock is not None:
            assert not profiles or applied > profiles[-1], "facts were applied before profiles were read"
            return


def _step(topics: Mapping[str, list[Output]]) -> StepRecord:
    assert len(topics[STEPS]) == 1, f"{len(topics[STEPS])} steps in one transaction"
    (output,) = topics[STEPS]
    return StepRecord.model_validate_json(output.value or b"")


def _arrived(end: End, name: str, lane: int) -> list[RawRecord]:
    return [record for record, _ in end.broker.logs[name, lane].committed()]


def _applied(end: End, name: str, lane: int, made: list[Committed]) -> list[RawRecord]:
    """The records that steps applied: all that counted, but for those that retention took before they were read."""
    gone: set[int] = set()
    for each in made:
        start, to = each.step.ranges.get(name, (0, 0))
        for lost in end.lost.get((each.transaction.name, each.transaction.epoch), ()):
            if lost.input == name and start <= lost.start and lost.end <= to:
                gone.update(range(lost.start, lost.end))
    return [record for record in _arrived(end, name, lane) if record.offset not in gone]


def _rules_changed(end: End, lane: Lane, rows: MemoryRows, version: str) -> Lane:
    """The lane that goes on from the same rows by other rules."""
    (rules,) = [each for each in (end.given.rules, end.given.later) if each and each.version == version]
    raw = rows.get(lane_key(lane.place.partition))
    row = lane_row_from_bytes(raw) if raw else None
    return make_lane(end.given, _editions(end, rules), lane.place.partition, rows, row)


def _editions(end: End, first: RuleSet) -> Editions:
    return Editions(first, [each.edition for each in end.given.editions])


def _hand_over(lane: Lane, inputs: Mapping[str, list[RawRecord]]) -> None:
    for name, records in inputs.items():
        start = lane.fetched[name]
        rest = [record for record in records if record.offset >= start]
        to = max(start, rest[-1].offset + 1) if rest else start
        lane.accept(Fetched(name, start, rest, to, to, BEGIN), BEGIN)


def _written(step: Step) -> dict[str, list[Output]]:
    written: dict[str, list[Output]] = {}
    for output in outputs(step, longest=LONGEST_LETTER):
        written.setdefault(output.topic, []).append(output._replace(headers=[*output.headers]))
    return written


def _same_rows(end: End, each: Committed, step: Step) -> None:
    """The changelog holds a step's rows; compaction may have taken those that later steps replaced."""
    expected = [Output(CHANGELOG, key, value, []) for key, value in step.rows()]
    got = each.written.get(CHANGELOG, [])
    if end.given.compacts:
        assert all(output in expected for output in got), f"step {step.number}: other rows"
        return
    assert got == expected, f"step {step.number}: other rows"
    assert lane_row_from_bytes(got[-1].value or b"") == step.lane
    assert got[-1].key == lane_key(step.partition)


def _replayed(
    rows: dict[bytes, bytes], changelog: list[tuple[RawRecord, Transaction | None]], offset: int
) -> dict[bytes, bytes]:
    changes = [record for record, _ in changelog if record.offset > offset]
    return rows | {record.key or b"": record.value or b"" for record in changes}
