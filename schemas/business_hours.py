"""When somebody is there to answer: days, hours, zone and public holidays, as a rule file says them.

What a duration comes to in such hours is the domain's.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from schemas.rule_parts import RulePart

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
WEEKS = 52
"""No duration in such hours may take more weeks than these: that keeps the reckoning short."""


def days_of(text: str) -> frozenset[int]:
    """The days of `mon-fri` or `mon, wed-fri`, Monday being 0. Raises `ValueError`."""
    days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        start, end = _day(first), _day(last if dash else first)
        days |= {number % 7 for number in range(start, end + 1 if start <= end else end + 8)}
    return frozenset(days)


def minute_of(text: str) -> int:
    """The minute of the day of `09:00`, `24:00` being its end. Raises `ValueError`."""
    if not CLOCK.fullmatch(text):
        raise ValueError(f"{text!r} is not a time of day such as 09:00")
    hours, _, minutes = text.partition(":")
    return 60 * int(hours) + int(minutes)


def place_of(text: str) -> tuple[str, str | None]:
    """The country of `DE`, and the part of it of `DE-BE`. Raises `ValueError` where no holidays are known of it."""
    import holidays  # noqa: PLC0415  a tenth of a second that most rule files don't need

    known = holidays.list_supported_countries()
    country, _, part = text.partition("-")
    if country not in known:
        raise ValueError(f"no holidays are known of {country!r}: give a country such as DE, or DE-BE")
    if part and part not in known[country]:
        raise ValueError(f"{country} has no part {part!r}; allowed: {', '.join(known[country])}")
    return country, part or None


def _day(name: str) -> int:
    if name not in DAYS:
        raise ValueError(f"{name!r} is no day; allowed: {', '.join(DAYS)}")
    return DAYS.index(name)


def _days(text: str) -> str:
    days_of(text)
    return text


def _clock(text: str) -> str:
    minute_of(text)
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(f"no zone {text!r}: give one such as Europe/Berlin") from error
    return text


def _place(text: str) -> str:
    place_of(text)
    return text


class BusinessHours(RulePart):
    """Durations count only within these hours: on these days, from one time of day to another, not on holidays."""

    days: Annotated[str, AfterValidator(_days)] = "mon-fri"
    opens: Annotated[str, AfterValidator(_clock)] = Field(alias="from")
    closes: Annotated[str, AfterValidator(_clock)] = Field(alias="to")
    time_zone: Annotated[str, AfterValidator(_zone)]
    holidays: Annotated[str, AfterValidator(_place)] | None = None

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> BusinessHours:
        if minute_of(self.closes) <= minute_of(self.opens):
            raise ValueError("to must lie behind from, on the same day")
        return self

    @property
    def week(self) -> timedelta:
        """How long it is open in a week without holidays."""
        return timedelta(minutes=minute_of(self.closes) - minute_of(self.opens)) * len(days_of(self.days))

    def check(self, span: timedelta) -> None:
        """Raise `ValueError` for a duration that takes too long in these hours."""
        if span > WEEKS * self.week:
            raise ValueError(f"in business_hours a duration must not take more than {WEEKS} weeks")
