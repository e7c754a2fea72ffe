"""The border of the important: how much the best customers have bought at least, and how much of all that is."""

from __future__ import annotations

import msgspec
import numpy as np

from monitor.offline.backtest.purchases import Purchases

TOP = 0.2
"""The share of customers who are commonly said to bring four fifths of sales (Pareto)."""


class Important(msgspec.Struct, frozen=True):
    """The `customers` share of customers with the most sales have brought `sales_from` each or more, `sales` of all.

    `sales` is a share, None where nothing was sold.
    """

    customers: float
    sales_from: float
    sales: float | None


def important(bought: Purchases) -> Important:
    """The border that parts the top fifth of customers, one at least, from the others."""
    each = np.sort(np.add.reduceat(bought.amount, bought.begins))[::-1]
    best = each[: max(1, round(TOP * len(each)))]
    whole = float(each.sum())
    return Important(TOP, float(best[-1]), float(best.sum()) / whole if whole else None)
