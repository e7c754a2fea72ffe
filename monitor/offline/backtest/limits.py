"""Limits of silences in closed form: their shapes, and the scale at which a shape gives the false alarms wished for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from monitor.offline.backtest.arrays import Bools, Floats, least_reaching
from monitor.offline.backtest.silences import Silences


@dataclass(frozen=True)
class Shape:
    """How a limit follows from a rhythm: scale times the mean gap, shrunk and cut; all in days.

    The mean is (gaps x mean + weight x prior) / (gaps + weight). Not `personal`, it is one day for everybody, so
    that the scale is a number of days.
    """

    personal: bool = True
    smoothed: bool = False
    prior: float = 0.0
    weight: float = 0.0
    floor: float = 0.0
    ceiling: float = math.inf

    def base(self, told: Silences) -> Floats:
        """What the scale multiplies, for each silence; NaN without a rhythm."""
        if not self.personal:
            return np.ones(len(told.gaps))
        own = told.smoothed if self.smoothed else told.mean
        return (told.gaps * own + self.weight * self.prior) / (told.gaps + self.weight)

    def limit(self, told: Silences, scale: float) -> Floats:
        """The limit of each silence."""
        return np.maximum(self.floor, np.minimum(scale * self.base(told), self.ceiling))

    def scale(self, told: Silences, among: Bools, wished: float) -> float | None:
        """The least scale with which at most the share `wished` of the gaps that ended are false alarms.

        None where there are no such gaps, or the ceiling alone gives more.
        """
        back = among & told.returned
        if not back.any():
            return None
        scale = least_reaching(self.ratios(told)[back], wished)
        return scale if math.isfinite(scale) else None

    def ratios(self, told: Silences) -> Floats:
        """The scale below which each silence is warned of: none at all up to the floor, any beyond the ceiling."""
        ratio = told.length / self.base(told)
        ratio = np.where(told.length > self.ceiling, math.inf, ratio)
        return np.where(told.length <= self.floor, 0.0, ratio)


FIXED = Shape(personal=False)
MEAN = Shape()
PSEUDO_GAPS = 3.0


def usual_gap(told: Silences) -> float:
    """The population's gap, for a prior: the median, over all gaps that ended, of the mean gap before."""
    means = told.mean[told.rhythmic & told.returned]
    return float(np.median(means)) if len(means) else 0.0


def shrunk(told: Silences) -> Shape:
    """The own mean gap, shrunk towards the population's by a few pseudo-gaps."""
    return Shape(prior=usual_gap(told), weight=PSEUDO_GAPS)
