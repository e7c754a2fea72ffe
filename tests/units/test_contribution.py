"""What is left of what a customer brought, after refunds and what contacts cost."""

from __future__ import annotations

import pytest

from monitor.domain.objects import cases_of
from monitor.domain.purchases import contribution
from tests.laws.strategies import at, fact, observed

ORDER = fact("order.placed", {"amount": 100.0, "margin": 30.0}, hour=1, name="order")
REFUND = fact("order.refunded", {"amount": 25.0}, hour=2, name="refund")
CALL = fact("contact.made", {"cost": 4.0}, hour=3, name="call")
VISIT = fact("contact.made", {"cost": 6.0}, hour=4, name="visit")


def test_contribution_is_margin_less_refunds_and_expenses() -> None:
    assert contribution(observed([ORDER, REFUND, CALL, VISIT]).purchases) == pytest.approx(30 * 0.75 - 10)


def test_without_a_margin_it_is_of_sales() -> None:
    assert contribution(observed([fact("order.placed", {"amount": 80.0}, hour=1), CALL]).purchases) == 76


def test_who_only_costs_contributes_less_than_nothing() -> None:
    assert contribution(observed([CALL]).purchases) == -4


def test_where_no_cost_was_told_none_is_known() -> None:
    assert observed([ORDER, fact("contact.made", {}, hour=2)]).purchases.expenses is None


def test_an_invoice_keeps_the_amount_of_the_opening_that_counts() -> None:
    first = fact("order.invoiced", {"invoice_id": "I1", "amount": 5.0, "due": at(9)}, hour=1, name="1")
    later = fact("order.invoiced", {"invoice_id": "I1", "amount": 7.0, "due": at(9)}, hour=2, name="2")
    for events in ([first, later], [later, first]):
        assert cases_of(observed(events).cases)["invoice:I1"].amount == 5.0
