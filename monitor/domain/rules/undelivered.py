"""Undelivered: an order that has not come for longer than a threshold. Its subject is the moment of the order.

The kind `ageing` of a rule file, for orders: they are kept as times alone, because most sources never tell of a
delivery. Nothing is found for a customer of whom no delivery was ever told.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain.purchases import SETTLING, waiting_since
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Terms
from monitor.domain.rules.limit import Limit
from monitor.domain.state import State
from monitor.domain.words import on_day
from schemas.warnings import Cause

TOUCHING = ("order.placed", *SETTLING)


class Undelivered(msgspec.Struct, frozen=True):
    """Notice each order that was placed longer ago than a limit, and neither delivered nor called off nor sent back."""

    terms: Terms
    limit: Limit

    since_may_drift: ClassVar[bool] = False

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind in TOUCHING

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        if not state.purchases.delivered:
            return NOTHING
        placed = {at.isoformat(): at for at in waiting_since(state.purchases)}
        return self.limit.judge(placed.items(), now)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        placed = datetime.fromisoformat(finding.about or "")
        waited = self.limit.waited(placed, now)
        return Evidence(
            title=f"an order of {on_day(placed)} has not been delivered for {waited}",
            saw=f"order.placed on {on_day(placed)}, no order.delivered since",
            measure=waited,
            threshold=self.limit.told,
            origin=self.terms.origin,
            basis=self.terms.limit("the same limit for every customer"),
        )

    def resolves_when(self, about: str | None) -> str:
        return "delivery of the order, its cancellation or return"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "settled"
