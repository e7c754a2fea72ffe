"""Results on the terminal and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Result

Results = Mapping[str, Sequence[Result]]


def show(machine: Mapping[str, str], results: Results, console: Console) -> None:
    """Print the machine, then a table for each measure."""
    console.print("  ".join(f"{name}: {told}" for name, told in machine.items()), style="dim")
    for name, found in results.items():
        console.print()
        console.print(_table(name, found))
    missed = [f"{name}: {each.figure.title}" for name, each in _all(results) if not each.as_expected]
    console.print()
    console.print("Not as expected: " + ", ".join(missed) if missed else "All as expected.")


def as_json(machine: Mapping[str, str], results: Results) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "machine": dict(machine),
        "figures": {
            name: {each.figure.name: _plain(each) for each in found} for name, found in results.items()
        },
    }


def wrong(results: Results) -> bool:
    """Whether any answer was wrong; slow is not wrong."""
    return any(each.wrong for _, each in _all(results))


def _all(results: Results) -> Iterable[tuple[str, Result]]:
    return ((name, each) for name, found in results.items() for each in found)


def _table(name: str, found: Sequence[Result]) -> Table:
    table = Table(name, box=None, pad_edge=False, header_style="bold")
    for heading in ("median", "", "rounds", "expected"):
        table.add_column(heading, justify="left" if heading in ("", "expected") else "right")
    for each in found:
        rounds = "  ".join(_number(each.figure, value) for value in each.rounds)
        median, style = _number(each.figure, each.median), None if each.as_expected else "bold red"
        table.add_row(each.figure.title, median, each.figure.unit, rounds, _expected(each), style=style)
    return table


def _number(figure: Figure, value: float) -> str:
    return f"{value:,.{figure.digits}f}"


def _expected(result: Result) -> str:
    expected = result.figure.expected
    if expected is None:
        return ""
    told = _number(result.figure, expected.value)
    return f"{expected.word} {told}" + ("" if result.as_expected else ", missed")


def _plain(result: Result) -> dict[str, Any]:
    figure, expected = result.figure, result.figure.expected
    return {
        "median": round(result.median, 6),
        "rounds": [round(value, 6) for value in result.rounds],
        "unit": figure.unit,
        "expected": f"{expected.word} {expected.value:g}" if expected else None,
        "as_expected": result.as_expected,
    }
