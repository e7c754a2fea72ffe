"""A rule that is only for customers with so many orders."""

from __future__ import annotations

from datetime import datetime

import msgspec

from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Rule, Terms
from monitor.domain.state import State
from schemas.warnings import Cause


class OnlyFor(msgspec.Struct, frozen=True):
    """`rule`, for customers with `fewest` orders or more, and `most` at most (None: any number)."""

    rule: Rule
    fewest: int
    most: int | None

    @property
    def terms(self) -> Terms:
        return self.rule.terms

    @property
    def since_may_drift(self) -> bool:
        return self.rule.since_may_drift

    def touched_by(self, kind: str, flavour: str) -> bool:
        return (kind == "order.placed" and self.fewest > 0) or self.rule.touched_by(kind, flavour)

    def touched_at(self, kind: str, flavour: str, orders: int) -> bool:
        """Whether such an event can change the judgement of a customer who has `orders` orders after it."""
        if kind == "order.placed" and orders in self.borders:
            return True
        return self._is_for_so_many(orders) and self.rule.touched_by(kind, flavour)

    @property
    def borders(self) -> tuple[int, int]:
        """With how many orders a customer comes to be one whom the rule is for, and one whom it is for no more."""
        return self.fewest, self.fewest if self.most is None else self.most + 1

    def ended_by(self, kind: str, flavour: str) -> bool:
        return kind == "order.placed" or self.rule.ended_by(kind, flavour)

    def judge(self, state: State, now: datetime) -> Judgement:
        return self.rule.judge(state, now) if self._is_for(state) else NOTHING

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        return self.rule.evidence(state, finding, now)

    def resolves_when(self, about: str | None) -> str:
        return self.rule.resolves_when(about)

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return self.rule.ended(state, about, since) if self._is_for(state) else "ordered again"

    def _is_for(self, state: State) -> bool:
        return self._is_for_so_many(state.rhythm.orders)

    def _is_for_so_many(self, orders: int) -> bool:
        return orders >= self.fewest and (self.most is None or orders <= self.most)
