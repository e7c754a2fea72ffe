"""Options of the commands that tell a lane something, alike in all of them."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

WarningName = Annotated[str, typer.Argument(metavar="WARNING", help="The warning's id: 16 hex digits.")]
CustomerName = Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")]
By = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Who says so (default: the name that you are logged in by)."),
]
Note = Annotated[str | None, typer.Option(metavar="TEXT", help="A note for those who read it.")]
UntilMoment = Annotated[
    str, typer.Option(metavar="MOMENT", help="Until when: 3d from now, a date, or a moment with its zone.")
]
UntilMaybe = Annotated[
    str | None,
    typer.Option(
        metavar="MOMENT", help="Until when, as 3d from now, a date or a moment (default: for good)."
    ),
]
Result = Annotated[Literal["saved", "false_alarm", "lost"], typer.Option(help="What became of the customer.")]
Timeout = Annotated[
    str, typer.Option(metavar="DURATION", help="How long to wait until a worker has acted on it.")
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print the command and what came of it as one JSON object, for scripts."),
]
PATIENCE = "30s"
