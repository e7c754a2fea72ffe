"""Rings: the newest times of something, ascending, packed into bytes: one object in a row instead of many.

A ring holds signed 64-bit microseconds since 1970, in little-endian order.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct

EMPTY = b""
WIDTH = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_ONE, _TWO = Struct("<q"), Struct("<2q")


def added(ring: bytes, at: datetime, size: int) -> bytes:
    """The ring with one more time in its place; the oldest makes room where there are `size` already."""
    if not ring:
        return pack(at)
    moment = microseconds(at)
    if moment >= _newest(ring):
        return (ring + _ONE.pack(moment))[-WIDTH * size :]
    times = _unpacked(ring)
    insort(times, moment)
    return _packed(times[-size:])


def is_in_order(earlier: bytes, later: bytes) -> bool:
    """Whether the last time of one does not lie after the last time of the other."""
    return _newest(earlier) <= _newest(later)


def count(ring: bytes) -> int:
    """How many times the ring holds."""
    return len(ring) // WIDTH


def first(ring: bytes) -> datetime:
    """The oldest time of a ring that isn't empty."""
    return moment_of(_ONE.unpack_from(ring)[0])


def last(ring: bytes) -> datetime:
    """The newest time of a ring that isn't empty."""
    return moment_of(_newest(ring))


def newest(rings: Iterable[bytes]) -> datetime | None:
    """The newest time of several rings, or None where all of them are empty."""
    moment = max([_newest(ring) for ring in rings if ring], default=None)
    return None if moment is None else moment_of(moment)


def first_gap(ring: bytes) -> float:
    """The seconds between the two oldest times."""
    earlier, later = _TWO.unpack_from(ring)
    gap: int = later - earlier
    return gap / 1e6


def times(ring: bytes) -> list[datetime]:
    """All times, ascending."""
    return [moment_of(each) for each in _unpacked(ring)]


def merged_after(rings: Sequence[bytes], moment: datetime) -> list[int]:
    """The times of several rings that lie after `moment`, ascending, in microseconds since 1970."""
    each = sorted(_unpacked(EMPTY.join(rings)))
    return each[bisect_right(each, microseconds(moment)) :]


def moment_of(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970."""
    return EPOCH + timedelta(0, 0, microseconds)


def pack(at: datetime) -> bytes:
    """A ring of one time."""
    return _ONE.pack(microseconds(at))


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970."""
    since = at - EPOCH  # dividing a timedelta by another costs three times as much
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


def _newest(ring: bytes) -> int:
    newest: int = _ONE.unpack_from(ring, len(ring) - WIDTH)[0]
    return newest


def _unpacked(ring: bytes) -> array[int]:
    unpacked = array("q", ring)
    if sys.byteorder == "big":
        unpacked.byteswap()
    return unpacked


def _packed(unpacked: Sequence[int]) -> bytes:
    packed = array("q", unpacked)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
