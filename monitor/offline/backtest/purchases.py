"""Orders as columns: one row for each customer and day with an order. How files are read is told elsewhere."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np

from monitor.offline.backtest.arrays import Floats, Ints, starts

DAY = 86_400.0


@dataclass
class Orders:
    """Orders as they come; customers get numbers in that order. Times are seconds since 1970."""

    customers: dict[str, int] = field(default_factory=dict)
    customer: array[int] = field(default_factory=lambda: array("q"))
    time: array[float] = field(default_factory=lambda: array("d"))
    amount: array[float] = field(default_factory=lambda: array("d"))

    def add(self, customer: str, at: datetime, amount: float) -> None:
        """Take one more order."""
        self.customer.append(self.customers.setdefault(customer, len(self.customers)))
        self.time.append(at.timestamp())
        self.amount.append(amount)


@dataclass(frozen=True)
class Purchases:
    """Rows by customer, then time; all that a customer orders on one day (UTC) is one purchase.

    `time` is the last order of that day and `end` the last moment of the history, both in days since 1970; `placed`
    counts the orders of the day; `begins` are the rows at which a customer's begin.
    """

    customers: dict[str, int]
    customer: Ints
    time: Floats
    amount: Floats
    placed: Ints
    begins: Ints
    end: float

    @property
    def orders(self) -> int:
        """All orders."""
        return int(self.placed.sum())

    @property
    def day(self) -> Ints:
        """The number of the day since 1970."""
        return np.floor(self.time).astype(np.int64)

    @property
    def counts(self) -> Ints:
        """How many purchases each customer made."""
        counts: Ints = np.diff(np.r_[self.begins, len(self.time)])
        return counts


def days(moment: datetime) -> float:
    """A moment in days since 1970."""
    return moment.timestamp() / DAY


def moment(day: float) -> datetime:
    """The moment that lies so many days after the start of 1970."""
    return datetime.fromtimestamp(day * DAY, UTC)


def purchases(orders: Orders, end: datetime | None) -> Purchases:
    """Put orders together by customer and day; `end` None is the last order's time."""
    customer = np.frombuffer(orders.customer, np.int64) if orders.customer else np.zeros(0, np.int64)
    time = np.array(orders.time, np.float64) / DAY
    order = np.lexsort((time, customer))
    customer, time, amount = customer[order], time[order], np.array(orders.amount, np.float64)[order]
    first = _first_of_days(customer, np.floor(time).astype(np.int64))
    last = np.r_[first[1:], len(time)] - 1 if len(time) else first
    kept = customer[first]
    sums = np.add.reduceat(amount, first) if len(first) else amount
    ended = (float(time.max()) if len(time) else 0.0) if end is None else days(end)
    return Purchases(orders.customers, kept, time[last], sums, last - first + 1, starts(kept), ended)


def _first_of_days(customer: Ints, day: Ints) -> Ints:
    return np.union1d(starts(customer), starts(day))


def of_rows(rows: Iterable[tuple[str, datetime, float]], end: datetime | None = None) -> Purchases:
    """Purchases of plain rows: customer, time and amount."""
    orders = Orders()
    for row in rows:
        orders.add(*row)
    return purchases(orders, end)
