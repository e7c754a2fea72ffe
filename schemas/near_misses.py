"""What somebody may have meant: names that are nearly right, durations that are nearly written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_SPAN_WORDS = re.compile(r"(\d+)[ _-]*(week|day|hour|minute|min|second|sec|month|year)s?", re.IGNORECASE)
_UNITS = {"week": "w", "day": "d", "hour": "h", "minute": "m", "min": "m", "second": "s", "sec": "s"}
_DAYS = {"month": 30, "year": 365}


def near(given: str, choices: Iterable[str]) -> str | None:
    """The choice that was probably meant: spelt nearly so, in whatever case, or with this among its words."""
    plain = {_plain(choice): choice for choice in choices}
    found = get_close_matches(_plain(given), plain, n=1, cutoff=0.7)
    partly = [choice for name, choice in plain.items() if _plain(given) in re.split(r"[_.]", name)]
    return plain[found[0]] if found else partly[0] if len(partly) == 1 else None


def allowed(given: str, choices: Iterable[str]) -> str:
    """The remedy for a name that is none of the choices: the one that was meant, and all of them."""
    choices = list(choices)
    meant = near(given, choices)
    guess = f"did you mean {meant}? " if meant else ""
    return f"{guess}allowed: {', '.join(choices)}"


def near_span(given: str) -> str | None:
    """The duration that a text means in words: `14 days` is 14d, `2 months` are 60d."""
    found = _SPAN_WORDS.fullmatch(given.strip())
    if found is None:
        return None
    count, unit = int(found[1]), found[2].lower()
    return f"{count * _DAYS[unit]}d" if unit in _DAYS else f"{count}{_UNITS[unit]}"


def near_name(given: str) -> str | None:
    """The name of a rule that a text is nearly: lower case, digits and `_`, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
    return name if re.match("[a-z]", name) else None


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return spaced.lower().replace("-", "_").replace(" ", "_")
