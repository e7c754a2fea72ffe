"""Going live with history: what lies before a moment is known, and nobody is told of it."""

from __future__ import annotations

from datetime import datetime

from monitor.domain.state import from_bytes
from monitor.engine.lane import Timing
from monitor.engine.step import Step
from tests.laws.lanes import NAMES, Store, log_of, logs_of, passed, steps
from tests.laws.strategies import at, fact, rule_set

DAY = 24
LIVE = at(20 * DAY)
RULES = rule_set(
    {
        "name": "quiet",
        "kind": "silence",
        "of": "order.placed",
        "quiet_for": "5d",
        "steps": [{"severity": "critical", "times": 4.0}],
    }
)
ORDERS = [
    fact("order.placed", {"amount": 1.0}, hour=day * DAY, customer=customer, name=f"{customer}{day}")
    for day, customer in ((1, "ada"), (2, "bo"), (18, "cy"), (22, "bo"))
]


def played(store: Store, history_until: datetime | None) -> list[Step]:
    """All steps of a lane over the orders, 40 days long."""
    held = logs_of(ORDERS, until=[at(40 * DAY)])
    lane = store.lane(RULES, Timing(follows_wall=False, history_until=history_until))
    made = []
    for _ in range(2):
        for name in (*NAMES, "clock"):
            lane.accept(held[name].answer(name, lane.fetched[name], 100), at(0))
        for step in steps(lane, at(0)):
            store.commit(step)
            made.append(step)
    return made


def told(made: list[Step]) -> list[tuple[str, str, float]]:
    return [
        (each.told, each.customer, (each.at - at(0)).total_seconds() / 86400)
        for step in made
        for each in step.transitions
    ]


def test_what_became_true_before_that_moment_is_never_told() -> None:
    made = played(Store(), LIVE)
    assert told(made) == [("firing", "cy", 23.0), ("firing", "bo", 27.0), ("raised", "cy", 38.0)]
    assert sum(step.counts["historical"] for step in made) == 4  # ada fires and rises, bo fires and orders


def test_it_stands_all_the_same_and_rhythms_are_known() -> None:
    store, plain = Store(), Store()
    played(store, LIVE)
    played(plain, None)
    assert store.customers() == plain.customers()
    (ada,) = [from_bytes(raw) for key, raw in store.customers() if key == b"ada"]
    assert [(each.phase, each.severity) for each in ada.warnings] == [("firing", 2)]


def test_history_stays_history_when_the_worker_starts_without_the_option() -> None:
    store = Store()
    played(store, LIVE)
    lane = store.lane(RULES)
    late = fact("order.placed", {"amount": 1.0}, hour=41 * DAY, customer="ada", name="late")
    held = logs_of([*ORDERS, late], until=[at(40 * DAY)])
    for name in NAMES:
        lane.accept(held[name].answer(name, lane.fetched[name], 100), at(0))
    (step,) = steps(lane, at(0))
    assert (step.transitions, step.counts["historical"]) == ([], 1)
    assert step.lane.history_until == LIVE


def test_history_does_not_grow_over_what_was_told_already() -> None:
    store = Store()
    early = [event for event in ORDERS if event.time < at(8 * DAY)]
    made: list[Step] = []
    for orders, until, end in ((early, 8, None), (ORDERS, 30, LIVE)):
        held = logs_of(orders, until=[at(until * DAY)])
        lane = store.lane(RULES, Timing(follows_wall=False, history_until=end))
        for name in NAMES:
            lane.accept(held[name].answer(name, lane.fetched[name], 100), at(0))
        clock = log_of([passed(at(until * DAY), 0)]).answer("clock", 0, 1)
        lane.accept(clock._replace(start=lane.fetched["clock"], next=lane.fetched["clock"] + 1), at(0))
        made = [*steps(lane, at(0))]
        for step in made:
            store.commit(step)
    assert ("resolved", "bo", 22.0) in told(made)
    assert made[-1].lane.history_until is None
