"""What is right: the job's two rules on plain values, in order of time. Also the yardstick of any machine.

Written to be read and trusted, and for nothing else: no time that passes by itself, no broker, no crash.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple

import msgspec

from bench.job import COMPLAINT, SILENCE

DAY = 86_400_000
QUIET_AT_LEAST, QUIET_FACTOR = 14 * DAY, 3
COMPLAINTS, WITHIN = 3, 30 * DAY
NEWEST = 10
"""Complaints that are remembered."""


class Warned(NamedTuple):
    """A warning began: by which rule, about whom."""

    rule: str
    customer: str


class Truth:
    """Applies events one by one; `warned` holds what began so far. Moments are milliseconds since 1970."""

    def __init__(self) -> None:
        self.warned: list[Warned] = []
        self._customers: dict[str, _Customer] = {}
        self._heap: list[tuple[int, str]] = []

    def apply(self, event: dict[str, Any]) -> None:
        """Let time pass to the event, then judge it."""
        now, name = _moment(event["time"]), event["subject"]
        self.pass_to(now)
        customer = self._customers.get(name) or self._customers.setdefault(name, _Customer())
        if event["type"] == "order.placed":
            due = customer.ordered(now)
            heappush(self._heap, (due, name))
        elif _is_complaint(event):
            customer.complaints = [*customer.complaints, now][-NEWEST:]
        if customer.complains_anew(now):
            self.warned.append(Warned(COMPLAINT, name))

    def pass_to(self, moment: int) -> None:
        """Warn of everybody whose silence was due before `moment`."""
        heap = self._heap
        while heap and heap[0][0] < moment:
            due, name = heappop(heap)
            if self._customers[name].due == due:
                self.warned.append(Warned(SILENCE, name))


class _Customer:
    __slots__ = ("complaining", "complaints", "due", "gap", "last")

    def __init__(self) -> None:
        self.last: int | None = None
        self.gap: float | None = None
        self.due = 0
        self.complaints: list[int] = []
        self.complaining = False

    def ordered(self, now: int) -> int:
        """Note an order; return when the silence after it is too long."""
        if self.last is not None:
            gap = now - self.last
            self.gap = gap if self.gap is None else 0.8 * self.gap + 0.2 * gap
        self.last = now
        self.due = now + max(QUIET_AT_LEAST, int(QUIET_FACTOR * (self.gap or 0)))
        return self.due

    def complains_anew(self, now: int) -> bool:
        before = self.complaining
        self.complaining = sum(each > now - WITHIN for each in self.complaints) >= COMPLAINTS
        return self.complaining and not before


def true_warnings(values: Iterable[bytes], until: datetime | None = None) -> list[Warned]:
    """The warnings that these events, as JSON and in order of time, call for, up to and including `until`.

    Without `until`, up to the last event.
    """
    truth = Truth()
    for value in values:
        truth.apply(msgspec.json.decode(value))
    if until is not None:
        truth.pass_to(int(until.timestamp() * 1000) + 1)
    return truth.warned


def _is_complaint(event: dict[str, Any]) -> bool:
    told = event["data"]
    if event["type"] == "ticket.opened":
        return bool(told["severity"] == "high")
    return event["type"] == "contact.made" and bool(told["sentiment"] == "negative")


def _moment(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1000)
