"""`churn-monitor rules`: what stands in a rule file, what it would do before it goes live, and putting it in force.

Here are the group, `list` and `history`; each other command has a module of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from monitor.cli.columns import AsJson, ConfigFile
from monitor.cli.rules_apply import apply_command, pause_command, resume_command
from monitor.cli.rules_check import check_command
from monitor.cli.rules_diff import diff_command
from monitor.cli.rules_play import play_command
from monitor.cli.tables import show

app = typer.Typer(
    help="Rules: list, check, test by scenarios, compare two on your history, put in force while workers run.",
    no_args_is_help=True,
)


@app.command("list")
def list_command(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The rule file (default: the one that is set, or ships)."),
    ] = None,
    *,
    live: Annotated[
        bool,
        typer.Option("--live", help="The rules in force on the running system, and where its lanes are."),
    ] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the rules of a file: what each watches, when it warns, how severely.

    With --live those of the running system: the edition in force, since when
    and by whom, editions that are planned, and which one each lane judges by.
    """
    if live:
        _list_live(file, config, as_json=as_json)
        return
    from monitor.adapters.rule_files import load_rule_file
    from monitor.offline.rule_words import as_record, as_rows
    from schemas.settings import load_settings

    rules = load_rule_file(load_settings(config, rules=file).rules).rules
    if as_json:
        typer.echo(msgspec.json.encode([as_record(rule) for rule in rules]).decode())
    elif rules:
        show([row for rule in rules for row in as_rows(rule)])
    else:
        typer.echo("There are no rules in this file.")


app.command("check")(check_command)
app.command("test")(play_command)
app.command("diff")(diff_command)


@app.command("history")
def history_command(*, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """List the editions of the rules that were put in force: who, when, why, what changed."""
    from monitor.cli.rules_live import show_history

    show_history(config, as_json=as_json)


app.command("apply")(apply_command)
app.command("pause")(pause_command)
app.command("resume")(resume_command)


def _list_live(file: Path | None, config: Path | None, *, as_json: bool) -> None:
    from monitor.cli.rules_live import show_live
    from schemas.errors import ConfigError
    from schemas.settings import load_settings

    if file is not None:
        raise ConfigError(
            "is about the running system, not a file", key="--live", remedy="give one of the two"
        )
    show_live(load_settings(config), as_json=as_json)
