"""The border of the important, found by a backtest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.offline.backtest.important import Important, important
from monitor.offline.backtest.purchases import of_rows

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


def bordered(*sales: float) -> Important:
    """The border among customers who brought these sales, each in two orders."""
    rows = [
        (f"c{place}", BEGIN + timedelta(days=day), amount / 2)
        for place, amount in enumerate(sales)
        for day in (place, place + 40)
    ]
    return important(of_rows(rows))


def test_the_top_fifth_of_customers_by_sales_is_important() -> None:
    assert bordered(10, 500, 20, 30, 400, 10, 10, 10, 5, 5) == Important(0.2, 400.0, 0.9)


def test_one_customer_at_least_is() -> None:
    assert bordered(30, 70) == Important(0.2, 70.0, 0.7)


def test_of_no_sales_there_is_no_share() -> None:
    assert bordered(0, 0) == Important(0.2, 0.0, None)
