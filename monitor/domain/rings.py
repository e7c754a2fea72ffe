"""Rings: the newest times of something, ascending, packed into bytes: one object in a row instead of many.

A ring holds signed 64-bit microseconds since 1970, in little-endian order.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_right, insort
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

EMPTY = b""
WIDTH = 8
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def added(ring: bytes, at: datetime, size: int) -> bytes:
    """The ring with one more time in its place; the oldest makes room where there are `size` already."""
    moment = _microseconds(at)
    packed = moment.to_bytes(WIDTH, "little", signed=True)
    if not ring or moment >= int.from_bytes(ring[-WIDTH:], "little", signed=True):
        return (ring + packed)[-WIDTH * size :]
    times = _unpacked(ring)
    insort(times, moment)
    return _packed(times[-size:])


def count(ring: bytes) -> int:
    """How many times the ring holds."""
    return len(ring) // WIDTH


def first(ring: bytes) -> datetime:
    """The oldest time of a ring that isn't empty."""
    return _moment(ring[:WIDTH])


def last(ring: bytes) -> datetime:
    """The newest time of a ring that isn't empty."""
    return _moment(ring[-WIDTH:])


def newest(ring: bytes, place: int) -> datetime:
    """The time at a place counted from the newest, which is at 1."""
    end = len(ring) - WIDTH * (place - 1)
    return _moment(ring[end - WIDTH : end])


def first_gap(ring: bytes) -> float:
    """The seconds between the two oldest times."""
    earlier, later, *_ = _unpacked(ring[: 2 * WIDTH])
    return (later - earlier) / 1e6


def times(ring: bytes) -> list[datetime]:
    """All times, ascending."""
    return [EPOCH + timedelta(microseconds=each) for each in _unpacked(ring)]


def merged(rings: Sequence[bytes]) -> bytes:
    """All times of several rings in one."""
    return (
        rings[0] if len(rings) == 1 else _packed(sorted(each for ring in rings for each in _unpacked(ring)))
    )


def after(ring: bytes, moment: datetime) -> int:
    """How many of the times lie after `moment`."""
    return count(ring) - bisect_right(_unpacked(ring), _microseconds(moment))


def unbroken_since(ring: bytes, n: int, window: timedelta) -> datetime:
    """Since when the window has held `n` of these times or more without a break, up to the newest of them."""
    each, span = _unpacked(ring), window // MICROSECOND
    place = len(each) - 1
    while place >= n and each[place - n] + span >= each[place]:
        place -= 1
    return EPOCH + timedelta(microseconds=each[place])


def pack(at: datetime) -> bytes:
    """A ring of one time."""
    return _microseconds(at).to_bytes(WIDTH, "little", signed=True)


def _microseconds(at: datetime) -> int:
    since = at - EPOCH  # dividing a timedelta by another costs three times as much
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _moment(packed: bytes) -> datetime:
    return EPOCH + timedelta(microseconds=int.from_bytes(packed, "little", signed=True))


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
