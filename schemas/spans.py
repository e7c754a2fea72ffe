"""Durations as people write them: 14d, 36h, 1d12h, 90m. What they mean is for rules and settings to say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

LONGEST = timedelta(days=3660)  # so that a few of them added to any instant stay within `datetime`

UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
PATTERN = r"(?:\d{1,9}w)? ?(?:\d{1,9}d)? ?(?:\d{1,9}h)? ?(?:\d{1,9}m)? ?(?:\d{1,9}s)? ?(?:\d{1,9}ms)?"
SHAPE = re.compile(PATTERN)
PART = re.compile(r"(\d+)(ms|[wdhms])")


def parse_span(given: object) -> timedelta:
    """Read a text such as `1d12h` as a duration; a `timedelta` passes. Raises `ValueError`."""
    if isinstance(given, timedelta):
        return given
    text = given.strip() if isinstance(given, str) else ""
    if not text or not SHAPE.fullmatch(text):
        raise ValueError(f"{given!r} is not a duration such as 14d, 36h, 1d12h, 90m or 10s")
    return sum((int(count) * UNITS[unit] for count, unit in PART.findall(text)), timedelta(0))


def told_span(span: timedelta) -> str:
    """The duration as text, in days at most, so that what `parse_span` reads comes back: `1d12h`."""
    parts, rest = [], span
    for unit in ("d", "h", "m", "s", "ms"):
        count, rest = divmod(rest, UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


_span = (
    BeforeValidator(parse_span),
    PlainSerializer(told_span, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$", "examples": ["14d", "36h", "1d12h"]}),
)
Span = Annotated[timedelta, Field(gt=timedelta(0), le=LONGEST), *_span]
Allowance = Annotated[timedelta, Field(ge=timedelta(0), le=LONGEST), *_span]
