"""Silences: from one purchase of a customer to the next, or to the end; what was known before, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from monitor.domain.rhythm import NEWEST_GAP
from monitor.offline.backtest.arrays import Bools, Floats, Ints, running_sums, starts
from monitor.offline.backtest.purchases import Purchases

Group = Literal["all", "few", "fast", "middle", "slow"]
SPEEDS: tuple[Group, ...] = ("fast", "middle", "slow")
FEW = -1
"""The class of a silence after fewer than `RHYTHM` gaps."""

RHYTHM = 2
"""From how many gaps on a customer has a mean gap to be classed by."""


@dataclass(frozen=True)
class Silences:
    """One row for each purchase, in their order.

    `gaps` is how many gaps came before, `mean` and `smoothed` their means (NaN of none), `length` how long the
    silence was, or has been until the end. It `returned` if a purchase ended it; the customer `left` if it lasted
    from the last purchase to the end, for at least as long as agreed; what is neither is not decided.
    `sales` is what the customer had bought by then, in so many `orders`.
    """

    customer: Ints
    start: Floats
    gaps: Ints
    mean: Floats
    smoothed: Floats
    length: Floats
    returned: Bools
    left: Bools
    sales: Floats
    orders: Ints

    @cached_property
    def rhythmic(self) -> Bools:
        """Which begin after gaps enough for a class."""
        enough: Bools = self.gaps >= RHYTHM
        return enough

    @cached_property
    def cuts(self) -> tuple[float, float]:
        """The mean gaps up to which a buyer is fast, and not slow: thirds of those who left."""
        means = self.mean[self.rhythmic & self.left]
        means = means if len(means) else self.mean[self.rhythmic]
        low, high = np.quantile(means, [1 / 3, 2 / 3]) if len(means) else (0.0, 0.0)
        return float(low), float(high)

    @cached_property
    def speed(self) -> Ints:
        """The class of each: 0 fast, 1 middle, 2 slow, or `FEW`."""
        speed = np.digitize(self.mean, self.cuts)
        return np.where(self.rhythmic, speed, FEW)

    def group(self, name: Group) -> Bools:
        """Which silences belong to a group."""
        if name == "all":
            return np.ones(len(self.speed), np.bool_)
        belongs: Bools = self.speed == (FEW if name == "few" else SPEEDS.index(name))
        return belongs


def silences(bought: Purchases, gone_after: float) -> Silences:
    """Tell the silences of a history; who has been silent for `gone_after` days when it ends has left."""
    counts, begins, time = bought.counts, bought.begins, bought.time
    gaps = np.arange(len(time)) - np.repeat(begins, counts)
    last = gaps == np.repeat(counts, counts) - 1
    length = np.where(last, bought.end, np.r_[time[1:], 0.0][: len(time)]) - time
    with np.errstate(invalid="ignore"):
        mean = (time - np.repeat(time[begins], counts)) / gaps
    left = last & (length >= gone_after)
    sales = running_sums(bought.amount, begins)
    smoothed = _smoothed(gaps, length)
    orders = running_sums(bought.placed.astype(np.float64), begins).astype(np.int64)
    return Silences(bought.customer, time, gaps, mean, smoothed, length, ~last, left, sales, orders)


def _smoothed(gaps: Ints, length: Floats) -> Floats:
    """The exponentially smoothed gap before each row, as `monitor.domain.rhythm` folds it: all customers at once."""
    smoothed = np.full(len(gaps), np.nan)
    by_count = np.split(order := np.argsort(gaps, kind="stable"), starts(gaps[order])[1:])
    for count, rows in enumerate(by_count[1:], 1):
        newest, before = length[rows - 1], smoothed[rows - 1]
        smoothed[rows] = newest if count == 1 else (1 - NEWEST_GAP) * before + NEWEST_GAP * newest
    return smoothed
