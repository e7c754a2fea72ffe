"""Profiles and commands: told beside facts, applied when read, never a reason for time to pass."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from monitor.domain.profile import profile_of
from monitor.domain.state import Row, from_bytes
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import Editions
from monitor.engine.fetched import ASIDES, COMMANDS, DAWN, PROFILES, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.step import Step
from schemas.rejections import Rejection
from tests.laws.lanes import NAMES
from tests.laws.strategies import at, rule_set

NOW = at(24 * 30)
RULES = rule_set({"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "5d"})


def record(
    kind: str, content: dict[str, Any], *, name: str = "1", customer: str = "ada", hour: int = 0
) -> RawRecord:
    told = {
        "specversion": "1.0", "id": f"{kind} {name}", "source": "/crm", "type": kind, "subject": customer,
        "time": at(hour).isoformat(), "data": content,
    }  # fmt: skip
    return RawRecord(0, round(at(hour).timestamp() * 1000), customer.encode(), json.dumps(told).encode())


def order(hour: int) -> RawRecord:
    return record("order.placed", {"order_id": f"o{hour}", "amount": 5.0}, name=str(hour), hour=hour)


def lane(timing: Timing = Timing(follows_wall=False)) -> Lane:  # noqa: B008  it is never changed
    customers = Customers(RULES, lambda _: None)
    return Lane(Place(0, 1, Editions(RULES)), (*NAMES, *ASIDES), customers, timing=timing, limits=Limits())


def hear(lane: Lane, name: str, *records: RawRecord, more: int = 0) -> None:
    """Hand the next records of an input to the lane; its log then holds so many `more`."""
    start = lane.fetched[name]
    placed = [each._replace(offset=start + place) for place, each in enumerate(records)]
    end = start + len(placed)
    lane.accept(Fetched(name, start, placed, end, end + more, NOW), NOW)


def hear_ends(lane: Lane, *names: str) -> None:
    for name in names:
        hear(lane, name)


def row(step: Step, customer: str = "ada") -> Row:
    return from_bytes(step.changed[customer])


def step(lane: Lane) -> Step:
    made = lane.step(NOW)
    assert made is not None
    return made


def test_no_fact_goes_before_the_profiles_were_read_to_their_end_on_a_first_start() -> None:
    first = lane()
    hear(first, "orders", order(1))
    hear_ends(first, "tickets", "contacts", COMMANDS)
    assert first.step(NOW) is None
    hear(first, PROFILES, record("profile.updated", {"segments": ["wholesale"]}), more=1)
    made = step(first)
    assert (made.ranges, made.lane.clock) == ({PROFILES: (0, 1)}, DAWN)
    hear(first, PROFILES, record("profile.updated", {"owner": "kim"}))
    made = step(first)
    assert made.ranges == {PROFILES: (1, 2), "orders": (0, 1)}
    about = row(made).state.about
    assert about is not None
    assert profile_of(about.profile).owner == "kim"


def test_a_lane_that_has_begun_waits_for_nobodys_profile() -> None:
    begun = lane()
    hear_ends(begun, "tickets", "contacts", *ASIDES)
    hear(begun, "orders", order(1))
    step(begun)
    hear(begun, PROFILES, record("profile.updated", {}), more=5)
    step(begun)
    hear(begun, "orders", order(2))
    assert step(begun).counts == {"applied": 1}


def test_a_command_is_applied_when_it_is_read_at_the_time_that_the_clock_shows() -> None:
    begun = lane()
    hear_ends(begun, "tickets", "contacts", *ASIDES)
    hear(begun, "orders", order(1))
    step(begun)
    hear(begun, COMMANDS, record("absence.planned", {"until": at(24 * 20).isoformat()}, hour=500))
    made = step(begun)
    assert (made.lane.clock, made.counts) == (at(1), {"heeded": 1})
    about = row(made).state.about
    assert about is not None
    assert [(each.start, each.until) for each in about.absences] == [(at(1), at(24 * 20))]


def test_a_command_told_twice_counts_once() -> None:
    begun = lane()
    hear_ends(begun, "tickets", "contacts", *ASIDES)
    hear(begun, "orders", order(1))
    hear(begun, COMMANDS, *[record("churn.declared", {"kind": "voluntary"})] * 2)
    assert step(begun).counts == {"applied": 1, "heeded": 1, "unchanged": 1}


def test_on_the_wall_clock_a_command_is_obeyed_at_the_time_of_its_reading() -> None:
    live = lane(Timing(follows_wall=True, late_allowance=timedelta(hours=1)))
    hear(live, "orders", order(1))
    hear_ends(live, "tickets", "contacts", *ASIDES)
    step(live)
    hear(live, COMMANDS, record("absence.planned", {"until": at(24 * 40).isoformat()}))
    made = step(live)
    assert made.lane.clock == NOW - timedelta(hours=1)
    about = row(made).state.about
    assert about is not None
    assert [each.start for each in about.absences] == [NOW - timedelta(hours=1)]


def test_a_command_that_cannot_be_obeyed_is_told_with_its_reason() -> None:
    begun = lane()
    hear_ends(begun, *NAMES, PROFILES)
    hear(begun, COMMANDS, record("warning.acknowledged", {"warning": "0" * 16}), record("owner.left", {}))
    told = step(begun).rejections
    assert [each.reason for each in told] == [Rejection.unknown_customer, Rejection.not_yet]
    assert (told[0].customer, told[0].source, told[0].command_id) == ("ada", "/crm", "warning.acknowledged 1")


def test_a_tombstone_takes_the_profile_away_and_an_unknown_one_changes_nothing() -> None:
    begun = lane()
    hear_ends(begun, *NAMES, COMMANDS)
    gone = RawRecord(0, 0, b"ada", None)
    hear(begun, PROFILES, gone, record("profile.updated", {"owner": "kim"}), gone)
    made = step(begun)
    assert made.counts == {"unchanged": 1, "heeded": 2}
    assert row(made).state.about is None


def test_bad_profiles_and_commands_are_dead_letters_like_any_record() -> None:
    begun = lane()
    hear_ends(begun, *NAMES)
    nobody = RawRecord(0, 0, b"", None)
    hear(begun, PROFILES, nobody, record("order.placed", {"order_id": "1", "amount": 1.0}))
    hear(begun, COMMANDS, record("absence.planned", {}), record("absence.imagined", {}))
    made = step(begun)
    assert [(each.input, each.refused.reason) for each in made.dead_letters] == [
        (PROFILES, "wrong_key"),
        (PROFILES, "wrong_topic"),
        (COMMANDS, "bad_field"),
    ]
    assert made.counts["unknown_type"] == 1


def test_a_profile_that_no_row_can_hold_is_a_dead_letter() -> None:
    begun = lane()
    hear_ends(begun, *NAMES, COMMANDS)
    long = {"preferences": {f"p{number}": "x" * 2000 for number in range(40)}}
    hear(begun, PROFILES, record("profile.updated", long))
    made = step(begun)
    assert [each.refused.reason for each in made.dead_letters] == ["row_too_large"]
    assert not made.changed
