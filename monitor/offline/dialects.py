"""How a CSV is written: what separates its columns, and whether a line of names comes first."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.offline.amounts import looks_like_number
from monitor.offline.times import looks_like_clock, looks_like_time

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

DELIMITERS = (",", ";", "\t", "|")
SAMPLE = 200  # rows
MOSTLY = 0.8  # of the rows of a sample


@dataclass(frozen=True)
class Dialect:
    """`delimiter` is None where runs of white space separate, `names` None where the file has no header."""

    delimiter: str | None
    names: tuple[str, ...] | None
    width: int


def split_rows(lines: Iterable[str], delimiter: str | None) -> Iterator[list[str]]:
    """Split lines into rows of fields; quotes are known only where a delimiter is."""
    return map(str.split, lines) if delimiter is None else delimited(lines, delimiter)


def delimited(lines: Iterable[str], delimiter: str) -> CsvReader:
    """Read lines with Python's own reader, which knows the line it has reached."""
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t")


def recognise_dialect(lines: list[str]) -> tuple[Dialect, list[list[str]]]:
    """Recognise the dialect from the first lines of a file; returns it with the rows below the header."""
    delimiter = max((*DELIMITERS, None), key=lambda candidate: _score(lines, candidate))
    rows = _sample(lines, delimiter)
    if not rows:
        return Dialect(delimiter, None, 0), []
    if is_header(rows[0]):
        names = tuple(name.strip() for name in rows[0])
        while names and not names[-1]:  # each line may end with a delimiter
            names = names[:-1]
        if delimiter is None:
            names = _with_clock(names, rows[1:])
        dialect = Dialect(delimiter, names, len(names))
        return dialect, [aligned(row, dialect) for row in rows[1:]]
    return Dialect(delimiter, None, _usual_width(rows)), rows


def aligned(row: list[str], dialect: Dialect) -> list[str]:
    """Fit a row that is too wide: empty fields at its end go, white space in front joins the first field.

    So a name, or an identifier in two parts, may come first where runs of white space separate the columns.
    """
    extra = len(row) - dialect.width
    if extra > 0 and dialect.delimiter is None:
        return [" ".join(row[: extra + 1]), *row[extra + 1 :]]
    while len(row) > dialect.width and not row[-1]:
        row = row[:-1]
    return row


def is_header(row: list[str]) -> bool:
    """Whether a row is the line of names: it holds no time and no number."""
    return not any(looks_like_time(field) or looks_like_number(field) for field in row)


def column(rows: list[list[str]], at: int) -> list[str]:
    """Take the values of one column out of a sample, but for those that are empty."""
    return [row[at].strip() for row in rows if at < len(row) and row[at].strip()]


def holds(rows: list[list[str]], at: int, test: Callable[[str], bool]) -> bool:
    """Whether a column of a sample has values and nearly all of them pass the test."""
    values = column(rows, at)
    return bool(values) and sum(map(test, values)) >= MOSTLY * len(values)


def _with_clock(names: tuple[str, ...], rows: list[list[str]]) -> tuple[str, ...]:
    """Add a name for the time of day, where white space parts it from its date."""
    for at in range(len(names)):
        if holds(rows, at, looks_like_time) and holds(rows, at + 1, looks_like_clock):
            return (*names[: at + 1], "clock", *names[at + 1 :])
    return names


def _score(lines: list[str], delimiter: str | None) -> tuple[bool, bool, float, int]:
    """Rate a delimiter: a column of times tells most, then that there are columns, then their evenness."""
    rows = _sample(lines, delimiter)
    if not rows:
        return False, False, 0.0, 0
    width = _usual_width(rows)
    even = sum(len(row) == width for row in rows) / len(rows)
    body = rows[1:51] or rows
    from_right = [row[::-1] for row in body]
    times = any(holds(side, at, looks_like_time) for side in (body, from_right) for at in range(width))
    return times and width > 1, width > 1 and delimiter is not None, round(even, 1), width


def _sample(lines: list[str], delimiter: str | None) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in split_rows(lines, delimiter):
            if any(row):
                rows.append(row)
            if len(rows) > SAMPLE:
                break
    except csv.Error:  # a field that never ends: what was read will do
        pass
    return rows


def _usual_width(rows: list[list[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0]
