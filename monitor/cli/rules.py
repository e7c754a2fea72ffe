"""`churn-monitor rules`: what stands in a rule file, and what it would do before it goes live.

Here are the group and `list`; each other command has a module of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from monitor.cli.columns import AsJson, ConfigFile
from monitor.cli.rules_check import check_command
from monitor.cli.rules_diff import diff_command
from monitor.cli.rules_play import play_command
from monitor.cli.tables import show

app = typer.Typer(
    help="Rule files: list, check, test by scenarios, compare two on your history.",
    no_args_is_help=True,
)


@app.command("list")
def list_command(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The rule file (default: the one that is set, or ships)."),
    ] = None,
    *,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """List the rules of a file: what each watches, when it warns, how severely."""
    from monitor.adapters.rule_files import load_rule_file
    from monitor.offline.rule_words import as_record, as_row
    from schemas.settings import load_settings

    rules = load_rule_file(load_settings(config, rules=file).rules).rules
    if as_json:
        typer.echo(msgspec.json.encode([as_record(rule) for rule in rules]).decode())
    elif rules:
        show([as_row(rule) for rule in rules])
    else:
        typer.echo("There are no rules in this file.")


app.command("check")(check_command)
app.command("test")(play_command)
app.command("diff")(diff_command)
