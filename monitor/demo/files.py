"""Real orders as something to play: files as `churn-monitor replay` reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from monitor.demo.characters import Span
from monitor.demo.plays import INPUTS, Delivery, Play
from monitor.engine.fetched import DAWN
from monitor.offline.files import sorted_records, sources
from monitor.offline.records import Columns, RejectedRow, Tell
from schemas.errors import ConfigError
from schemas.events import EVENT_TYPES
from schemas.fields import instant


class _Told(msgspec.Struct):
    """What playing needs of an event; whether it is one is for the lanes to judge."""

    time: str
    subject: str
    type: str


_decode = msgspec.json.Decoder(_Told).decode


def play_of(path: Path, columns: Columns, now: datetime, tell: Tell) -> Play:
    """The orders of a file (CSV, or JSON lines of events), in its order of time.

    What has no time that can be read is sent along, to become a dead letter; rows of a CSV that are no
    orders are left out and counted. Raises `ConfigError` for a file without events.
    """
    sources([path])
    deliveries: list[Delivery] = []
    left_out = 0
    for record in sorted_records(path, columns=columns, tell=tell):
        if isinstance(record, RejectedRow):
            left_out += 1
        else:
            deliveries.append(_delivery(record.value, deliveries[-1].arrives if deliveries else DAWN))
    return Play(deliveries, _span(path, deliveries, now), None, gapless=False, left_out=left_out)


def _delivery(value: bytes, newest: datetime) -> Delivery:
    """The event on its way to its input; in its file's order, even where that isn't the order of time."""
    try:
        told = _decode(value)
        at = instant(told.time)
    except ValueError:
        return Delivery(newest, None, "orders", None, value)
    kind = EVENT_TYPES.get(told.type)
    where = kind.input if kind is not None and kind.input in INPUTS else "orders"
    return Delivery(max(at, newest), at, where, told.subject.encode(), value)


def _span(path: Path, deliveries: Sequence[Delivery], now: datetime) -> Span:
    """From the first event to the last that is not in the future."""
    times = [each.at for each in deliveries if each.at is not None and each.at <= now]
    if not times or min(times) == max(times):
        raise ConfigError("no two events at different times", where=str(path), remedy="give more orders")
    return Span(min(times), max(times))
