"""`churn-monitor load`: the options. What is read is in monitor.offline, what is produced in monitor.adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    AsJson,
    ConfigFile,
    CustomerColumn,
    TimeColumn,
    TimeFormat,
    Zone,
)


def load_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Orders or events, as `replay` reads them; - is stdin."),
    ],
    *,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Leave out later events (default: none).")
    ] = None,
    as_json: AsJson = False,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: ConfigFile = None,
) -> None:
    """Put old orders, tickets and contacts on the input topics.

    By time, each under its customer's key, on the partition that the
    setting `partitioner` says. What stands on the topics already is left
    out, so loading twice counts once. Profiles and commands are passed
    over. Load before the first worker starts, and start that with
    --history-until. Exit code 1: not a single event could be read.
    """
    from monitor.adapters.clock import WallClock
    from monitor.cli.columns import columns_of, end_of, history_of
    from monitor.cli.load_run import run
    from schemas.settings import load_settings

    settings = load_settings(config)
    columns = columns_of(customer, time, amount, zone, time_format)
    history = history_of(files, columns, end_of(until, columns), settings)
    if not run(history, settings, WallClock().now(), as_json=as_json):
        raise typer.Exit(1)
