"""Warnings that the engine told, each put to the silence in which it fell."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from monitor.domain.life import Transition
from monitor.offline.backtest.arrays import Bools, Floats, Ints
from monitor.offline.backtest.measures import GROUPS, NEVER, Figures, figures
from monitor.offline.backtest.purchases import days
from monitor.offline.backtest.silences import Silences

NOBODY = -1


class Judged(msgspec.Struct, frozen=True):
    """What the warnings of one rule were worth.

    `undecided` fell in a silence that is too short to say, `without_order` before any order of the customer's;
    both are in `warnings` alone.
    """

    warnings: int
    undecided: int
    without_order: int
    groups: list[Figures]


@dataclass
class Warned:
    """The warnings of one rule that began to fire: customers by number, moments in days."""

    customer: array[int] = field(default_factory=lambda: array("q"))
    at: array[float] = field(default_factory=lambda: array("d"))


class Collected:
    """The warnings of a run by rule, as they come."""

    def __init__(self, customers: Mapping[str, int], rules: Iterable[str]) -> None:
        self._customers = customers
        self.by_rule = {name: Warned() for name in rules}

    def add(self, transitions: Iterable[Transition]) -> None:
        """Keep those that began to fire."""
        for each in transitions:
            if each.told == "firing":
                warned = self.by_rule[each.warning.rule]
                warned.customer.append(self._customers.get(each.customer, NOBODY))
                warned.at.append(days(each.at))


def judged(told: Silences, warned: Warned, among: Bools | None = None) -> Judged:
    """Hold the warnings of a rule against how the silences that it is for ended.

    The first warning of a silence counts for its delay.
    """
    at = np.array(warned.at, np.float64)
    rows = placed(told, np.array(warned.customer, np.int64), at)
    inside = rows[rows >= 0]
    after = np.full(len(told.start), NEVER)
    np.minimum.at(after, inside, at[rows >= 0] - told.start[inside])
    undecided = ~(told.returned | told.left)[inside]
    each = figures(told, after, np.isfinite(after), GROUPS, among)
    return Judged(len(rows), int(undecided.sum()), int((rows < 0).sum()), each)


def placed(told: Silences, customer: Ints, at: Floats) -> Ints:
    """The row of the silence in which each moment of a customer's falls; negative where none has begun."""
    count = len(told.start)
    customers, times = np.r_[told.customer, customer], np.r_[told.start, at]
    kinds = np.r_[np.zeros(count), np.ones(len(at))]  # a purchase at the very moment comes first
    order = np.lexsort((kinds, times, customers))
    rows = np.empty(len(order), np.int64)
    rows[order] = np.cumsum(order < count) - 1
    found = rows[count:]
    begun = (
        (found >= 0) & (told.customer[np.maximum(found, 0)] == customer) if count else np.zeros(len(at), bool)
    )
    return np.where(begun, found, NOBODY)
