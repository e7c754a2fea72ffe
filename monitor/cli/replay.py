"""`churn-monitor replay`: the options, and what goes where. What a replay is, is in monitor.offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    CustomerColumn,
    RulesFile,
    TimeColumn,
    TimeFormat,
    Until,
    Zone,
    columns_of,
    history_of,
)

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

STDOUT = Path("-")


def replay_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="JSON lines of events or a CSV of orders, also .gz; - is stdin."),
    ],
    *,
    rules: RulesFile = None,
    until: Until = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="List who stands under warning at this moment.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every warning as JSON lines; the summary goes to stderr.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the same to a file; .gz packs."),
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write each change of stage and tier as JSON lines.")
    ] = None,
    dead_letters: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what can't be applied, and why, as JSON lines.")
    ] = None,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The settings file.")
    ] = None,
) -> None:
    """Judge the events in files as the worker would, without any server.

    Each file is an input of its own; all are merged by time. A CSV is put
    in order, JSON lines are taken as they stand. Profiles and commands
    among the events are passed over. A date alone means its first moment.
    Exit code 1: not a single event could be applied.
    """
    from monitor.adapters.clock import WallClock
    from monitor.adapters.rule_files import load_rules
    from monitor.cli.replay_run import Job, run
    from schemas.settings import load_settings

    settings = load_settings(config, rules=rules)
    columns = columns_of(customer, time, amount, zone, time_format)
    job = Job(
        history=history_of(files, columns, _end(until, at, columns.zone), settings),
        rules=load_rules(settings.rules),
        lists_standing=at is not None,
        shows=not as_json,
        outputs=[*([STDOUT] if as_json else []), *([output] if output else [])],
        changes=changes,
        dead_letters=dead_letters,
    )
    if not run(job, WallClock().now):
        raise typer.Exit(1)


def _end(until: str | None, at: str | None, zone: tzinfo) -> datetime | None:
    from monitor.cli.moments import parse_moment
    from schemas.errors import ConfigError

    if until is not None and at is not None:
        raise ConfigError("given beside --until", key="--at", remedy="give one of the two")
    for option, text in (("--until", until), ("--at", at)):
        if text is not None:
            return parse_moment(text, zone, option=option)
    return None
