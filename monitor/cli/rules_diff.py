"""`churn-monitor rules diff`: the options, and which runs they ask for. How it is shown is in `rules_changes`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    ConfigFile,
    CustomerColumn,
    HistoryFiles,
    TimeColumn,
    TimeFormat,
    Until,
    Zone,
    columns_of,
    end_of,
    history_of,
)

if TYPE_CHECKING:
    from monitor.offline.history import History
    from monitor.offline.rule_diff import Difference
    from schemas.rules import RuleFile

EXAMPLES = 10


def diff_command(
    a: Annotated[Path, typer.Argument(metavar="A", help="The rule file as it is.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The rule file as it would be.")],
    *,
    history: HistoryFiles = None,
    examples: Annotated[int, typer.Option(min=0, help="How many differences to show.")] = EXAMPLES,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every difference as JSON lines; the counts go to stderr.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the same to a file; .gz packs."),
    ] = None,
    until: Until = None,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: ConfigFile = None,
) -> None:
    """Run two rule files over a history, and say which warnings differ.

    Warnings are compared by customer, rule and subject: new, gone, earlier,
    later (and by how much), graver or milder. Shadow rules are compared as
    if they were live. A rule is compared with that of its own name.
    """
    from monitor.adapters.rule_files import load_rule_file
    from monitor.cli.rules_changes import show_changes, write_changes
    from schemas.errors import ConfigError
    from schemas.settings import load_settings

    if not history:
        raise ConfigError("is missing", key="--history", remedy="give files of orders or events")
    files = (load_rule_file(a), load_rule_file(b))
    columns = columns_of(customer, time, amount, zone, time_format)
    read = history_of(history, columns, end_of(until, columns), load_settings(config))
    read.refuse_overwriting([output])
    differences = _differences(files, (a.name, b.name), read)
    write_changes(differences, output, to_stdout=as_json)
    show_changes(differences, files, examples=0 if as_json else examples, stderr=as_json)


def _differences(
    files: tuple[RuleFile, RuleFile], names: tuple[str, str], history: History
) -> list[Difference]:
    from monitor.adapters.clock import WallClock
    from monitor.cli.history_run import run_over
    from monitor.domain.rules import compile_rules
    from monitor.offline.blocks import STDIN
    from monitor.offline.rule_diff import Episodes, compared
    from schemas.errors import ConfigError

    if any(source.path == STDIN for source in history.sources):
        raise ConfigError(
            "is read twice, which standard input can't be", key="--history", remedy="give a file"
        )
    started, sides = WallClock().now(), (Episodes(), Episodes())
    for file, name, side, again in zip(files, names, sides, (False, True), strict=True):
        run_over(history, compile_rules(file), side.take, started=started, label=name, again=again)
    return compared(*sides)
