"""`churn-monitor health`: how the workers of this host are; a probe for supervisors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.columns import AsJson, ConfigFile


def health_command(
    *,
    data_dir: Annotated[
        Path | None, typer.Option(help="The folder of the workers' stores (default: the setting).")
    ] = None,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Say how the workers on this host are: their lanes, what waits, what is overdue. Asks no server.

    Exit code 1: one of them is not as it should be, or there is none.
    """
    from monitor.adapters.clock import WallClock
    from monitor.cli.health_text import as_told, healthy, read, show
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    settings = load_settings(config, data_dir=data_dir)
    workers, now = read(settings.data_dir), WallClock().now()
    if as_json:
        typer.echo(as_told(workers, now))
    else:
        show(workers, now, settings.data_dir, console())
    raise typer.Exit(0 if healthy(workers, now) else 1)
