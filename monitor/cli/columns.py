"""Options that name the columns of a CSV, alike in every command that reads one."""

from __future__ import annotations

from typing import Annotated

import typer

CustomerColumn = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Where a CSV has the customer: a name, or a number from 1."),
]
TimeColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Where it has the time.")]
AmountColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Where it has the amount.")]
