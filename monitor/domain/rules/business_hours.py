"""Business hours: how long something has lasted, and when it will have lasted so long, counting open hours alone.

Pure: a calendar is days, hours, zone and place. Which days are holidays, and when clocks are put forward and back, is
as the installed versions of `holidays` and `tzdata` have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from zoneinfo import ZoneInfo

import msgspec

from monitor.domain.words import counted, in_words

NOTHING = timedelta(0)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

Opening = tuple[datetime, datetime]
"""From when to when it is open on one day, in UTC."""


class BusinessHours(msgspec.Struct, frozen=True):
    """Open on `days` (Monday is 0) from minute `opens` of the day to minute `closes`, save on holidays.

    They are those of `place`: a country, and a part of it or None.
    """

    days: frozenset[int]
    opens: int
    closes: int
    zone: str
    place: tuple[str, str | None] | None = None

    def after(self, began: datetime, span: timedelta) -> datetime:
        """The first moment by which it has been open for `span` since `began`; `began` itself for no time at all."""
        return _after(self, began, span)

    def before(self, ends: datetime, span: timedelta) -> datetime:
        """The last moment from which it is open for `span` up to `ends`; `ends` itself for no time at all."""
        return _before(self, ends, span)

    def between(self, began: datetime, ends: datetime) -> timedelta:
        """For how long it is open between two moments."""
        total = NOTHING
        for opens, closes in self.openings(began, 1):
            if opens >= ends:
                break
            total += max(NOTHING, min(closes, ends) - max(opens, began))
        return total

    def days_off(self, year: int) -> frozenset[date]:
        """The holidays of a year."""
        return _days_off(*self.place, year) if self.place is not None else frozenset()

    def openings(self, moment: datetime, step: int) -> Iterator[Opening]:
        """The openings from the day of a moment on, without end; with a step of -1 those up to it, the last first."""
        first = moment.astimezone(ZoneInfo(self.zone)).toordinal()
        openings = (_opening(self, ordinal) for ordinal in count(first, step))
        return (opening for opening in openings if opening is not None)


def moved(moment: datetime, by: timedelta, hours: BusinessHours | None) -> datetime:
    """The moment, moved by so much time, back where that is negative; only open hours count, if any are given."""
    if hours is None:
        return moment + by
    return hours.after(moment, by) if by >= NOTHING else hours.before(moment, -by)


def lasted(began: datetime, ends: datetime, hours: BusinessHours | None) -> str:
    """How long it was between two moments, in words."""
    return told(ends - began if hours is None else hours.between(began, ends), hours)


def told(span: timedelta, hours: BusinessHours | None) -> str:
    """A duration in words; in open hours it is never told in days, which could mean anything."""
    if hours is None:
        return in_words(span)
    if span >= HOUR or not span:
        return counted(span / HOUR, "business hour")
    return counted(span / MINUTE, "business minute")


@lru_cache(maxsize=16_384)
def _after(hours: BusinessHours, began: datetime, span: timedelta) -> datetime:
    left = span
    openings = hours.openings(began, 1)
    while left > NOTHING:
        opens, closes = next(openings)
        start = max(opens, began)
        if closes - start >= left:
            return start + left
        left -= max(NOTHING, closes - start)
    return began


@lru_cache(maxsize=16_384)
def _before(hours: BusinessHours, ends: datetime, span: timedelta) -> datetime:
    left = span
    openings = hours.openings(ends, -1)
    while left > NOTHING:
        opens, closes = next(openings)
        end = min(closes, ends)
        if end - opens >= left:
            return end - left
        left -= max(NOTHING, end - opens)
    return ends


@lru_cache(maxsize=16_384)
def _opening(hours: BusinessHours, ordinal: int) -> Opening | None:
    """When it is open on a day, None where not at all. What the clocks skip that day is no open time."""
    day = date.fromordinal(ordinal)
    if day.weekday() not in hours.days or day in hours.days_off(day.year):
        return None
    midnight = datetime.combine(day, time(), ZoneInfo(hours.zone))
    opens, closes = (
        (midnight + timedelta(minutes=minute)).astimezone(UTC) for minute in (hours.opens, hours.closes)
    )
    return (opens, closes) if opens < closes else None


@lru_cache(maxsize=1024)
def _days_off(country: str, part: str | None, year: int) -> frozenset[date]:
    import holidays  # noqa: PLC0415  a tenth of a second that most rule files don't need

    return frozenset(holidays.country_holidays(country, subdiv=part, years=year))
