"""Rules that change while the stream runs: when a lane goes over, and what becomes of open warnings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal
from unittest.mock import patch

import pytest

from monitor.domain.rules import RuleSet
from monitor.engine import lane as lanes
from monitor.engine.editions import Edition
from monitor.engine.fetched import CLOCK, Fetched, RawRecord
from monitor.engine.lane import Lane
from monitor.engine.step import Step, lane_row_from_bytes
from tests.laws.lanes import NAMES, Store, as_record, passed, steps
from tests.laws.strategies import at, fact, rule_set

DAY = 24
QUIET: dict[str, Any] = {"name": "quiet", "kind": "silence", "of": "order.placed"}
FIVE_DAYS = rule_set({**QUIET, "quiet_for": "5d"})
TEN_DAYS = rule_set({**QUIET, "quiet_for": "10d"})
NO_RULES = rule_set()
SHADOW = rule_set({**QUIET, "quiet_for": "5d", "mode": "shadow"})


def order(*, hour: float, customer: str, name: str) -> RawRecord:
    return as_record(fact("order.placed", {"amount": 5.0}, hour=hour, customer=customer, name=name), 0)


def edition(
    rules: RuleSet,
    effective_from: datetime | None = None,
    number: int = 0,
    open_warnings: Literal["judge", "keep", "close"] = "judge",
) -> Edition:
    return Edition(number, rules, effective_from, open_warnings, frozenset({"quiet"}))


class World:
    """One lane with orders of some customers at the beginning, as far as time has passed."""

    def __init__(self, rules: RuleSet, customers: Iterable[str] = ("ada",)) -> None:
        self.rules = rules
        self.store = Store()
        self.published: list[Edition] = []
        self.made: list[Step] = []
        self.lane = self.started()
        self.hear("orders", *(order(hour=1, customer=name, name=name) for name in customers))

    def started(self) -> Lane:
        """A lane on these rows, as after a crash."""
        self.lane = self.store.lane(self.rules, later=self.published)
        for name in NAMES:
            self.hear(name)
        return self.lane

    def hear(self, name: str, *records: RawRecord) -> None:
        start = self.lane.fetched[name]
        placed = [each._replace(offset=start + place) for place, each in enumerate(records)]
        end = start + len(placed)
        self.lane.accept(Fetched(name, start, placed, end, end, at(0)), at(0))

    def publish(self, edition: Edition) -> None:
        self.published.append(edition)
        self.lane.place.editions.add(edition)

    def pass_to(self, moment: datetime) -> None:
        """Let time pass, make the steps and commit them."""
        self.hear(CLOCK, passed(moment, self.lane.fetched[CLOCK]))
        self.go_on()

    def go_on(self) -> None:
        for step in steps(self.lane, at(0)):
            self.made.append(step)
            self.store.commit(step)

    def told(self) -> list[tuple[str, str, datetime]]:
        """All transitions: what, of whom, when."""
        return [(each.told, each.customer, each.at) for step in self.made for each in step.transitions]


def test_rules_that_are_put_in_force_judge_everybody_anew_at_once() -> None:
    world = World(TEN_DAYS)
    world.pass_to(at(7 * DAY))
    assert world.told() == []
    world.publish(edition(FIVE_DAYS))
    world.go_on()
    assert world.told() == [("firing", "ada", at(7 * DAY))]
    assert world.made[-1].transitions[0].warning.since == at(1 + 5 * DAY)
    assert (world.made[-1].lane.edition, world.made[-1].anew) == (0, ("", None))


def test_a_warning_that_the_new_rule_does_not_find_ends_because_the_rule_changed() -> None:
    world = World(FIVE_DAYS)
    world.pass_to(at(7 * DAY))
    world.publish(edition(TEN_DAYS))
    world.go_on()
    assert world.told()[1:] == [("resolved", "ada", at(7 * DAY))]
    assert world.made[-1].transitions[0].cause == "rule changed"
    world.pass_to(at(12 * DAY))
    assert world.told()[2:] == [("firing", "ada", at(1 + 10 * DAY))]


@pytest.mark.parametrize("open_warnings", ["judge", "keep", "close"])
def test_the_warnings_of_a_rule_that_is_gone_end_in_any_case(
    open_warnings: Literal["judge", "keep", "close"],
) -> None:
    world = World(FIVE_DAYS)
    world.pass_to(at(7 * DAY))
    world.publish(edition(NO_RULES, open_warnings=open_warnings))
    world.go_on()
    (ended,) = world.made[-1].transitions
    assert (ended.told, ended.cause, ended.shadow) == ("resolved", "rule changed", False)


def test_warnings_that_are_kept_stand_until_something_happens_to_the_customer() -> None:
    world = World(FIVE_DAYS)
    world.pass_to(at(7 * DAY))
    world.publish(edition(TEN_DAYS, open_warnings="keep"))
    world.go_on()
    assert world.told()[1:] == []
    world.hear("orders", order(hour=8 * DAY, customer="ada", name="2"))
    world.go_on()
    assert world.told()[1:] == [("resolved", "ada", at(8 * DAY))]


def test_a_warning_that_the_new_rule_would_never_look_at_again_is_not_kept() -> None:
    counted: dict[str, Any] = {"name": "quiet", "kind": "count", "of": "ticket.opened", "n": 1}
    world = World(rule_set({**counted, "within": "20d"}))
    world.hear("tickets", as_record(fact("ticket.opened", {"ticket_id": "T"}, hour=2), 0))
    world.pass_to(at(7 * DAY))
    assert [what for what, *_ in world.told()] == ["firing"]
    world.publish(edition(rule_set({**counted, "within": "2d"}), open_warnings="keep"))
    world.go_on()
    assert world.told()[1:] == [("resolved", "ada", at(7 * DAY))]


def test_warnings_that_are_closed_begin_anew_where_the_new_rule_finds_the_same() -> None:
    world = World(FIVE_DAYS)
    world.pass_to(at(7 * DAY))
    world.publish(edition(FIVE_DAYS, open_warnings="close"))
    world.go_on()
    assert [what for what, *_ in world.told()[1:]] == ["resolved", "firing"]
    world.lane = world.started()
    world.go_on()
    assert len(world.told()) == 3


def test_a_shadow_rule_that_goes_live_begins_anew() -> None:
    world = World(SHADOW)
    world.pass_to(at(7 * DAY))
    world.publish(edition(FIVE_DAYS))
    world.go_on()
    assert [(each.told, each.shadow) for each in world.made[-1].transitions] == [
        ("resolved", True),
        ("firing", False),
    ]


def test_rules_come_into_force_at_their_moment_of_the_lanes_clock() -> None:
    world = World(TEN_DAYS)
    world.publish(edition(FIVE_DAYS, at(8 * DAY)))
    world.pass_to(at(7 * DAY))
    assert world.made[-1].lane.edition == -1
    world.pass_to(at(9 * DAY))
    assert world.told() == [("firing", "ada", at(8 * DAY))]
    assert [step.lane.edition for step in world.made].count(0) > 0


def test_everything_before_that_moment_is_judged_by_the_rules_from_before() -> None:
    world = World(FIVE_DAYS)
    world.publish(edition(TEN_DAYS, at(8 * DAY)))
    late = order(hour=9 * DAY, customer="bo", name="b")
    world.hear("orders", late)
    world.go_on()
    assert world.told() == [
        ("firing", "ada", at(1 + 5 * DAY)),
        ("resolved", "ada", at(8 * DAY)),
    ]


def test_a_plan_is_replaced_by_a_newer_edition() -> None:
    world = World(TEN_DAYS)
    world.publish(edition(NO_RULES, at(8 * DAY)))
    world.publish(edition(FIVE_DAYS, number=1))
    world.pass_to(at(20 * DAY))
    assert world.made[-1].lane.edition == 1
    assert world.told() == [("firing", "ada", at(1 + 5 * DAY))]


def test_customers_are_judged_in_slices_and_a_crash_in_between_forgets_nobody() -> None:
    names = [f"c{number}" for number in range(7)]
    world = World(TEN_DAYS, names)
    world.pass_to(at(7 * DAY))
    world.publish(edition(FIVE_DAYS))
    with patch.object(lanes, "SLICE", 2):
        first = world.lane.step(at(0))
        assert first is not None
        assert first.anew == ("", "c1")
        world.made.append(first)
        world.store.commit(first)
        row = lane_row_from_bytes(first.rows()[-1][1])
        assert (row.unjudged, row.judged_up_to) == (True, "c1")
        world.lane.step(at(0))  # never committed
        world.started()
        world.go_on()
    assert [name for _, name, _ in world.told()] == names
    assert not world.made[-1].lane.unjudged


def test_the_stream_goes_on_while_customers_are_judged_anew() -> None:
    world = World(TEN_DAYS, [f"c{number}" for number in range(5)])
    world.pass_to(at(7 * DAY))
    world.publish(edition(FIVE_DAYS))
    world.hear("orders", order(hour=8 * DAY, customer="c4", name="again"))
    with patch.object(lanes, "SLICE", 2):
        world.go_on()
    assert sorted(name for _, name, _ in world.told()) == ["c0", "c1", "c2", "c3"]


def test_a_worker_that_starts_with_another_file_judges_anew_too() -> None:
    world = World(TEN_DAYS)
    world.pass_to(at(7 * DAY))
    world.rules = FIVE_DAYS
    world.started()
    world.go_on()
    assert world.told() == [("firing", "ada", at(7 * DAY))]


def test_each_of_several_plans_comes_into_force_at_its_own_moment() -> None:
    world = World(NO_RULES)
    world.publish(edition(TEN_DAYS, at(12 * DAY)))
    world.publish(edition(FIVE_DAYS, at(18 * DAY), number=1))
    world.hear("orders", *(order(hour=DAY * day, customer="bo", name=f"{day}") for day in (11, 13, 19)))
    world.go_on()
    begun = {step.lane.edition: step.lane.changed for step in world.made}
    assert begun == {-1: None, 0: at(12 * DAY), 1: at(18 * DAY)}


def test_a_warning_ends_where_it_was_told_though_its_rule_is_a_shadow_by_then() -> None:
    world = World(FIVE_DAYS, ["ada", "bo"])
    world.pass_to(at(7 * DAY))
    world.publish(edition(SHADOW))
    world.hear("orders", order(hour=8 * DAY, customer="bo", name="again"))
    with patch.object(lanes, "SLICE", 1):
        first = world.lane.step(at(0))  # bo is still to be judged anew
    assert first is not None
    assert [(each.told, each.customer, each.cause, each.shadow) for each in first.transitions] == [
        ("resolved", "ada", "rule changed", False),
        ("firing", "ada", None, True),
        ("resolved", "bo", "ordered again", False),
    ]


def test_what_has_waited_for_longer_than_the_new_rule_asks_fires_now_and_not_before() -> None:
    held, sooner = (rule_set({**QUIET, "quiet_for": "5d", "for": span}) for span in ("10d", "1d"))
    world = World(held)
    world.pass_to(at(9 * DAY))
    world.publish(edition(sooner, open_warnings="keep"))
    world.pass_to(at(10 * DAY))
    assert world.told() == [("pending", "ada", at(1 + 5 * DAY)), ("firing", "ada", at(9 * DAY))]
