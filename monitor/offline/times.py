"""Times as shops write them, read as UTC. Which column holds them is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from dateutil import parser
from dateutil.tz import tzoffset

from monitor.offline.records import DateOrder
from schemas.dead_letters import Reason
from schemas.errors import ConfigError, ContractError
from schemas.fields import FIRST_YEAR, LAST_YEAR

CACHED = 1 << 14
LONGEST_DAY = len("31/12/2024")
CLOCK = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:([AaPp])\.?[Mm]\.?)?\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?:(?:[T,]|\s)\s*(\S.*))?")
YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:(?:[T,]|\s)\s*(\S.*))?")
MONTH = re.compile(r"(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)", re.IGNORECASE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {9: 1, 10: 1, 13: 1_000, 16: 1_000_000}  # digits of a count since 1970: its ticks in a second
STAMPS = {8, 12, 14}  # digits of YYYYMMDD, with HHMM, with HHMMSS
UNASKED = STAMPS | UNITS.keys() - {9}
PLAUSIBLE = range(1990, 2101)  # years that bare digits must show to be taken for a time unasked
NOON = MONTHS = 12
ORDERS: dict[str, DateOrder] = {"dmy": "dmy", "mdy": "mdy"}
NEW_YEAR = datetime(2024, 12, 31, tzinfo=UTC)  # a day that no other order of its parts can mean
CENTURY_TURNS = 69  # two digits: 69..99 are 19xx, as in POSIX


def checked_format(text: str | None) -> str | None:
    """The format that an option names: an order of day and month, or a pattern of strptime's. Raises `ConfigError`."""
    if text is None or text in ORDERS:
        return text
    try:
        if "%" in text and datetime.strptime(NEW_YEAR.strftime(text), text).year == NEW_YEAR.year:  # noqa: DTZ007
            return text
    except (ValueError, re.error):
        pass
    remedy = "give dmy, mdy, or a pattern with year, month and day, such as %d.%m.%y or '%Y%m%d %H:%M'"
    raise ConfigError(f"{text!r} is no format of times", key="--time-format", remedy=remedy)


def time_reader(zone: tzinfo, written: str | None) -> Callable[[str], str]:
    """Make a reader from a text to its UTC time in ISO 8601 without the Z: texts sort as the times do.

    `written` is a checked format; None are those that need none. Days are remembered, for they come again; moments
    hardly do. Raises `ContractError` with reason `bad_time`.
    """
    parse = _parser(written)

    def read(text: str) -> str:
        try:
            moment = _in_utc(parse(text.strip()), zone)
        except (ValueError, OverflowError):
            raise ContractError(Reason.bad_time, "time: not one that can be read") from None
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise ContractError(Reason.bad_time, f"time: not in the years {FIRST_YEAR} to {LAST_YEAR}")
        return moment.isoformat()

    remembered = lru_cache(CACHED)(read)
    return lambda text: remembered(text) if len(text) <= LONGEST_DAY else read(text)


def _parser(written: str | None) -> Callable[[str], datetime]:
    if written is not None and "%" in written:
        return lambda text: datetime.strptime(text, written)  # noqa: DTZ007  its zone is looked at later
    order: DateOrder | None = ORDERS.get(written or "")
    return lambda text: parse_time(text, order)


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    """Turn a time into a naive one in UTC: those are formatted four times as fast."""
    if moment.tzinfo is None:
        if zone is UTC:
            return moment
        moment = moment.replace(tzinfo=zone)
    return moment.astimezone(UTC).replace(tzinfo=None)


def parse_time(text: str, order: DateOrder | None) -> datetime:
    """Read one time, naive where it bears no zone; raises ValueError or OverflowError."""
    if text.isdecimal():
        return _digits(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return _odd(text, order)


def _digits(text: str) -> datetime:
    if len(text) in STAMPS:
        return datetime.fromisoformat(f"{text[:8]}T{text[8:] or '00'}")
    ticks = UNITS.get(len(text))
    if ticks is None:
        raise ValueError(text)
    return EPOCH + timedelta(microseconds=int(text) * 1_000_000 // ticks)


def _odd(text: str, order: DateOrder | None) -> datetime:
    if match := YEAR_FIRST.fullmatch(text):
        year, _, month, day, clock = match.groups()
        return _composed(int(year), int(month), int(day), clock)
    if match := YEAR_LAST.fullmatch(text):
        first, mark, second, year, clock = match.groups()
        day, month = (second, first) if order == "mdy" and mark != "." else (first, second)
        return _composed(_full_year(year), int(month), int(day), clock)
    if MONTH.search(text):
        return _in_words(text, order)
    whole, _, fraction = text.partition(".")
    if whole.isdecimal() and fraction.isdecimal() and UNITS.get(len(whole)) == 1:
        return EPOCH + timedelta(seconds=int(whole), microseconds=int(fraction[:6].ljust(6, "0")))
    raise ValueError(text)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > len("99"):
        return year
    return year + (1900 if year >= CENTURY_TURNS else 2000)


def _composed(year: int, month: int, day: int, clock: str | None) -> datetime:
    if clock is None:
        return datetime(year, month, day)  # noqa: DTZ001
    match = CLOCK.fullmatch(clock.strip())
    if match is None:
        raise ValueError(clock)
    hour, minute, second, fraction, half, zone = match.groups()
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    at = (_hour(int(hour), half), int(minute), int(second or 0), micros)
    return datetime(year, month, day, *at, tzinfo=_offset(zone) if zone else None)


def _offset(text: str) -> tzinfo | None:
    if text[0] not in "+-":
        return UTC
    return datetime.fromisoformat(f"2000-01-01T00:00{text}").tzinfo


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if not 1 <= hour <= NOON:
        raise ValueError(hour)
    return hour % NOON + (NOON if half in "pP" else 0)


def _in_words(text: str, order: DateOrder | None) -> datetime:
    """Read a date with the month's name; what it leaves open must not be filled from today."""
    one, other = (
        parser.parse(text, dayfirst=order == "dmy", tzinfos=_named_zone, default=filler)
        for filler in (datetime(2000, 1, 1), datetime(2001, 2, 2))  # noqa: DTZ001
    )
    if one != other:
        raise ValueError(text)
    return one


def _named_zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return tzoffset(None, offset) if offset else UTC
    if name is None:
        return None
    if name in {"UTC", "GMT", "Z"}:
        return UTC
    raise ValueError(name)  # EST, CST, IST: each stands for several zones


def looks_like_time(text: str) -> bool:
    """Whether a text would pass for a time without being told that it is one."""
    bare = text.strip()
    try:
        if bare.isdecimal():
            return len(bare) in UNASKED and _digits(bare).year in PLAUSIBLE
        return _reads(bare)
    except (ValueError, OverflowError):
        return False


def _reads(text: str) -> bool:
    for order in ("dmy", "mdy"):
        try:
            parse_time(text, order)
        except (ValueError, OverflowError):
            continue
        return True
    return False


def looks_like_clock(text: str) -> bool:
    """Whether a text is a time of day without a date."""
    return CLOCK.fullmatch(text.strip()) is not None


def day_and_month(text: str) -> Literal["dmy", "mdy", "same", "either"] | None:
    """Tell the order of day and month that a date proves; None where its form leaves no choice."""
    match = YEAR_LAST.match(text.strip())
    if match is None or match[2] == ".":
        return None
    first, second = int(match[1]), int(match[3])
    if first == second:
        return "same"
    if max(first, second) <= MONTHS:
        return "either"
    if min(first, second) > MONTHS:
        return None
    return "dmy" if first > second else "mdy"
