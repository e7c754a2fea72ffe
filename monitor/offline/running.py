"""A customer of a running system, explained: by the row that a lane wrote, taken on in time, and what was told.

Pure. Reading row and topic is for others.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from monitor.domain.life import Transition
from monitor.domain.outages import Outages
from monitor.domain.rules import RuleSet
from monitor.domain.state import Row, from_bytes
from monitor.engine.customers import Customers
from monitor.engine.passage import Passage
from monitor.engine.step import LaneRow
from monitor.offline.explain import NEWEST, Change, Explanation, RunningRow, change_of, explained
from schemas.rules import RuleFile
from schemas.warnings import WarningEvent


def taken_on(
    customer: str,
    raw: bytes,
    rules: RuleSet,
    clock: datetime,
    until: datetime,
    outages: Outages = (),
) -> tuple[Row, list[Transition]]:
    """The row as it will be at `until` if nothing happens, and what is told on the way there from `clock`."""
    customers = Customers(rules, lambda _: raw)
    customers.load([(customer.encode(), raw)], clock, outages=outages)
    Passage(customers, clock, ()).pass_to(until)
    changed, told = customers.take()
    return from_bytes(changed.get(customer, raw)), told


class Kept(NamedTuple):
    """A row as a lane wrote it, and where it stands."""

    raw: bytes
    place: RunningRow
    outages: Outages = ()


def kept(raw: bytes, lane: LaneRow, partition: int, rules: RuleSet) -> Kept:
    """A customer's row beside the lane's own, to be explained by these rules."""
    place = RunningRow(partition, lane.partitions, len(raw), lane.clock, lane.rules, rules.version)
    return Kept(raw, place, lane.outages)


def explained_row(
    customer: str, row: Kept, file: RuleFile, rules: RuleSet, told: Iterable[Change], at: datetime
) -> Explanation:
    """Explain a customer by a lane's row, at the lane's clock or later; `told` is what the lane told of them so far."""
    after, more = taken_on(customer, row.raw, rules, row.place.clock, at, row.outages)
    changes = sorted(chain(told, map(change_of, more)), key=lambda each: each.at, reverse=True)
    explanation = explained(customer, after, file, rules, more, at)
    return replace(explanation, row=row.place, changes=changes[:NEWEST])


def change_told(event: WarningEvent, *, shadow: bool) -> Change:
    """A transition that a lane told, as a line of the last changes."""
    warned = event.data
    return Change(
        event.time,
        event.type.removeprefix("warning."),
        warned.rule,
        warned.about,
        warned.severity,
        warned.since,
        shadow,
        warned.title if warned.evidence else None,
        warned.cause,
    )
