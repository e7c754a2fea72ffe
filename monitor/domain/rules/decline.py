"""Decline: what a customer does of late, against what they usually do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.scores import RATINGS, Score, mean, scores_of
from monitor.domain.state import State
from monitor.domain.trend import ENGAGING, Measure, falls_below, pace, rates
from monitor.domain.words import counted, in_words
from schemas.warnings import Cause

FEWEST_SCORES, RECENT_SCORES = 5, 3
TOUCHING: dict[str, tuple[str, ...]] = {
    "spend": ("order.placed",),
    "orders": ("order.placed",),
    "engagement": ("order.placed", *ENGAGING),
    "loyalty": ("order.placed", *ENGAGING),
}


class ShareStep(msgspec.Struct, frozen=True):
    """Down at this share of the usual, a finding has this severity (a level)."""

    to: float
    severity: int


def deepened(share: float, severity: int, steps: Iterable[ShareStep]) -> int:
    """The severity of a fall to this share of the usual: that of the last step that was reached."""
    for step in steps:
        if share <= step.to:
            severity = step.severity
    return severity


class Decline(msgspec.Struct, frozen=True):
    """Notice a customer whose fast sum is down to `to` times the slow one (trend.py).

    Nobody is judged before `min_orders` orders, and `min_history` after the first: the slow sum has to settle. Nor is
    who usually does less than `min_pace` times in 30 days: between two times the fast sum falls by itself.
    """

    terms: Terms
    measure: Measure
    to: float
    min_orders: int
    min_history: timedelta
    min_pace: float
    steps: tuple[ShareStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in TOUCHING[self.measure]

    def ended_by(self, kind: str, flavour: str) -> bool:
        return kind in ENGAGING  # all sums fade up to it, and with them the pace

    def judge(self, state: State, now: datetime) -> Judgement:
        first, trend = state.rhythm.first, state.trend
        if (
            first is None
            or state.rhythm.orders < self.min_orders
            or pace(trend, self.measure) < self.min_pace
        ):
            return NOTHING
        ready = max(first + self.min_history, trend.at or first)
        crossed = falls_below(trend, self.measure, self.to)
        if crossed is None:
            return NOTHING
        since = max(crossed, ready)
        if now < since:
            return (), since
        severity, check = self.terms.severity, None
        for step in self.steps:
            deeper = max(falls_below(trend, self.measure, step.to) or since, ready)
            if now >= deeper:
                severity = step.severity
            else:
                check = deeper
                break
        return (Finding(None, since, severity),), check

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        short, long = rates(state.trend, self.measure, now)
        orders, known = counted(state.rhythm.orders, "order"), in_words(now - (state.rhythm.first or now))
        share = short / long if long else 0.0
        return Evidence(
            title=f"{self.measure} is down to {share:.0%} of the usual",
            saw=f"{short * 30:.2f} per 30 days of late, {long * 30:.2f} usually",
            measure=f"{share:.0%}",
            threshold=f"{self.to:.0%}",
            origin="customer",
            basis=self.terms.noted(f"own {self.measure}, from {orders} in {known}"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"{self.measure} above {self.to:.0%} of the usual"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"


class Dissatisfaction(msgspec.Struct, frozen=True):
    """Notice a customer whose newest ratings are on average down to `to` times the ones before."""

    terms: Terms
    to: float
    steps: tuple[ShareStep, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in RATINGS

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        told = scores_of(state.scores)
        share = _share(told)
        if share is None or share > self.to:
            return NOTHING
        severity = deepened(share, self.terms.severity, self.steps)
        return (Finding(None, told[-1].at, severity),), None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        told = scores_of(state.scores)
        share = _share(told) or 0.0
        return Evidence(
            title=f"scores are down to {share:.0%} of those before",
            saw="scores " + ", ".join(f"{score.value:g}" for score in told),
            measure=f"{share:.0%}",
            threshold=f"{self.to:.0%}",
            origin="customer",
            basis=self.terms.noted(
                f"the newest {RECENT_SCORES} of {counted(len(told), 'score')} against the others"
            ),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"scores above {self.to:.0%} of those before"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"


def _share(told: list[Score]) -> float | None:
    """The mean of the newest scores as a share of the mean of the others; None with too few, or none to fall from."""
    if len(told) < FEWEST_SCORES:
        return None
    recent = mean(score.value for score in told[-RECENT_SCORES:])
    before = mean(score.value for score in told[:-RECENT_SCORES])
    return recent / before if recent is not None and before else None
