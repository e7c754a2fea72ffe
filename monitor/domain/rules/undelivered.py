"""Undelivered: an order that has not come for longer than a threshold. Its subject is the moment of the order.

The kind `ageing` of a rule file, for orders: they are kept as times alone, because most sources never tell of a
delivery. Nothing is found for a customer of whom no delivery was ever told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

import msgspec

from monitor.domain.purchases import SETTLING, waiting_since
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.state import State
from monitor.domain.words import in_words, on_day
from schemas.warnings import Cause

TOUCHING = ("order.placed", *SETTLING)


class Undelivered(msgspec.Struct, frozen=True):
    """Notice each order that was placed `older_than` ago, and neither delivered nor called off nor sent back."""

    terms: Terms
    older_than: timedelta
    steps: tuple[Step, ...] = ()

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in TOUCHING

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        if not state.purchases.delivered:
            return NOTHING
        placed = waiting_since(state.purchases)
        dues = (next_step(at, self.older_than, self.steps, now) for at in placed)
        late = {at.isoformat(): at for at in placed if now >= at + self.older_than}
        findings = tuple(self._finding(about, at, now) for about, at in late.items())
        return findings, min((due for due in dues if due is not None), default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        placed = finding.since - self.older_than
        return Evidence(
            title=f"an order of {on_day(placed)} has not been delivered for {in_words(now - placed)}",
            saw=f"order.placed on {on_day(placed)}, no order.delivered since",
            measure=in_words(now - placed),
            threshold=in_words(self.older_than),
            origin="default",
            basis="the same limit for every customer",
        )

    def resolves_when(self, about: str | None) -> str:
        return "delivery of the order, its cancellation or return"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "settled"

    def _finding(self, about: str, placed: datetime, now: datetime) -> Finding:
        severity = stepped(placed, self.older_than, self.terms.severity, self.steps, now)
        return Finding(about, placed + self.older_than, severity)
