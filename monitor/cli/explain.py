"""`churn-monitor explain`: the options, and the run that they ask for. How it is shown is in `explain_text`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.columns import (
    AmountColumn,
    ConfigFile,
    CustomerColumn,
    DateOrder,
    HistoryFiles,
    RulesFile,
    TimeColumn,
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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for scripts.")] = False,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    zone: Zone = None,
    date_order: DateOrder = None,
    config: ConfigFile = None,
) -> None:
    """Say of one customer what is known, which rules stand and why, and what comes next.

    Also what time alone will bring, what the other rules lack, what holds a
    warning back, and the last changes. Time goes on to the end of the whole
    history, whoever it is about. So far this needs --history: a running
    system can't be asked yet.
    """
    from monitor.adapters.rule_files import load_rule_file
    from monitor.cli.explain_text import as_record, show_explanation
    from monitor.cli.tables import console
    from schemas.errors import ConfigError
    from schemas.settings import load_settings

    if not history:
        remedy = "give files of orders or events; a running system can't be asked yet"
        raise ConfigError("is missing", key="--history", remedy=remedy)
    settings = load_settings(config, rules=rules)
    columns = columns_of(customer, time, amount, zone, date_order)
    read = history_of(history, columns, end_of(until, columns), settings)
    explanation = _explained(who, read, load_rule_file(settings.rules))
    if as_json:
        typer.echo(as_record(explanation))
    else:
        show_explanation(explanation, console())


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
