"""How well a score ranks who will be silent: the area under the ROC curve, with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from monitor.offline.backtest.arrays import Bools, Floats, starts

RESAMPLES = 500
SEED = 1  # the same figures each time


class Auc(NamedTuple):
    """The chance that a score is higher for who was silent than for who wasn't, and its 95 % interval."""

    auc: float
    low: float
    high: float


class Ranked:
    """Customers in the order of a score; those of one score stand together."""

    def __init__(self, score: Floats, silent: Bools) -> None:
        self._order = np.argsort(score, kind="stable")
        ordered = score[self._order]
        self._ties = starts(np.unique(ordered, return_inverse=True)[1].astype(np.int64))
        self._silent = silent[self._order]

    def auc(self, weight: Floats) -> float:
        """The area, each customer counted so many times: Mann and Whitney's U, ties counting half."""
        ordered = weight[self._order]
        silent = np.add.reduceat(np.where(self._silent, ordered, 0.0), self._ties)
        others = np.add.reduceat(np.where(self._silent, 0.0, ordered), self._ties)
        below = np.cumsum(others) - others
        return float(silent @ (below + others / 2) / (silent.sum() * others.sum()))


def aucs(scores: Mapping[str, Floats], silent: Bools) -> dict[str, Auc]:
    """The area of each score, higher meaning silent, over the same resamples of customers; {} without both kinds."""
    if silent.all() or not silent.any():
        return {}
    ranked = {name: Ranked(score, silent) for name, score in scores.items()}
    drawn = [[each.auc(weight) for each in ranked.values()] for weight in _resamples(silent)]
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    plain = np.ones(len(silent))
    return {
        name: Auc(each.auc(plain), float(low[at]), float(high[at]))
        for at, (name, each) in enumerate(ranked.items())
    }


def _resamples(silent: Bools) -> Iterator[Floats]:
    """How often each customer is drawn; a draw without both kinds is thrown away."""
    draw, size = np.random.default_rng(SEED).integers, len(silent)
    for _ in range(RESAMPLES):
        weight = np.bincount(draw(size, size=size), minlength=size).astype(np.float64)
        if 0 < weight[silent].sum() < size:
            yield weight
