"""Where orders go: shares by sums that fade, and which region is a customer's own."""

from __future__ import annotations

from math import exp

import pytest

from monitor.domain.observe import observe
from monitor.domain.profile import with_profile
from monitor.domain.regions import KEPT, Regions, own_region, regions_of, share_of
from monitor.domain.state import State
from monitor.engine.customers import Customers
from schemas.customers import CustomerProfile, ProfileUpdated
from tests.laws.strategies import at, fact, rule_set


def ordered(state: State, day: float, region: str | None) -> State:
    told = {"amount": 1.0} if region is None else {"amount": 1.0, "region": region}
    return observe(state, fact("order.placed", told, hour=24 * day, name=f"{day} {region}"))


def after(*orders: tuple[float, str | None]) -> State:
    state = State()
    for order in orders:
        state = ordered(state, *order)
    return state


def regions(state: State) -> Regions:
    found = regions_of(state.regions)
    assert found is not None
    return found


def profiled(state: State, **told: str) -> State:
    about = CustomerProfile(**told)  # type: ignore[arg-type]
    event = ProfileUpdated(
        specversion="1.0",
        id="p",
        source="/crm",
        subject="ada",
        time=at(0),
        type="profile.updated",
        data=about,
    )
    return with_profile(state, event)


def test_a_share_is_of_orders_weighed_by_their_age() -> None:
    told = regions(after((0, "North"), (30, "South")))
    of_late, usual = share_of(told, "North")
    assert of_late == pytest.approx(exp(-1) / (1 + exp(-1)))
    assert usual == pytest.approx(exp(-1 / 6) / (1 + exp(-1 / 6)))


def test_an_order_without_a_region_says_nothing_of_where_orders_go() -> None:
    assert after((0, None)).regions == b""
    assert after((0, "North"), (30, None)).regions == after((0, "North")).regions


def test_a_late_order_counts_as_if_it_had_come_in_time() -> None:
    told, late = regions(after((0, "North"), (9, "South"))), regions(after((9, "South"), (0, "North")))
    assert late.at == told.at
    assert late.all == pytest.approx(told.all)
    assert late.known["North"] == pytest.approx(told.known["North"])


def test_the_own_region_is_that_of_the_profile_or_else_of_most_orders() -> None:
    state = after((0, "North"), (1, "North"), (2, "South"))
    assert own_region(State()) is None
    assert own_region(state) == "North"
    assert own_region(profiled(state, region="South")) == "South"
    assert own_region(profiled(state, province="West", region="East")) == "East"
    assert own_region(profiled(state, name="Ada")) == "North"


def test_of_many_regions_those_are_kept_to_which_most_orders_go() -> None:
    orders = [(day, "North") for day in range(5)] + [(10 + number, f"R{number}") for number in range(9)]
    told = regions(after(*orders))
    assert len(told.known) == KEPT
    assert {"North", "R8"} <= told.known.keys()
    assert share_of(told, "R0") == (0.0, 0.0)
    assert sum(long for _, long in told.known.values()) < told.all[1]


@pytest.mark.parametrize("measure", ["own_region", "orders"])
def test_a_decline_of_orders_is_over_where_so_few_are_usual_by_now_whatever_event_shows_it(
    measure: str,
) -> None:
    rule = {
        "kind": "decline",
        "measure": measure,
        "to": 0.5,
        "min_orders": 3,
        "min_history": "10d",
        "min_pace": 1.0,
    }
    customers = Customers(rule_set(rule), lambda _: None)
    for day in range(0, 200, 10):
        told = {"amount": 1.0, "region": "North" if day < 130 else "South"}
        customers.apply(fact("order.placed", told, hour=24 * day, name=f"{day}"), at(24 * day))
    if customers.deadlines.first():
        customers.fire()
    for day in (240, 420):
        customers.apply(fact("points.redeemed", {}, hour=24 * day, name=f"{day}"), at(24 * day))
    told_of = [(each.told, (each.at - at(0)).days >= 420) for each in customers.transitions]
    assert told_of == [("firing", False), ("resolved", True)]
