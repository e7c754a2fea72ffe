"""`churn-monitor explain`: the options, and the run that they ask for. How it is shown is in `explain_text`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    ConfigFile,
    CustomerColumn,
    HistoryFiles,
    RulesFile,
    TimeColumn,
    TimeFormat,
    Until,
    Zone,
    columns_of,
    end_of,
    history_of,
)

if TYPE_CHECKING:
    from monitor.offline.explain import Explanation
    from monitor.offline.history import History
    from schemas.rules import RuleFile


def explain_command(
    who: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    *,
    history: HistoryFiles = None,
    rules: RulesFile = None,
    until: Until = None,
    at: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help="Without --history: at a moment to come, such as 30d, if nothing happens (default: the lane's clock).",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    time_format: TimeFormat = None,
    config: ConfigFile = None,
) -> None:
    """Say of one customer what is known, which rules stand and why, and what comes next.

    Also what time alone will bring, what the other rules lack, what holds a
    warning back, and the last changes. Asks the running system: the row that a
    worker keeps of the customer. With --history it reads files instead, and
    time goes on to the end of them all, whoever they are about.
    """
    from monitor.adapters.rule_files import load_rule_file
    from monitor.cli.explain_text import as_record, show_explanation
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    settings = load_settings(config, rules=rules)
    file = load_rule_file(settings.rules)
    if history:
        _refuse({"--at": at}, "asks a running system, and --history doesn't", "give --until")
        columns = columns_of(customer, time, amount, zone, time_format)
        read = history_of(history, columns, end_of(until, columns), settings)
        explanation = _explained(who, read, file)
    else:
        from monitor.cli.explain_live import explained_live

        of_files = {"--until": until, "--customer": customer, "--time": time, "--amount": amount}
        _refuse(of_files | {"--time-format": time_format}, "is for files", "give --history")
        explanation = explained_live(who, settings, file, at, zone)
    if as_json:
        typer.echo(as_record(explanation))
    else:
        show_explanation(explanation, console())


def _refuse(options: Mapping[str, str | None], problem: str, remedy: str) -> None:
    """Raise `ConfigError` for an option that was given and has no meaning here."""
    from schemas.errors import ConfigError

    for option, given in options.items():
        if given is not None:
            raise ConfigError(problem, key=option, remedy=remedy)


def _explained(who: str, history: History, file: RuleFile) -> Explanation:
    """Replay the history for one customer. Raises `ConfigError` where it tells nothing of them."""
    from monitor.adapters.clock import WallClock
    from monitor.cli.history_run import run_over
    from monitor.domain.rules import compile_rules
    from monitor.offline.explain import explained
    from monitor.offline.one_customer import OneCustomer

    rules = compile_rules(file)
    customers, told = OneCustomer(rules, who, largest=history.largest_row), []
    replay = run_over(
        history,
        rules,
        lambda stretch: told.extend(stretch.transitions),
        started=WallClock().now(),
        customers=customers,
    )
    row, clock = customers.row, replay.clock
    if row is None or clock is None:
        raise _unknown(who, customers.others)
    return explained(who, row, file, rules, told, clock)


def _unknown(who: str, ids: set[str]) -> Exception:
    from monitor.offline.one_customer import near_ids
    from schemas.errors import ConfigError

    near = " or ".join(map(repr, near_ids(who, ids)))
    known = f"the history tells of {len(ids):,} other customers"
    remedy = f"did you mean {near}?" if near else "give an id as it stands in the files"
    return ConfigError(f"no event about {who!r}, {known}", key="CUSTOMER", remedy=remedy)
