"""Tables and consoles for the terminal. What stands in them comes from the commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

WIDE = 200  # columns where no terminal says how many there are: a file or a pipe should not be wrapped


def show(rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows of equal keys as a table, the keys being its headings; None is shown as nothing."""
    table = Table(*(rows[0] if rows else ()), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    console().print(table)


def console(*, stderr: bool = False) -> Console:
    """A console for plain text: as wide as the terminal, wide where there is none, which has no colours either."""
    made = Console(stderr=stderr, markup=False, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, markup=False, highlight=False, width=WIDE)
