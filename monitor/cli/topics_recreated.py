"""`churn-monitor topics recreated`: lets the lanes go on with an input whose topic was deleted and made anew."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Literal

import typer

from monitor.cli.columns import AsJson, ConfigFile
from monitor.cli.tables import show
from schemas.settings import load_settings

Input = Literal["orders", "tickets", "contacts", "customers", "commands", "clock"]


def recreated_command(
    name: Annotated[Input, typer.Argument(help="The input, without prefix.", show_default=False)],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Let lanes go on with a topic that was deleted and made anew; workers stop when they find it so.

    Run it while no worker runs. The topic is read from its beginning, and a step of each lane says so. Without --yes it
    says what would be done, and asks; with --json it then does nothing.
    """
    from monitor.cli.recreated_run import restart, restarts

    settings = load_settings(config)
    lanes = asyncio.run(restarts(settings, name))
    if as_json:
        typer.echo(json.dumps([each.plain() for each in lanes]))
    elif lanes:
        show([each.plain() for each in lanes])
    else:
        typer.echo(f"All lanes know {name} as it is: there is nothing to do.")
    if lanes and (yes or (not as_json and typer.confirm(f"Go on with {name} like this?"))):
        asyncio.run(restart(settings, name, lanes))
        typer.echo(f"{len(lanes)} lanes go on like this. Start the workers again.", err=as_json)
