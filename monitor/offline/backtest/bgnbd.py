"""The BG/NBD model of repeat buying, fitted by maximum likelihood; times are weeks.

Fader, Hardie, Lee (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model, Marketing
Science 24(2), 275-284; equations (6) for the likelihood, (10) for expected purchases. P(alive) follows Fader, Hardie,
Lee (2008), Computing P(alive) Using the BG/NBD Model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1

from monitor.offline.backtest.arrays import Floats, Ints
from schemas.errors import ConfigError


class Histories(NamedTuple):
    """Each customer's repeat purchases `x`, the last of them at `t_x` after the first purchase, seen for `T`."""

    x: Ints
    t_x: Floats
    T: Floats


@dataclass(frozen=True)
class BgNbd:
    """The model's parameters: purchases come at a rate from Gamma(r, alpha), leaving has a chance from Beta(a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    def log_likelihood(self, seen: Histories) -> Floats:
        """The log-likelihood of each customer's history, equation (6)."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, repeats = seen.x, np.maximum(seen.x, 1)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        common += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + seen.T)
        left = np.log(a) - np.log(b + repeats - 1) - (r + x) * np.log(alpha + seen.t_x)
        told: Floats = common + np.logaddexp(alive, np.where(x > 0, left, -np.inf))
        return told

    def p_alive(self, seen: Histories) -> Floats:
        """The chance that each is still a customer; 1 for one-time buyers, of whom it says nothing."""
        return np.where(seen.x > 0, expit(-self._log_odds_left(seen)), 1.0)

    def expected_purchases(self, seen: Histories, weeks: float) -> Floats:
        """How many purchases each is expected to make in the weeks to come, equation (10)."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, seen_for = seen.x, seen.T
        grown = hyp2f1(r + x, b + x, a + b + x - 1, weeks / (alpha + seen_for + weeks))
        shrink = np.exp((r + x) * (np.log(alpha + seen_for) - np.log(alpha + seen_for + weeks)))
        odds_left = np.where(x > 0, np.exp(self._log_odds_left(seen)), 0.0)
        expected: Floats = (a + b + x - 1) / (a - 1) * (1 - shrink * grown) / (1 + odds_left)
        return expected

    def _log_odds_left(self, seen: Histories) -> Floats:
        idle = np.log(self.alpha + seen.T) - np.log(self.alpha + seen.t_x)
        odds: Floats = np.log(self.a) - np.log(self.b + np.maximum(seen.x, 1) - 1) + (self.r + seen.x) * idle
        return odds


def fit(seen: Histories) -> BgNbd:
    """The parameters of maximum likelihood; raises `ConfigError` where the histories don't tell them."""
    kinds, counts = np.unique(np.stack([seen.x, seen.t_x, seen.T]), axis=1, return_counts=True)
    distinct = Histories(kinds[0].astype(np.int64), kinds[1], kinds[2])

    def loss(logs: Floats) -> float:
        return -float(counts @ BgNbd(*np.exp(logs)).log_likelihood(distinct)) / float(counts.sum())

    bounds = [(-12.0, 12.0)] * 4
    if not (seen.x > 0).any():
        raise _not_told("nobody bought twice before the split")
    found = minimize(
        loss, np.zeros(4), method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7}
    )
    if not np.isfinite(found.fun):
        raise _not_told("the likelihood has no maximum")
    return BgNbd(*(float(value) for value in np.exp(found.x)))


def _not_told(problem: str) -> ConfigError:
    remedy = "give a later split, or the parameters of another history with --model"
    return ConfigError(f"BG/NBD can't be fitted: {problem}", key="--split", remedy=remedy)
