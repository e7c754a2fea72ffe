"""Moments and time zones as options give them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.errors import ConfigError
from schemas.fields import FIRST_YEAR, LAST_YEAR
from schemas.spans import LONGEST, parse_span


def parse_zone(text: str | None) -> tzinfo:
    """The zone that an option names, such as Europe/Berlin or +02:00; UTC for None. Raises `ConfigError`."""
    if text is None or text.upper() in {"UTC", "Z"}:
        return UTC
    if text[:1] in "+-":
        return _offset(text)
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _no_zone(text) from error


def parse_moment(text: str, zone: tzinfo, *, option: str, now: datetime | None = None) -> datetime:
    """The moment that an option gives in ISO 8601, in UTC; with `now` also as a duration from then on.

    A date alone is its first moment; `zone` is for what bears none. Raises `ConfigError`.
    """
    remedy = "give a date such as 1998-06-30, or 1998-06-30T18:00+02:00"
    if now is not None:
        remedy = "give a duration such as 3d, a date, or a moment such as 1998-06-30T18:00+02:00"
        with suppress(ValueError):
            return now + min(parse_span(text), LONGEST)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is not a date", key=option, remedy=remedy) from error
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        raise ConfigError(f"{text!r} is not between {FIRST_YEAR} and {LAST_YEAR}", key=option, remedy=remedy)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _offset(text: str) -> tzinfo:
    hours, _, minutes = text[1:].partition(":")
    if not (hours.isdecimal() and (minutes or "00").isdecimal() and len(hours) <= 2):
        raise _no_zone(text)
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset >= timedelta(days=1):
        raise _no_zone(text)
    return timezone(-offset if text[0] == "-" else offset)


def _no_zone(text: str) -> ConfigError:
    return ConfigError(f"no zone {text!r}", key="--zone", remedy="give one such as Europe/Berlin, or +02:00")
