"""Where a customer's orders go, by sums that fade like those of trend.py; packed, for most feeds tell no region.

Belongs here: the shares of regions, and which one is the customer's own. Which fall is too deep is for
rules/elsewhere.py.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from math import exp
from typing import NamedTuple

import msgspec

from monitor.domain.profile import profile_of
from monitor.domain.state import NOBODY, State
from monitor.domain.trend import LONG, SHORT

KEPT = 4
"""Regions kept per customer; the one with the smallest slow sum makes room."""

_SHORT, _LONG = SHORT.total_seconds(), LONG.total_seconds()

Sums = tuple[float, float]
"""Of orders, one that fades fast and one that fades slowly."""

ONE, NONE = (1.0, 1.0), (0.0, 0.0)


class Regions(msgspec.Struct, frozen=True, array_like=True):
    """As of the moment `at`, the last order that told its region: the sums of all such orders, and of each region."""

    at: datetime
    all: Sums
    known: dict[str, Sums]


class Share(NamedTuple):
    """The share of orders to one region: of those of late, and usually."""

    of_late: float
    usual: float


def with_region(packed: bytes, region: str, at: datetime) -> bytes:
    """The regions after an order to one of them, whenever it happened: a late one has faded as if it came in time."""
    if not packed:
        return _encode(Regions(at, ONE, {region: ONE}))
    before = _decode(packed)
    latest, fade, new = before.at, ONE, ONE
    if at >= latest:
        fade, latest = _faded(latest, at), at
    else:
        new = _faded(at, latest)
    known = {name: (short * fade[0], long * fade[1]) for name, (short, long) in before.known.items()}
    known[region] = _sum(known.get(region, NONE), new)
    if len(known) > KEPT:
        del known[min(known.keys() - {region}, key=lambda name: (known[name][1], name))]
    every = _sum((before.all[0] * fade[0], before.all[1] * fade[1]), new)
    return _encode(Regions(latest, every, known))


@lru_cache(maxsize=256)
def regions_of(packed: bytes) -> Regions | None:
    """The regions of a state, or None where no order told one."""
    return _decode(packed) if packed else None


def own_region(state: State) -> str | None:
    """The customer's own: that of the profile, or else the one that most orders went to, by the slow sum."""
    home = profile_of((state.about or NOBODY).profile).home_region
    regions = regions_of(state.regions)
    if home is not None or regions is None:
        return home
    return max(regions.known, key=lambda name: (regions.known[name][1], name))


def share_of(regions: Regions, region: str | None) -> Share:
    """The share of orders that went to a region. Time alone does not change it, for all sums fade alike."""
    short, long = regions.known.get(region or "", NONE)
    return Share(short / regions.all[0], long / regions.all[1])


def _faded(at: datetime, latest: datetime) -> Sums:
    passed = (latest - at).total_seconds()
    return exp(-passed / _SHORT), exp(-passed / _LONG)


def _sum(one: Sums, other: Sums) -> Sums:
    return one[0] + other[0], one[1] + other[1]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Regions).decode
