"""Which events a rule looks at: flavours (observe.py), chosen by type and by the values that fields may have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.domain import rings
from monitor.domain.scores import RATINGS, scores_of
from monitor.domain.state import State
from schemas.events import EVENT_TYPES
from schemas.warnings import Cause

Where = Mapping[str, tuple[str, ...]]
ORDER = "order.placed"
AGAIN: dict[str, Cause] = {ORDER: "ordered again", "contact.made": "contacted"}
"""Why a silence ended, by what broke it."""


class Filters(dict[str, bool]):
    """Whether a flavour belongs, told by filters: it does if any of them matches it.

    Answers are remembered: there are few flavours, and they are asked for with every event.
    """

    def __init__(self, *filters: tuple[str, Where]) -> None:
        super().__init__()
        self._filters = filters
        self.types = frozenset(kind for kind, _ in filters)
        self.of_orders = ORDER in self.types
        self.only_orders = self.types == {ORDER}
        self.sources = frozenset(EVENT_TYPES[kind].input for kind in self.types if kind in EVENT_TYPES)
        self.told = " or ".join(_told(kind, where) for kind, where in filters)

    def __missing__(self, flavour: str) -> bool:
        known = self[flavour] = self._matches(flavour)
        return known

    def rings(self, state: State) -> list[bytes]:
        """The rings of all times that are known of such events; of orders the newest eight."""
        found = [ring for flavour, ring in state.marks.items() if self[flavour]]
        if self.of_orders:
            found.append(state.rhythm.marks)
        return found

    def last(self, state: State) -> datetime | None:
        """When such an event happened last."""
        if self.only_orders:
            return state.rhythm.last
        return rings.newest(self.rings(state))

    def times_after(self, state: State, moment: datetime | None) -> list[int]:
        """When such events happened after `moment`, or ever: microseconds since 1970, ascending."""
        return rings.merged_after(self.rings(state), moment or rings.EPOCH)

    def _matches(self, flavour: str) -> bool:
        kind, *told = flavour.split(" ")
        fields = dict(field.split("=", 1) for field in told)
        return any(
            kind == wanted and all(fields.get(k) in v for k, v in where.items())
            for wanted, where in self._filters
        )


class LowRatings(Filters):
    """Ratings below a limit, as far as the newest scores tell; whether one is low, its flavour does not say."""

    def __init__(self, below: float) -> None:
        super().__init__(*((kind, {}) for kind in RATINGS))
        self._below = below
        self.told = f"score below {below:g}"

    def rings(self, state: State) -> list[bytes]:
        """The times of all low ratings that are kept, as one ring."""
        low = [rings.pack(score.at) for score in scores_of(state.scores) if score.value < self._below]
        return [rings.EMPTY.join(low)] if low else []


def _told(kind: str, where: Where) -> str:
    values = ["/".join(values) for values in where.values()]
    return f"{kind} ({', '.join(values)})" if values else kind


def again(of: Filters, state: State, last: datetime) -> Cause:
    """Why it is over: which of the events was the last, at `last`."""
    if of.of_orders and state.rhythm.last == last:
        return AGAIN[ORDER]
    found = (
        flavour.split(" ")[0]
        for flavour, ring in state.marks.items()
        if of[flavour] and rings.last(ring) == last
    )
    return AGAIN.get(next(found, ""), "recovered")
