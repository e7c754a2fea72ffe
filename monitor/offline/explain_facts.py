"""What is known of one customer, in the terms of people: the row's facts, unpacked as they are at a moment.

Belongs here: the facts alone. What rules make of them is in `explain`, how they are shown is for commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from monitor.domain import rings
from monitor.domain.categories import categories_of
from monitor.domain.objects import cases_of, is_finished, kind_of, subject_of
from monitor.domain.profile import Profile, profile_of
from monitor.domain.purchases import contribution, waiting_since
from monitor.domain.regions import own_region, regions_of, share_of
from monitor.domain.rhythm import Rhythm
from monitor.domain.scores import Score, scores_of
from monitor.domain.state import FLAVOUR_MARKS, NOBODY, State
from monitor.domain.trend import Measure, rates
from schemas.fields import ChurnKind

CONTACT = "contact.made"
MEASURES: tuple[Measure, ...] = ("spend", "orders", "engagement")


class Pace(msgspec.Struct, frozen=True):
    """How much per 30 days of late, how much usually, and the one as a share of the other."""

    measure: Measure
    of_late: float
    usual: float
    share: float


class OpenObject(msgspec.Struct, frozen=True):
    """An object that nobody has ended; `due` is the moment agreed for it, `amount` that of an invoice or a quote."""

    kind: str
    id: str
    opened: datetime
    age: timedelta
    due: datetime | None
    hand_overs: int
    amount: float | None


class Remembered(msgspec.Struct, frozen=True):
    """Events of one flavour whose times are kept, the newest `times` at most; `more` may have been before."""

    event: str
    times: int
    more: bool
    last: datetime


class Category(msgspec.Struct, frozen=True):
    """What was bought in so many orders; `next_expected` is the last of them and the mean gap."""

    name: str
    orders: int
    last: datetime
    mean_gap: timedelta | None
    next_expected: datetime | None


class Region(msgspec.Struct, frozen=True):
    """Which share of the orders that tell a region goes there, of late and usually; whether it is their own."""

    name: str
    of_late: float
    usual: float
    own: bool


class Away(msgspec.Struct, frozen=True):
    """A time away that was announced."""

    start: datetime
    until: datetime
    reason: str | None


class Declared(msgspec.Struct, frozen=True):
    """That somebody declared the customer lost."""

    at: datetime
    kind: ChurnKind
    reason: str | None


class Known(msgspec.Struct, frozen=True):
    """All that a row holds of a customer. `undelivered` is None where no delivery was ever told.

    `contribution` is what is left of the margin (of sales where none was told) after refunds and expenses, `receivable`
    what open invoices come to. `next_order_expected` is the last order and the mean gap: an estimate, and None without
    a gap.
    """

    profile: Profile | None
    absences: list[Away]
    left: Declared | None
    events: int
    latest: datetime | None
    first_order: datetime | None
    last_order: datetime | None
    orders: int
    sales: float
    margin: float
    refunds: float
    expenses: float | None
    contribution: float
    receivable: float
    gaps: int
    mean_gap: timedelta | None
    smoothed_gap: timedelta | None
    next_order_expected: datetime | None
    categories: list[Category]
    regions: list[Region]
    trend: list[Pace]
    open_objects: list[OpenObject]
    undelivered: list[datetime] | None
    contacts: list[Remembered]
    last_contact: datetime | None
    next_contact_due: datetime | None
    scores: list[Score]
    other_events: list[Remembered]
    forgotten: int


def known_of(state: State, now: datetime) -> Known:
    """The facts of a state, as they are at `now`."""
    rhythm, bought, remembered = state.rhythm, state.purchases, list(_remembered(state))
    about, open_ = state.about or NOBODY, list(_open_objects(state, now))
    return Known(
        profile=profile_of(about.profile) if about.profile else None,
        absences=[Away(each.start, each.until, each.reason) for each in about.absences],
        left=Declared(about.left.at, about.left.kind, about.left.reason) if about.left else None,
        events=state.events,
        latest=state.latest,
        first_order=rhythm.first,
        last_order=rhythm.last,
        orders=rhythm.orders,
        sales=bought.sales,
        margin=bought.margin,
        refunds=bought.refunds,
        expenses=bought.expenses,
        contribution=contribution(bought),
        receivable=sum(each.amount or 0.0 for each in open_ if each.kind == "invoice"),
        gaps=rhythm.gaps,
        mean_gap=_span(rhythm.mean),
        smoothed_gap=_span(rhythm.smoothed),
        next_order_expected=_next(rhythm),
        categories=list(_categories(state)),
        regions=list(_regions(state)),
        trend=list(_trend(state, now)),
        open_objects=open_,
        undelivered=waiting_since(bought) if bought.delivered else None,
        contacts=[each for each in remembered if _is_contact(each)],
        last_contact=state.agreed.told if state.agreed else None,
        next_contact_due=state.agreed.due if state.agreed else None,
        scores=scores_of(state.scores),
        other_events=[each for each in remembered if not _is_contact(each)],
        forgotten=state.forgotten + categories_of(state.categories).forgotten,
    )


def _categories(state: State) -> Iterator[Category]:
    """What is bought, the most usual first."""
    known = categories_of(state.categories).known
    for name in sorted(known, key=lambda name: (-known[name].orders, name)):
        each = known[name]
        yield Category(name, each.orders, each.last, _span(each.rhythm.mean), _next(each.rhythm))


def _regions(state: State) -> Iterator[Region]:
    """Where orders go, the most usual first."""
    regions, own = regions_of(state.regions), own_region(state)
    if regions is None:
        return
    for name in sorted(regions.known, key=lambda name: (-regions.known[name][1], name)):
        yield Region(name, *share_of(regions, name), name == own)


def _next(rhythm: Rhythm) -> datetime | None:
    """When the next order is expected, by the plain mean gap alone."""
    gap = _span(rhythm.mean)
    return None if gap is None or rhythm.last is None else rhythm.last + gap


def _trend(state: State, now: datetime) -> Iterator[Pace]:
    """The measures of which anything ever happened."""
    for measure in MEASURES:
        short, long = rates(state.trend, measure, now)
        if long > 0.0:
            yield Pace(measure, short * 30, long * 30, short / long)


def _open_objects(state: State, now: datetime) -> Iterator[OpenObject]:
    for name, case in cases_of(state.cases).items():
        if case.opened is not None and not is_finished(name, case):
            age = now - case.opened
            yield OpenObject(
                kind_of(name), subject_of(name), case.opened, age, case.due, case.hops, case.amount
            )


def _remembered(state: State) -> Iterator[Remembered]:
    """What is remembered beside orders, the newest first."""
    for flavour in sorted(state.marks, key=lambda name: rings.last(state.marks[name]), reverse=True):
        ring = state.marks[flavour]
        times = rings.count(ring)
        yield Remembered(flavour, times, times == FLAVOUR_MARKS, rings.last(ring))


def _is_contact(remembered: Remembered) -> bool:
    return remembered.event.split(" ")[0] == CONTACT


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=round(seconds))
