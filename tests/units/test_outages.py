"""A source that is silent: silences are held and go on afterwards, as if the time of the outage had not been."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from monitor.domain.absences import away_between, put_off
from monitor.domain.changes import StageChange
from monitor.domain.outages import REMEMBERED, Outage, back, interrupted, silent
from monitor.domain.state import Absence, State, with_about
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import Editions
from monitor.engine.fetched import ASIDES, CLOCK, COMMANDS, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.outputs import outputs
from monitor.engine.step import LaneRow, Log, Step, is_lane_key, lane_key, lane_row_from_bytes
from schemas.rejections import Rejection
from schemas.steps import StepRecord
from tests.laws.lanes import NAMES, passed
from tests.laws.strategies import HOUR, at, rule_set

RULES = rule_set(
    {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "10h"},
    {"name": "no_contact", "kind": "silence", "of": "contact.made", "quiet_for": "10h"},
    customers={
        "new_for": "1h",
        "lost_after": {"factor": 2.0, "floor": "100h", "ceiling": "100h", "fallback": "100h"},
    },
)
Told = tuple[str, datetime]


class Shop:
    """One lane and its logs; taken over from its rows before each answer if it `crashes`."""

    def __init__(self, *, crashes: bool = False) -> None:
        self.rows: dict[bytes, bytes] = {}
        self.steps: list[Step] = []
        self.logs: dict[str, list[RawRecord]] = {name: [] for name in (*NAMES, *ASIDES, CLOCK)}
        self._crashes = crashes
        self.lane = self.taken_over(self.rows)

    def taken_over(self, rows: dict[bytes, bytes]) -> Lane:
        raw = rows.get(lane_key(0))
        row: LaneRow | None = lane_row_from_bytes(raw) if raw is not None else None
        own = [(key, value) for key, value in rows.items() if not is_lane_key(key)]
        customers = Customers(
            RULES, rows.get, names=lambda: [key.decode() for key in rows if not is_lane_key(key)]
        )
        place, timing = Place(0, 1, Editions(RULES)), Timing(follows_wall=False)
        lane = Lane(place, (*NAMES, *ASIDES), customers, timing=timing, limits=Limits(), row=row)
        after = row.left_to_judge(RULES.version) if row else None
        customers.load(own, lane.clock, after, row.outages if row else ())
        return lane

    def tell(self, name: str, *records: RawRecord) -> None:
        """Put records on a log, and let the lane do all that it can do then."""
        log = self.logs[name]
        log += [each._replace(offset=len(log) + place) for place, each in enumerate(records)]
        if self._crashes:
            self.lane = self.taken_over(self.rows)
        for _ in range(2):  # promises need an answer that was asked for after they were read
            for each, held in self.logs.items():
                start = self.lane.fetched[each]
                self.lane.accept(Fetched(each, start, held[start:], len(held), len(held), at(9999)), at(9998))
            while (step := self.lane.step(at(9999))) is not None:
                self.rows.update(step.rows())
                self.steps.append(step)

    def say(self, kind: str, source: str = "orders", **data: Any) -> None:
        self.tell(COMMANDS, record(kind, source, data))

    def reach(self, hour: float) -> None:
        self.tell(CLOCK, passed(at(hour), 0))

    def told(self, rule: str = "quiet") -> list[Told]:
        found = (each for step in self.steps for each in step.transitions if each.warning.rule == rule)
        return [(each.told, each.at) for each in found]

    def last(self) -> Step:
        return self.steps[-1]


def record(kind: str, subject: str, data: dict[str, Any], hour: float = 0) -> RawRecord:
    told = {
        "specversion": "1.0", "id": f"{kind} {data} {hour}", "source": "/shop", "type": kind,
        "subject": subject, "time": at(hour).isoformat(), "data": data,
    }  # fmt: skip
    return RawRecord(0, round(at(hour).timestamp() * 1000), subject.encode(), json.dumps(told).encode())


def ordered(hour: float, customer: str = "ada") -> RawRecord:
    return record("order.placed", customer, {"order_id": f"o{hour}", "amount": 5.0}, hour)


def opened(*, crashes: bool = False) -> Shop:
    """Ada ordered at 0 and was contacted at 1."""
    shop = Shop(crashes=crashes)
    shop.tell("orders", ordered(0))
    shop.tell("contacts", record("contact.made", "ada", {}, 1))
    shop.reach(2)
    return shop


@pytest.mark.parametrize("crashes", [False, True])
def test_a_silence_is_held_while_its_source_is_silent_and_goes_on_afterwards(*, crashes: bool) -> None:
    shop = opened(crashes=crashes)
    shop.say("source.silent")
    shop.reach(20)
    assert shop.told() == []
    assert shop.told("no_contact") == [("firing", at(11))]
    shop.say("source.back")
    shop.reach(27)
    assert shop.told() == []
    shop.reach(60)
    assert shop.told() == [("firing", at(10 + 18))]
    evidence = shop.last().lane.outages
    assert evidence == (Outage("orders", at(2), at(20)),)


def test_an_order_that_comes_with_the_source_ends_the_wait() -> None:
    shop = opened()
    shop.say("source.silent")
    shop.reach(20)
    shop.say("source.back")
    shop.tell("orders", ordered(21))
    shop.reach(30)
    assert shop.told() == []
    shop.reach(40)
    assert shop.told() == [("firing", at(31))]


def test_a_verdict_that_comes_late_takes_back_what_was_told_meanwhile() -> None:
    shop = opened()
    shop.reach(12)
    assert shop.told() == [("firing", at(10))]
    shop.say("source.silent", since=at(5).isoformat())
    assert shop.told()[1:] == [("resolved", at(12))]
    transition = shop.last().transitions[-1] if shop.last().transitions else shop.steps[-2].transitions[-1]
    assert transition.cause == "data corrected"
    shop.reach(15)
    shop.say("source.back")
    shop.reach(40)
    assert shop.told()[2:] == [("firing", at(20))]


def test_a_warning_that_stood_before_the_outage_stands_on() -> None:
    shop = opened()
    shop.reach(12)
    shop.say("source.silent")
    shop.reach(20)
    shop.say("source.back")
    shop.reach(28)
    assert shop.told() == [("firing", at(10))]


def test_a_source_that_never_comes_back_holds_for_so_long_and_no_longer() -> None:
    shop = opened()
    shop.say("source.silent", until=at(8).isoformat())
    shop.reach(40)
    assert shop.told() == [("firing", at(16))]


def test_nobody_is_lost_by_a_silence_of_the_source() -> None:
    shop = opened()
    shop.say("source.silent")
    shop.reach(44)
    shop.say("source.back")
    shop.reach(200)
    stages = [each for step in shop.steps for each in step.changes if isinstance(each, StageChange)]
    assert [each.at for each in stages if each.after.stage == "lost"] == [at(100 + 42)]


def test_who_follows_the_steps_gets_the_same_bytes() -> None:
    shop = opened()
    shop.say("source.silent", since=at(1).isoformat())
    shop.reach(20)
    shop.say("source.silent")
    shop.say("source.back", since=at(19).isoformat())
    shop.tell("orders", ordered(21), ordered(21, "ben"))
    shop.reach(60)
    again = Shop().lane
    for name, log in shop.logs.items():
        again.accept(Fetched(name, 0, log, len(log), len(log), at(0)), at(0))
    for step in shop.steps:
        written = list(outputs(step, longest=100))
        told = StepRecord.model_validate_json(written[-1].value or b"")
        ranges = {name: (each.start, each.end) for name, each in told.ranges.items()}
        logs = {name: Log(*log) for name, log in told.logs.items()}
        repeated = again.follow(ranges, told.target, told.edition, told.anew, logs)
        assert repeated.rows() == step.rows()
        assert list(outputs(repeated, longest=100)) == written


@pytest.mark.parametrize(
    ("kind", "source", "data", "reason"),
    [
        ("source.silent", "invoices", {}, Rejection.unknown_source),
        ("source.back", "customers", {}, Rejection.unknown_source),
        ("source.silent", "orders", {"until": at(1).isoformat()}, Rejection.end_in_the_past),
    ],
)
def test_a_verdict_that_makes_no_sense_is_refused(
    kind: str, source: str, data: dict[str, Any], reason: Rejection
) -> None:
    shop = opened()
    shop.say(kind, source, **data)
    assert [each.reason for step in shop.steps for each in step.rejections] == [reason]


def test_a_source_that_is_back_already_changes_nothing() -> None:
    shop = opened()
    shop.say("source.back")
    assert shop.last().counts["unchanged"] == 1
    assert shop.last().lane.outages == ()


def of(*spans: tuple[int, int], source: str = "orders") -> Sequence[Outage]:
    return tuple(Outage(source, at(start), at(end)) for start, end in spans)


def test_outages_and_absences_that_overlap_count_once() -> None:
    away = with_about(State(), absences=(Absence(at(4), at(8)),))
    state = interrupted(away, (*of((2, 5), (7, 10)), *of((0, 99), source="tickets")))
    assert put_off(state, at(0), at(3)) == at(3) + 8 * HOUR
    assert away_between(state, at(3), at(9)) == 6 * HOUR
    assert put_off(state, at(0), at(3), frozenset({"contacts"})) == at(3)


def test_only_so_many_outages_are_remembered() -> None:
    outages: tuple[Outage, ...] = ()
    for day in range(REMEMBERED + 3):
        outages = back(silent(outages, "orders", at(24 * day), at(24 * day + 9)), "orders", at(24 * day + 1))
    assert [each.start for each in outages] == [at(24 * day) for day in range(3, REMEMBERED + 3)]
    assert {each.until - each.start for each in outages} == {HOUR}
