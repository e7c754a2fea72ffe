"""Partial loss: a usual category that is no longer bought while others are. Its subject is the category.

The kind `silence` of a rule file, with `each: category`. Nothing is found for a customer whose orders tell no lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar

import msgspec

from monitor.domain import rings
from monitor.domain.absences import away_between, put_off
from monitor.domain.categories import Bought, categories_of
from monitor.domain.rules.base import NOTHING, Evidence, Finding, Judgement, Step, Terms, next_step, stepped
from monitor.domain.rules.silence import Fixed, Personal
from monitor.domain.state import State
from monitor.domain.words import counted, in_words, on_day
from schemas.warnings import Cause

ORDER = "order.placed"


class PartialLoss(msgspec.Struct, frozen=True):
    """Notice each category that was in `usual_from` orders or more, and in none of those within the threshold.

    The threshold is the category's own. With no order at all within it the customer buys nothing any more, and not
    something else: then nothing is found. Planned absences don't count.
    """

    terms: Terms
    threshold: Fixed | Personal
    usual_from: int
    steps: tuple[Step, ...] = ()

    since_may_drift: ClassVar[bool] = True

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind == ORDER

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def judge(self, state: State, now: datetime) -> Judgement:
        if not state.categories:
            return NOTHING
        judged = [self._judged(state, name, bought, now) for name, bought in self._usual(state)]
        findings = tuple(finding for finding, _ in judged if finding is not None)
        return findings, min((check for _, check in judged if check is not None), default=None)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        name = finding.about or ""
        bought = categories_of(state.categories).known[name]
        limit = self.threshold.limit(bought.rhythm)
        missed = in_words(now - bought.last - away_between(state, bought.last, now))
        origin, basis = self.threshold.told(bought.rhythm, limit, self.terms)
        last, others = on_day(bought.last), on_day(state.rhythm.last or bought.last)
        return Evidence(
            title=f"no {name} ordered for {missed}, expected within {in_words(limit)}, but other things",
            saw=f"{name} last ordered on {last}, in {counted(bought.orders, 'order')} in all; others on {others}",
            measure=missed,
            threshold=in_words(limit),
            origin=origin,
            basis=basis,
        )

    def resolves_when(self, about: str | None) -> str:
        return f"the next order of {about}, or none at all for as long"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        bought = categories_of(state.categories).known.get(about or "")
        if bought is None:
            return "no longer tracked"
        if bought.last >= since:
            return "ordered again"
        begins, _ = self._span(state, bought)
        return "lapsed" if begins <= since else "data corrected"

    def _usual(self, state: State) -> Iterator[tuple[str, Bought]]:
        for name, bought in categories_of(state.categories).known.items():
            if bought.orders >= self.usual_from:
                yield name, bought

    def _judged(
        self, state: State, name: str, bought: Bought, now: datetime
    ) -> tuple[Finding | None, datetime | None]:
        begins, ends = self._span(state, bought)
        if now < begins < ends:
            return None, begins
        if now >= ends or begins >= ends:
            return None, None
        last, limit = bought.last, self.threshold.limit(bought.rhythm)
        counted_to = now - away_between(state, last, now)
        severity = stepped(last, limit, self.terms.severity, self.steps, counted_to)
        check = next_step(last, limit, self.steps, counted_to)
        since = self._since(state, last, begins, limit)
        return Finding(name, since, severity), ends if check is None else min(
            ends, put_off(state, last, check)
        )

    def _span(self, state: State, bought: Bought) -> tuple[datetime, datetime]:
        """From when a category is missed, and until when others count as bought; empty where none was since."""
        limit, last = self.threshold.limit(bought.rhythm), state.rhythm.last or bought.last
        return put_off(state, bought.last, bought.last + limit), put_off(state, last, last + limit)

    def _since(self, state: State, last: datetime, begins: datetime, limit: timedelta) -> datetime:
        """Since when it has been missed while others were bought, as far as the orders that are kept tell."""
        others = [at for at in rings.times(state.rhythm.marks) if at > last]
        for earlier, later in pairwise([last, *others]):
            if later > put_off(state, earlier, earlier + limit):
                begins = later
        return begins
