"""`churn-monitor sources`: says to every lane that an input has fallen silent, or is back."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from monitor.cli.columns import ConfigFile
from monitor.cli.tell_options import PATIENCE, Timeout

app = typer.Typer(
    help="Sources: say that one is silent, so that no customer is taken for silent, or is back.",
    no_args_is_help=True,
)
Source = Annotated[
    Literal["orders", "tickets", "contacts"],
    typer.Argument(help="The input, without prefix.", show_default=False),
]
Since = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Since when: a date, or a moment (default: since now).")
]


@app.command("silent")
def silent_command(
    source: Source,
    *,
    since: Since = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Up to when at most, as 3d from now, a date or a moment (default: 7d).",
        ),
    ] = None,
    timeout: Timeout = PATIENCE,
    config: ConfigFile = None,
) -> None:
    """Say that nothing comes from a source: silences of its events are held, and the time does not count.

    Exit code 1: refused, with the reason; 3: some lane has not acted on it in time.
    """
    from monitor.cli.sources_run import say_of_source

    say_of_source("source.silent", source, {"since": since, "until": until}, timeout, config)


@app.command("back")
def back_command(
    source: Source, *, since: Since = None, timeout: Timeout = PATIENCE, config: ConfigFile = None
) -> None:
    """Say that a source speaks again: everybody is judged anew, and silences go on where they were.

    Exit code 1: refused, with the reason; 3: some lane has not acted on it in time.
    """
    from monitor.cli.sources_run import say_of_source

    say_of_source("source.back", source, {"since": since}, timeout, config)
