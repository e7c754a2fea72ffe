"""A lane that goes on with a topic that was made anew, and what says that it was."""

from __future__ import annotations

from typing import Any

import pytest

from agents.keeper import Keeper
from agents.owner import Owner
from agents.table import MemoryRows
from agents.transport import Batch
from monitor.domain.rules import RuleSet
from monitor.engine.fetched import Fetched, RawRecord
from monitor.engine.lane import Lane
from monitor.engine.merge import Connection
from monitor.engine.outputs import outputs
from monitor.engine.step import Log, Step, restarted
from schemas.steps import StepRecord
from tests.events import order
from tests.laws.lanes import new_lane
from tests.laws.strategies import at, rule_set

RULES: RuleSet = rule_set({"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "8s"})
NOW = 1_800_000_000_000
OLD, NEW = {"orders": "old-id"}, {"orders": Log("new-id", 0)}


def orders(number: int, day: int) -> Fetched:
    """So many orders, each of another customer, as the whole of a log."""
    customers = [f"customer-{day}-{each}" for each in range(number)]
    records = [
        RawRecord(offset, NOW, name.encode(), order(name, f"2026-06-{day:02}"))
        for offset, name in enumerate(customers)
    ]
    return Fetched("orders", 0, records, number, number, at(0))


def told(step: Step) -> StepRecord:
    return StepRecord.model_validate_json(list(outputs(step, longest=100))[-1].value or b"")


def after_ten() -> tuple[Lane, Step]:
    lane = new_lane(RULES)
    lane.know(OLD)
    lane.accept(orders(10, 1), at(0))
    return lane, lane.follow({"orders": (0, 10)}, None)


def test_a_lane_knows_the_topic_that_it_reads_and_tells_it_once() -> None:
    lane, step = after_ten()
    assert step.lane.logs == OLD
    assert told(step).logs == {"orders": ("old-id", 0)}
    lane.know(OLD)
    assert told(lane.follow({}, None)).logs == {}


def test_records_of_a_topic_made_anew_are_taken_for_known_until_the_lane_is_told() -> None:
    lane, _ = after_ten()
    assert lane.accept(orders(3, 2), at(0)) is Connection.KNOWN
    lane.follow({}, None, logs=NEW)
    assert lane.accept(orders(3, 2), at(0)) is Connection.CONNECTED
    assert lane.follow({"orders": (0, 3)}, None).counts["applied"] == 3


def test_the_step_that_is_made_without_a_lane_is_the_one_that_a_lane_repeats() -> None:
    lane, step = after_ten()
    made = restarted(step.lane, 0, NEW)
    record = told(made)
    repeated = lane.follow(
        {}, None, record.edition, logs={name: Log(*log) for name, log in record.logs.items()}
    )
    assert repeated.rows() == made.rows()
    assert list(outputs(repeated, longest=100)) == list(outputs(made, longest=100))


def test_what_was_fetched_of_the_old_topic_and_not_applied_is_gone() -> None:
    lane, _ = after_ten()
    more = orders(12, 1)
    lane.accept(more._replace(start=10, records=more.records[10:]), at(0))
    lane.follow({}, None, logs=NEW)
    assert lane.waiting("orders") == 0
    assert lane.fetched["orders"] == 0


class NoProducer:
    """Of a lane that makes no step."""

    async def close(self) -> None:
        return


class App:
    """Tells where a log ends when it is asked, and keeps what it crashed with."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.crashed: list[BaseException] = []

    async def log_end(self, topic: str, partition: int) -> int:
        return self.end

    async def crash(self, error: BaseException) -> None:
        self.crashed.append(error)


@pytest.mark.parametrize(("end", "stops"), [(9, True), (10, False), (12, False)])
async def test_a_log_that_ends_before_the_position_stops_the_worker_if_it_says_so_twice(
    end: int, stops: bool
) -> None:
    lane, _ = after_ten()
    producer: Any = NoProducer()
    owner = Owner(0, producer, lambda _rows, _row: lane, longest_letter=100)
    owner.recover(MemoryRows())
    app: Any = App(end)
    keeper = Keeper(owner, app, {"shop-orders": "orders"}, lambda: at(0))
    await keeper.take(Batch("shop-orders", 0, 0, [], 9, 9, at(0)))
    assert [str(error).partition(":")[0] for error in app.crashed] == ["the topic of orders"] * stops
    assert (owner.lane is None) is stops
