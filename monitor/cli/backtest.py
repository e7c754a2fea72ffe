"""`churn-monitor backtest`: the options, and what goes where. What a backtest is, is in monitor.offline.backtest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    ConfigFile,
    CustomerColumn,
    RulesFile,
    TimeColumn,
    TimeFormat,
    Until,
    Zone,
)

if TYPE_CHECKING:
    from datetime import tzinfo


def backtest_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="Orders or events, as `replay` reads them; - is stdin."),
    ],
    *,
    rules: RulesFile = None,
    false_alarms: Annotated[
        str, typer.Option(metavar="RATE", help="Propose thresholds for this rate of false alarms.")
    ] = "10%",
    gone_after: Annotated[
        str,
        typer.Option(metavar="DURATION", help="Who is silent for so long when the history ends has left."),
    ] = "180d",
    split: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The first day of a hold-out: rank who will be silent in it."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Parameters of BG/NBD (default: fitted before the split)."),
    ] = None,
    save_model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the parameters fitted before the split.")
    ] = None,
    save_rules: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the rules with the proposed thresholds put in; all else is kept."
        ),
    ] = None,
    classes: Annotated[
        bool, typer.Option("--classes", help="Save those that are even over the classes of buyers.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Save even where there is a file.")] = False,
    until: Until = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON; the tables go to stderr.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write a report with charts: one HTML page."),
    ] = None,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: ConfigFile = None,
) -> None:
    """Hold rules against what customers did, and propose thresholds.

    For each rule: warnings, precision, recall, false alarms, and the delay
    from last order to warning; for fast, middle and slow buyers, and by
    sales. With --split, how well scores rank who will be silent. Needs
    the extra churn-monitor[backtest]. Exit code 1: no orders, or nothing
    to be saved.
    """
    from monitor.adapters.clock import WallClock
    from monitor.adapters.rule_files import load_rule_file
    from monitor.cli.backtest_run import Job, run
    from monitor.cli.backtest_save import Saving
    from monitor.cli.columns import columns_of, end_of, history_of
    from schemas.errors import ConfigError
    from schemas.settings import load_settings

    for option, given in (("--classes", classes), ("--force", force)):
        if given and save_rules is None:
            raise ConfigError("given without --save-rules", key=option, remedy="add --save-rules FILE")
    settings = load_settings(config, rules=rules)
    columns = columns_of(customer, time, amount, zone, time_format)
    saving = Saving(save_rules, settings.rules, false_alarms, classes, force) if save_rules else None
    job = Job(
        history=history_of(files, columns, end_of(until, columns), settings),
        rules=load_rule_file(settings.rules),
        wished=_rate(false_alarms),
        gone_after=_days(gone_after),
        split=_day(split, columns.zone),
        model=model,
        save_model=save_model,
        as_json=as_json,
        page=output,
        saving=saving,
    )
    if not run(job, WallClock().now):
        raise typer.Exit(1)


def _rate(text: str) -> float:
    """A share of less than one, as 10% or 0.1. Raises `ConfigError`."""
    from schemas.errors import ConfigError

    try:
        rate = float(text.strip().removesuffix("%")) / (100 if text.strip().endswith("%") else 1)
    except ValueError:
        rate = 0.0
    if not 0 < rate < 1:
        raise ConfigError(f"{text!r} is no rate", key="--false-alarms", remedy="give one such as 10%, or 0.1")
    return rate


def _days(text: str) -> float:
    """A duration as days. Raises `ConfigError`."""
    from datetime import timedelta

    from schemas.errors import ConfigError
    from schemas.spans import parse_span

    try:
        span = parse_span(text)
    except ValueError as error:
        raise ConfigError(str(error), key="--gone-after", remedy="give one such as 180d") from error
    if not span:
        raise ConfigError("is nothing", key="--gone-after", remedy="give a duration such as 180d")
    return span / timedelta(days=1)


def _day(text: str | None, zone: tzinfo) -> int | None:
    """A day as its number since 1970. Raises `ConfigError`."""
    from monitor.cli.moments import parse_moment

    return None if text is None else int(parse_moment(text, zone, option="--split").timestamp() // 86_400)
