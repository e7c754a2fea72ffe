"""Which categories a row keeps: the usual ones outlast those that were bought once."""

from __future__ import annotations

from datetime import timedelta

from monitor.domain.categories import KEPT, WORTH, Bought, categories_of
from monitor.domain.observe import observe
from monitor.domain.state import State
from tests.laws.strategies import at, fact, observed


def order(day: float, *categories: str) -> State:
    return ordered(State(), day, *categories)


def ordered(state: State, day: float, *categories: str) -> State:
    lines = tuple({"category": category} for category in categories)
    return observe(state, fact("order.placed", {"amount": 1.0, "lines": lines}, hour=24 * day, name=f"{day}"))


def known(state: State) -> dict[str, Bought]:
    return categories_of(state.categories).known


def test_a_category_that_stands_in_several_lines_was_in_one_order() -> None:
    assert known(order(1, "tea", "tea")) == {"tea": Bought(1, at(24), at(24))}


def test_the_mean_gap_of_a_category_is_its_own() -> None:
    state = ordered(ordered(ordered(order(0, "tea", "salt"), 10, "salt"), 30, "salt"), 40, "tea")
    assert known(state)["tea"].rhythm.mean == timedelta(days=40).total_seconds()
    assert known(state)["salt"].rhythm.mean == timedelta(days=15).total_seconds()


def test_an_order_that_tells_no_category_leaves_them_as_they_are() -> None:
    state = order(0, "tea")
    after = observe(state, fact("order.placed", {"amount": 1.0, "lines": ({"sku": "x"},)}, hour=1, name="x"))
    assert after.categories is state.categories
    assert observed([fact("order.placed", {"amount": 1.0}, hour=1)]).categories == b""


def test_what_was_bought_once_makes_room_before_a_habit_that_has_ended() -> None:
    state = State()
    for day in range(4):
        state = ordered(state, day, "tea")
    for number in range(KEPT + 3):
        state = ordered(state, 10 + number, f"once {number:02}")
    assert "tea" in known(state)
    assert len(known(state)) == KEPT
    assert "once 03" not in known(state)
    assert categories_of(state.categories).forgotten == 4


def test_a_habit_that_ended_long_ago_makes_room_too() -> None:
    state = ordered(order(0, "tea"), 1, "tea")
    for number in range(KEPT):
        state = ordered(state, 2 + WORTH.days + number, f"once {number}")
    assert "tea" not in known(state)


def test_of_one_order_with_too_many_categories_some_are_kept_whatever_their_order() -> None:
    names = [f"category {number:02}" for number in range(20)]
    assert known(order(0, *names)) == known(order(0, *reversed(names)))
    assert len(known(order(0, *names))) == KEPT
