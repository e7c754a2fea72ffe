"""Elsewhere: orders that go to another region than the customer's own, as they did not before.

The kind `decline` of a rule file, with `measure: own_region`. Nothing is found where orders tell no region.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.profile import profile_of
from monitor.domain.regions import own_region, regions_of, share_of
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.rules.decline import ShareStep, deepened
from monitor.domain.state import NOBODY, State
from monitor.domain.trend import ENGAGING, Measure, pace
from schemas.warnings import Cause


class Elsewhere(msgspec.Struct, frozen=True):
    """Notice a customer whose share of orders to their own region is, of late, down to `to` times the usual one.

    Who is not judged is as for other declines. Only an order or a profile changes a share, time alone does not.
    """

    terms: Terms
    to: float
    min_orders: int
    min_history: timedelta
    min_pace: float
    steps: tuple[ShareStep, ...] = ()

    since_may_drift: ClassVar[bool] = True
    measure: ClassVar[Measure] = "orders"

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind == "order.placed"

    def ended_by(self, kind: str, flavour: str) -> bool:
        return kind in ENGAGING  # all sums fade up to it, and with them the pace

    def judge(self, state: State, now: datetime) -> Judgement:
        regions, first = regions_of(state.regions), state.rhythm.first
        if regions is None or first is None or not self._is_for(state):
            return NOTHING
        ratio = self._ratio(state)
        if ratio is None or ratio > self.to:
            return NOTHING
        since = max(regions.at, first + self.min_history)
        if now < since:
            return (), since
        severity = deepened(ratio, self.terms.severity, self.steps)
        return (Finding(None, since, severity),), None

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        regions, home, ratio = regions_of(state.regions), own_region(state), self._ratio(state) or 0.0
        if regions is None:
            raise AssertionError("a share of orders was found without any")
        share = share_of(regions, home)
        told = profile_of((state.about or NOBODY).profile).home_region is not None
        return Evidence(
            title=f"the share of orders to {home} is down to {ratio:.0%} of the usual",
            saw=f"{share.of_late:.0%} of the orders of late to {home}, usually {share.usual:.0%}",
            measure=f"{ratio:.0%}",
            threshold=f"{self.to:.0%}",
            origin="customer",
            basis=self.terms.noted(
                f"own region by {'the profile' if told else 'the orders themselves, for no profile tells it'}"
            ),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"a share of orders to the own region above {self.to:.0%} of the usual"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"

    def _is_for(self, state: State) -> bool:
        return state.rhythm.orders >= self.min_orders and pace(state.trend, self.measure) >= self.min_pace

    def _ratio(self, state: State) -> float | None:
        """The share of late as a share of the usual one; None where orders never went to the own region."""
        regions = regions_of(state.regions)
        share = share_of(regions, own_region(state)) if regions is not None else None
        return share.of_late / share.usual if share is not None and share.usual > 0.0 else None
