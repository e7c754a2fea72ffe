"""By what a customer is lost: since when, of what kind, and what undoes it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from monitor.domain.losses import Loss, losses
from monitor.domain.observe import marked
from monitor.domain.profile import with_profile
from monitor.domain.state import Absence, Left, State, with_about
from schemas.customers import ProfileUpdated
from tests.laws.strategies import at, fact, observed

DAY = 24
Event = tuple[str, int, dict[str, Any]]


def after(*events: Event) -> State:
    """What is known after events of these types, on these days."""
    return observed(
        [fact(kind, data, hour=day * DAY, name=str(place)) for place, (kind, day, data) in enumerate(events)]
    )


def order(day: int) -> Event:
    return "order.placed", day, {"amount": 1.0}


def signed(day: int, ends: int, name: str = "C") -> Event:
    return "contract.signed", day, {"contract_id": name, "ends": at(ends * DAY)}


def about_contract(what: str, day: int, name: str = "C", **more: Any) -> Event:
    return f"contract.{what}", day, {"contract_id": name, **more}


def cancelled(day: int, **more: Any) -> Event:
    return "subscription.cancelled", day, more


def told(*events: Event) -> list[tuple[int, str, str | None]]:
    return days(after(*events))


def days(state: State) -> list[tuple[int, str, str | None]]:
    """All losses of somebody who may be silent for 100 days: on which day, of what kind and why."""
    found = losses(state, timedelta(days=100))
    return [((each.since - at(0)).days, each.kind, each.reason) for each in found]


def test_silence_alone_says_nothing_of_the_kind() -> None:
    assert told(order(0), order(5)) == [(105, "unknown", None)]


def test_who_never_ordered_is_never_too_silent() -> None:
    assert told(("contact.made", 0, {})) == []


def test_a_cancellation_is_voluntary_and_its_reason_is_kept() -> None:
    assert told(order(0), cancelled(3, reason="price")) == [(3, "voluntary", "price"), (100, "unknown", None)]


@pytest.mark.parametrize("reason", ["payment", "moved"])
def test_a_subscription_that_ended_for_want_of_money_or_by_a_move_is_not(reason: str) -> None:
    assert told(order(0), cancelled(3, reason=reason))[0] == (3, "involuntary", reason)


def test_the_first_cancellation_counts() -> None:
    assert told(order(0), cancelled(3), cancelled(7))[0] == (3, "voluntary", None)


def test_an_order_undoes_a_cancellation() -> None:
    assert told(cancelled(3), order(4)) == [(104, "unknown", None)]


def test_an_order_at_the_very_moment_of_a_cancellation_does_not() -> None:
    assert told(order(3), cancelled(3))[0] == (3, "voluntary", None)


def test_a_contract_that_is_not_renewed_ends_by_itself() -> None:
    assert told(order(0), signed(0, ends=30)) == [(30, "voluntary", None)]


def test_a_renewed_contract_ends_later() -> None:
    assert told(signed(0, ends=30), about_contract("renewed", 20, ends=at(60 * DAY))) == [
        (60, "voluntary", None)
    ]


def test_a_contract_renewed_after_its_end_was_told_runs_again() -> None:
    story = signed(0, 30), about_contract("ended", 30), about_contract("renewed", 35, ends=at(60 * DAY))
    assert told(*story) == [(60, "voluntary", None)]


def test_a_contract_may_be_cancelled_before_its_end() -> None:
    assert told(signed(0, ends=30), about_contract("cancelled", 10)) == [(10, "voluntary", None)]


def test_the_last_of_several_contracts_decides() -> None:
    story = signed(0, 30), signed(1, 50, "D"), about_contract("cancelled", 10)
    assert told(*story) == [(50, "voluntary", None)]


def test_a_contract_that_runs_outweighs_silence_and_other_cancellations() -> None:
    assert told(order(0), signed(0, ends=300), cancelled(10)) == [(300, "voluntary", None)]


def test_a_contract_that_ended_before_the_last_order_says_nothing() -> None:
    assert told(signed(0, ends=30), order(40)) == [(140, "unknown", None)]


def test_who_has_not_paid_is_lost_involuntarily() -> None:
    failing: Any = order(0), ("order.payment_failed", 1, {})
    assert told(*failing) == [(100, "involuntary", "payment")]
    assert told(*failing, ("order.paid", 2, {"invoice_id": "I"})) == [(100, "unknown", None)]
    assert told(*failing, order(3)) == [(103, "unknown", None)]


@pytest.mark.parametrize(("due", "kind"), [(90, "involuntary"), (101, "unknown")])
def test_an_open_invoice_counts_if_it_was_due_before_the_loss(due: int, kind: str) -> None:
    invoiced = "order.invoiced", 1, {"invoice_id": "I", "amount": 1.0, "due": at(due * DAY)}
    assert [loss[1] for loss in told(order(0), invoiced)] == [kind]
    assert told(order(0), invoiced, ("order.paid", 95, {"invoice_id": "I"})) == [(100, "unknown", None)]


def test_who_cancelled_has_chosen_to_go_whatever_is_unpaid() -> None:
    assert told(order(0), ("order.payment_failed", 1, {}), cancelled(3))[0] == (3, "voluntary", None)


def test_who_has_moved_is_lost_involuntarily_unless_they_ordered_again() -> None:
    state = after(order(0))
    marks, _ = marked(state.marks, "customer.moved", at(5 * DAY))
    assert days(replace(state, marks=marks)) == [(100, "involuntary", "moved")]
    assert days(replace(after(order(0), order(6)), marks=marks)) == [(106, "unknown", None)]


def test_what_is_declared_stands_as_it_was_told() -> None:
    left = Left(at(9 * DAY), "voluntary", "service")
    assert days(with_about(after(order(0)), left=left))[0] == (9, "voluntary", "service")
    assert days(with_about(after(order(0), order(10)), left=left)) == [(110, "unknown", None)]


def test_who_is_let_go_is_lost_deliberately_unless_another_kind_was_declared() -> None:
    told = {"specversion": "1.0", "id": "1", "source": "/s", "subject": "ada", "time": at(0)}
    profile = ProfileUpdated.model_validate(told | {"type": "profile.updated", "data": {"policy": "let_go"}})
    state = with_profile(after(order(0), cancelled(3, reason="price")), profile)
    assert days(state) == [(3, "deliberate", "price"), (100, "deliberate", None)]
    assert days(with_about(state, left=Left(at(DAY), "unknown")))[0] == (1, "deliberate", None)
    assert days(with_about(state, left=Left(at(DAY), "involuntary")))[0] == (1, "involuntary", None)


def test_time_away_that_was_planned_is_no_silence() -> None:
    away = Absence(at(90 * DAY), at(120 * DAY)), Absence(at(125 * DAY), at(130 * DAY))
    assert days(with_about(after(order(0)), absences=away)) == [(135, "unknown", None)]


def test_a_loss_tells_no_more_than_when_of_what_kind_and_why() -> None:
    assert list(losses(after(order(0)), timedelta(days=1))) == [Loss(at(DAY), "unknown")]
