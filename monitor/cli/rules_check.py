"""`churn-monitor rules check`: the options, and how problems and doubts are shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.columns import (
    AmountColumn,
    AsJson,
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
    from monitor.offline.flagged import Flagged
    from monitor.offline.history import History
    from schemas.errors import ConfigError
    from schemas.rules import RuleFile

HALF = 0.5


def check_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rule file.")],
    *,
    history: HistoryFiles = None,
    share: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Doubt a rule with more than this share of the customers under warning at one time.",
        ),
    ] = HALF,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 where there are doubts.")] = False,
    as_json: AsJson = False,
    until: Until = None,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: ConfigFile = None,
) -> None:
    """Find what is wrong with a rule file, and what is doubtful.

    All that is wrong is told at once, with file, line, key and what is
    allowed; near-misses of names are guessed. Doubts are about what is
    allowed and hardly meant; with --history also about rules that would
    have had too many customers under warning at one time.
    Exit code 1: doubts, with --strict; 2: the file is wrong.
    """
    from monitor.adapters.rule_files import load_rule_text
    from monitor.offline.flagged import too_many
    from monitor.offline.rule_doubts import doubts
    from schemas.rule_files import checked_rules
    from schemas.settings import load_settings

    text = load_rule_text(file)
    rules, problems = checked_rules(text)
    if rules is None:
        _show_problems(problems, as_json=as_json)
        raise typer.Exit(2)
    flagged: list[Flagged] = []
    if history:
        columns = columns_of(customer, time, amount, zone, time_format)
        read = history_of(history, columns, end_of(until, columns), load_settings(config))
        flagged = _flagged(rules, read)
    doubtful = [*doubts(rules, text), *too_many(flagged, share, rules, text)]
    _show_doubts(doubtful, flagged, len(rules.rules), as_json=as_json)
    raise typer.Exit(1 if doubtful and strict else 0)


def checked(file: Path) -> RuleFile:
    """The rules of a file; tells people of doubts, and ends with exit code 2 after telling all that is wrong."""
    from monitor.adapters.rule_files import load_rule_text
    from monitor.cli.tables import console
    from monitor.offline.rule_doubts import doubts
    from schemas.rule_files import checked_rules

    text = load_rule_text(file)
    rules, problems = checked_rules(text)
    for each in doubts(rules, text) if rules else problems:
        console(stderr=True).print(str(each), style="yellow" if rules else "red", soft_wrap=True)
    if rules is None:
        raise typer.Exit(2)
    return rules


def _flagged(rules: RuleFile, history: History) -> list[Flagged]:
    from monitor.adapters.clock import WallClock
    from monitor.cli.history_run import run_over
    from monitor.domain.rules import compile_rules
    from monitor.offline.flagged import Flags
    from monitor.offline.standing import count_standing

    flags, compiled = Flags(), compile_rules(rules)
    replay = run_over(history, compiled, flags.take, started=WallClock().now())
    customers, _ = count_standing(replay.customers.standing())
    return flags.of_all(compiled, customers)


def _show_problems(problems: Sequence[ConfigError], *, as_json: bool) -> None:
    from monitor.cli.tables import console
    from monitor.domain.words import counted

    if as_json:
        _print_json(problems=problems, doubts=[], flagged=[])
        return
    for each in problems:
        console().print(str(each), style="red", soft_wrap=True)
    console().print(f"{counted(len(problems), 'problem')}: no worker would start with this file.")


def _show_doubts(
    doubtful: Sequence[ConfigError], flagged: Sequence[Flagged], rules: int, *, as_json: bool
) -> None:
    from monitor.cli.tables import console, show
    from monitor.domain.words import counted

    if as_json:
        _print_json(problems=[], doubts=doubtful, flagged=flagged)
        return
    for each in doubtful:
        console().print(str(each), style="yellow", soft_wrap=True)
    if flagged:
        show(
            [
                {
                    "rule": each.rule,
                    "customers warned of": f"{each.customers:,}",
                    "at one time": f"{each.at_once:,}",
                    "share": f"{each.share:.1%}",
                }
                for each in flagged
            ]
        )
    console().print(f"{counted(rules, 'rule')}, nothing wrong, {counted(len(doubtful), 'doubt')}.")


def _print_json(*, flagged: Sequence[Flagged], **told: Sequence[ConfigError]) -> None:
    import msgspec

    lists: dict[str, Any] = {name: [each.parts for each in errors] for name, errors in told.items()}
    lists["flagged"] = [each._asdict() for each in flagged]
    typer.echo(msgspec.json.encode(lists).decode())
