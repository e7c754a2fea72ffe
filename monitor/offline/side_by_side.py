"""What a scenario expected beside what was seen, in two columns. Playing it is for `scenarios`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

from monitor.offline.scenarios import Expected, Look, Seen, facts, matches, wanted
from schemas.spans import told_span

NOTHING = "nothing"
PARTED = "≠"

Pair = tuple[Expected | None, Seen | None]


class Line(NamedTuple):
    """One transition on both sides; `same` where they agree."""

    at: str
    same: bool
    expected: str
    seen: str


def side_by_side(looks: Iterable[Look]) -> str:
    """Expected and seen in two columns, a line for each transition; `≠` marks where they part."""
    lines = [Line(at="", same=True, expected="expected", seen="seen"), *compared(looks)]
    left, middle = (
        max(map(len, column)) for column in zip(*((each.at, each.expected) for each in lines), strict=True)
    )
    return "\n".join(
        f"{at:{left}} {' ' if same else PARTED} {expected:{middle}} │ {seen}"
        for at, same, expected, seen in lines
    )


def compared(looks: Iterable[Look]) -> list[Line]:
    """The lines of all looks, what belongs together beside each other."""
    return [line for look in looks for line in _lines(look)]


def _lines(look: Look) -> Iterator[Line]:
    at = told_span(look.at)
    if not look.expected and not look.seen:
        yield Line(at, same=True, expected=NOTHING, seen=NOTHING)
    for expected, seen in _paired(look):
        same = expected is not None and seen is not None and matches(expected, seen)
        asked = wanted(expected) if expected else {}
        had = facts(seen) if seen else {}
        # Where both agree, what nobody asked for would only make them look different.
        shown = {name: had[name] for name in asked} if same else had
        yield Line(at, same, _told(asked), _told(shown))


def _paired(look: Look) -> Iterator[Pair]:
    """Each expectation with the first transition that meets it; what is left in between faces what is left."""
    left: list[Expected] = []
    seen = list(look.seen)
    for expected in look.expected:
        found = next((at for at, each in enumerate(seen) if matches(expected, each)), None)
        if found is None:
            left.append(expected)
            continue
        yield from zip_longest(left, seen[:found])
        yield expected, seen[found]
        left, seen = [], seen[found + 1 :]
    yield from zip_longest(left, seen)


def _told(known: Mapping[str, Any]) -> str:
    """`firing quiet of ada, since 7d`."""
    named = {
        name: told_span(value) if isinstance(value, timedelta) else value for name, value in known.items()
    }
    if not named:
        return NOTHING
    head = f"{named.pop('told')} {named.pop('rule')} of {named.pop('customer')}"
    named["from"] = named.pop("before", None)
    return ", ".join([head, *(f"{name} {value}" for name, value in named.items() if value is not None)])
