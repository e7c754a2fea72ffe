"""Durations and moments in words that a person reads in a warning."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

_UNITS = (("day", 86_400.0), ("hour", 3_600.0), ("minute", 60.0))


@lru_cache(maxsize=4096)
def in_words(span: timedelta) -> str:
    """The duration in its largest unit: `42 days`, `1 day`, `36 hours`, with one decimal where that tells more."""
    seconds = span.total_seconds()
    for name, unit in _UNITS:
        if seconds >= 2 * unit or (seconds >= unit and seconds % unit == 0):
            return counted(seconds / unit, name)
    return counted(seconds, "second")


def on_day(moment: datetime) -> str:
    """The moment's date, and its time of day where it isn't midnight."""
    day = moment.date().isoformat()
    return f"{day} {moment.hour:02}:{moment.minute:02}" if moment.hour or moment.minute else day


@lru_cache(maxsize=4096)
def counted(number: float, name: str) -> str:
    """A number of things: `1 order`, `2 orders`, `2.5 days`."""
    told = f"{number:.1f}".removesuffix(".0")
    return f"1 {name}" if told == "1" else f"{told} {name}s"
