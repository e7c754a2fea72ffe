"""Arrays and what is asked of them everywhere: shares, medians, sums by customer. No word of customers' ways here."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

WEEK = 7.0


def starts(sorted_values: Ints) -> Ints:
    """Where each run of equal values begins."""
    if not len(sorted_values):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.r_[True, sorted_values[1:] != sorted_values[:-1]])


def share(part: Floats, whole: Floats) -> float | None:
    """The sum of one as a share of that of the other; None of nothing."""
    total = float(whole.sum())
    return float(part.sum()) / total if total > 0 else None


def median(values: Floats, weights: Floats) -> float | None:
    """The weighted median: the middle of the least values that reach, and that pass, half of the weight.

    None of nothing; infinite values may stand among the others.
    """
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    if not len(reached) or reached[-1] <= 0:
        return None
    half = reached[-1] / 2
    lower = float(values[order[np.searchsorted(reached, half, side="left")]])
    upper = float(values[order[min(np.searchsorted(reached, half, side="right"), len(order) - 1)]])
    return (lower + upper) / 2


def least_reaching(values: Floats, above: float) -> float:
    """The least of the values that at most this share of all lies above; raises ValueError of nothing."""
    if not len(values):
        raise ValueError("no values")
    place = math.ceil((1 - above) * len(values) - 1e-9) - 1
    return float(np.sort(values)[max(place, 0)])


def running_sums(values: Floats, begins: Ints) -> Floats:
    """The sums so far within each run, the value itself counted."""
    sums = np.cumsum(values)
    before = np.r_[0.0, sums[begins[1:] - 1]] if len(begins) else np.zeros(0)
    runs: Floats = sums - np.repeat(before, np.diff(np.r_[begins, len(values)]))
    return runs
