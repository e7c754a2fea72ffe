"""Expected purchases: the part of a score that counts while fewer are expected of a repeat buyer than a limit.

Days count whole (UTC), as in the fit: all orders of a day are one purchase, and what is expected changes at midnight.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from monitor.domain.bgnbd import WEEK, BgNbd, Bought, expected_purchases, falls_below
from monitor.domain.rhythm import Rhythm
from monitor.domain.rules.base import Weighed
from monitor.domain.state import State
from monitor.domain.words import in_words


class ExpectedPurchases(msgspec.Struct, frozen=True):
    """Counts once less than `below` purchases are expected `within` a time.

    What is expected of a customer only falls until the next order, so there is one moment from which on it counts. Of
    who has bought on one day alone the model says nothing that could be held against them: then the part is left out.
    """

    model: BgNbd
    within: timedelta
    below: float
    weight: float

    def touched_by(self, kind: str, flavour: str) -> bool:
        return kind == "order.placed"

    def ended_by(self, kind: str, flavour: str) -> bool:
        return False

    def weighed(self, state: State, now: datetime) -> Weighed | None:
        bought = bought_of(state.rhythm)
        if bought is None:
            return None
        since = self._since(state.rhythm, bought)
        if since is None or since <= now:
            return Weighed(self.weight, since, None)
        return Weighed(self.weight, None, since)

    def named(self, state: State, now: datetime) -> str:
        expected = self._expected(state.rhythm, now)
        many = f"{expected:.2f}" if expected >= 0.01 else "fewer than 0.01"
        return f"{many} purchases expected within {in_words(self.within)}"

    def told(self, state: State, now: datetime) -> str:
        return f"{self.named(state, now)} (limit {self.below:g})"

    def _expected(self, rhythm: Rhythm, now: datetime) -> float:
        bought = bought_of(rhythm)
        if bought is None or rhythm.first is None:
            raise AssertionError("the part counts though it is left out")
        age = (now.date() - rhythm.first.date()).days
        return expected_purchases(self.model, bought, age / WEEK, self._weeks)

    def _since(self, rhythm: Rhythm, bought: Bought) -> datetime | None:
        """From when on less is expected than the limit, if ever."""
        first, last = rhythm.first, rhythm.last
        day = falls_below(self.model, bought, self._weeks, self.below)
        if day is None or first is None or last is None:
            return None
        return max(last, first.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=day))

    @property
    def _weeks(self) -> float:
        return self.within / timedelta(weeks=1)


def bought_of(rhythm: Rhythm) -> Bought | None:
    """What the model asks of a repeat buyer; None of anybody else."""
    if rhythm.days < 2 or rhythm.first is None or rhythm.last is None:
        return None
    return Bought(rhythm.days - 1, (rhythm.last.date() - rhythm.first.date()).days)
