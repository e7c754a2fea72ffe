"""Who the customers are and when they order: the truth that warnings are held against. Pure and seeded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import NamedTuple

LAST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Where every shop's time ends: fixed, so that a seed means one shop whenever it is played."""

FEWEST_ORDERS = 4
"""What a leaver orders before leaving; who buys less has no rhythm to break."""

BUSY = {7: 1.25, 8: 1.4, 11: 0.9, 12: 0.75}
"""How much longer gaps are by month: quiet summers, and a rush before Christmas."""


class Kind(StrEnum):
    """How a customer behaves in the end."""

    stays = "stays"
    pauses = "pauses"
    once = "once"
    stops = "stops"
    complains = "complains"


LEAVERS = (Kind.stops, Kind.complains)

SHARES = {Kind.stays: 0.60, Kind.pauses: 0.08, Kind.once: 0.11, Kind.stops: 0.13, Kind.complains: 0.08}


class Span(NamedTuple):
    """The time that a shop is open."""

    begin: datetime
    until: datetime

    def at(self, share: float) -> datetime:
        """The moment at which this share of the span is over."""
        return whole(self.begin + (self.until - self.begin) * share)


class Customer(NamedTuple):
    """One customer as they truly are.

    `turned` is when a leaver's mind turned: with the first complaint of those who complain first, with the
    last order of those who just stop. `grievances` are the complaints that go with it, or with a bad patch.
    """

    id: str
    kind: Kind
    orders: tuple[datetime, ...]
    turned: datetime | None = None
    grievances: tuple[datetime, ...] = ()

    @property
    def last_order(self) -> datetime:
        """When the customer ordered for the last time."""
        return self.orders[-1]


class _Habit(NamedTuple):
    """A rhythm: the mean gap in days, and how regular it is (the shape of a gamma distribution)."""

    gap: float
    regularity: float


def span_of(days: int) -> Span:
    """The span of a shop that is open for so many days."""
    return Span(LAST_DAY - timedelta(days=days), LAST_DAY - timedelta(seconds=1))


def make_customer(chance: Random, name: str, span: Span) -> Customer:
    """Draw a customer; whoever is open to leave does so early enough for their silence to be noticed."""
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    habit = _Habit(min(max(chance.lognormvariate(2.4, 0.45), 5), 28), chance.uniform(2, 8))
    first = _first_order(chance, habit, span)
    match kind:
        case Kind.once:
            return Customer(name, kind, (first,))
        case Kind.stops:
            return _stopping(chance, name, habit, first, span)
        case Kind.complains:
            return _complaining(chance, name, habit, first, span)
        case Kind.pauses:
            away = span.at(chance.uniform(0.3, 0.7))
            back = away + timedelta(days=chance.uniform(20, 55))
            return Customer(name, kind, _orders(chance, habit, first, span.until, away=(away, back)))
    patch = _grievances(chance, span.at(chance.random() * 0.9), 18) if chance.random() < 0.02 else ()
    return Customer(name, kind, _orders(chance, habit, first, span.until), None, patch)


def whole(moment: datetime) -> datetime:
    """The moment without fractions of a second."""
    return moment.replace(microsecond=0)


def _first_order(chance: Random, habit: _Habit, span: Span) -> datetime:
    """Most were customers before the shop's records begin; a quarter join later."""
    if chance.random() < 0.75:
        return whole(span.begin + timedelta(days=chance.uniform(0, habit.gap)))
    return span.at(chance.uniform(0, 0.6))


def _stopping(chance: Random, name: str, habit: _Habit, first: datetime, span: Span) -> Customer:
    orders = _orders(chance, habit, first, span.at(chance.uniform(0.25, 0.65)))
    return Customer(name, Kind.stops, orders, orders[-1])


def _complaining(chance: Random, name: str, habit: _Habit, first: datetime, span: Span) -> Customer:
    """Trouble comes first; orders go on for a while beside the complaints, and then both end."""
    settled = first + timedelta(days=2 * habit.gap)
    turned = whole(max(span.at(chance.uniform(0.2, 0.6)), settled))
    phase = chance.uniform(12, 42)
    orders = _orders(chance, habit, first, turned + timedelta(days=phase))
    return Customer(name, Kind.complains, orders, turned, _grievances(chance, turned, phase))


def _orders(
    chance: Random,
    habit: _Habit,
    first: datetime,
    end: datetime,
    away: tuple[datetime, datetime] | None = None,
) -> tuple[datetime, ...]:
    """Orders by this habit, before `end` but for the first few, none while `away`."""
    times = [first]
    while True:
        gap = chance.gammavariate(habit.regularity, habit.gap / habit.regularity)
        at = whole(times[-1] + timedelta(days=max(gap, 0.2) * BUSY.get(times[-1].month, 1)))
        if away is not None and away[0] <= at < away[1]:
            at = whole(away[1] + timedelta(days=chance.uniform(0, 3)))
        if at >= end and (len(times) >= FEWEST_ORDERS or at > LAST_DAY):
            return tuple(at for at in times if at < LAST_DAY)
        times.append(at)


def _grievances(chance: Random, begin: datetime, days: float) -> tuple[datetime, ...]:
    """Complaints that come faster and faster, for so many days."""
    gaps = accumulate(_shrinking(chance), initial=0.0)
    times: list[datetime] = []
    for since in gaps:
        if since > days:
            break
        times.append(whole(begin + timedelta(days=since)))
    return tuple(at for at in times if at < LAST_DAY)


def _shrinking(chance: Random) -> Iterator[float]:
    usual = 8.0
    while True:
        yield usual * chance.uniform(0.6, 1.3)
        usual = max(usual * 0.8, 2.5)
