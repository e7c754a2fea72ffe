"""What a customer buys, category by category; packed, for most feeds tell no lines of orders.

Belongs here: which categories are known, and since when. When one is missed is for rules/partial_loss.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from math import log2

import msgspec

from monitor.domain.rhythm import Rhythm
from schemas.orders import Line

KEPT = 8
"""Categories kept per customer."""

WORTH = timedelta(days=180)
"""How much longer a category is kept for each doubling of the orders it was in: usual ones outlast the rest."""


class Bought(msgspec.Struct, frozen=True, array_like=True):
    """The orders that a category was in: how many, the first and the last."""

    orders: int
    first: datetime
    last: datetime

    @property
    def rhythm(self) -> Rhythm:
        """Their gaps, as those of orders are told; no single one of them is kept, so none is smoothed."""
        return Rhythm(self.orders, self.first, self.last)


class Categories(msgspec.Struct, frozen=True, array_like=True):
    """Categories by name; `forgotten` counts those that made room."""

    known: dict[str, Bought] = {}
    forgotten: int = 0


NOTHING = Categories()


def with_lines(packed: bytes, lines: Iterable[Line], at: datetime) -> bytes:
    """The categories after an order at `at`; one that stands in several of its lines was in one order."""
    names = {line.category for line in lines if line.category is not None and line.quantity}
    if not names:
        return packed
    before = _decode(packed) if packed else Categories({})
    known = before.known
    for name in names:
        known[name] = _again(known.get(name), at)
    if len(known) <= KEPT:
        return _encode(before)
    leaving = sorted(known, key=lambda name: (_kept_until(known[name]), name))[:-KEPT]
    for name in leaving:
        del known[name]
    return _encode(Categories(known, before.forgotten + len(leaving)))


@lru_cache(maxsize=256)
def categories_of(packed: bytes) -> Categories:
    """The categories of a state, for many rules to look at."""
    return _decode(packed) if packed else NOTHING


def _again(bought: Bought | None, at: datetime) -> Bought:
    if bought is None:
        return Bought(1, at, at)
    first, last = bought.first, bought.last
    return Bought(bought.orders + 1, min(first, at), max(last, at))


def _kept_until(bought: Bought) -> datetime:
    """By what categories are ranked for room: the later, the longer they stay."""
    return bought.last + WORTH * log2(bought.orders)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Categories).decode
