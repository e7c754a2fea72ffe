"""Durations and moments in words that a person reads in a warning."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def in_words(span: timedelta) -> str:
    """The duration in its largest unit: `42 days`, `1 day`, `36 hours`, with one decimal where that tells more."""
    for name, unit in _UNITS:
        if span >= 2 * unit or (span >= unit and span % unit == timedelta(0)):
            return _counted(span / unit, name)
    return _counted(span.total_seconds(), "second")


def on_day(moment: datetime) -> str:
    """The moment's date, and its time of day where it isn't midnight."""
    midnight = moment.hour == moment.minute == moment.second == 0
    return f"{moment:%Y-%m-%d}" if midnight else f"{moment:%Y-%m-%d %H:%M}"


def _counted(number: float, name: str) -> str:
    rounded = round(number, 1)
    told = str(int(rounded)) if rounded == int(rounded) else str(rounded)
    return f"{told} {name}" if told == "1" else f"{told} {name}s"
