"""`churn-monitor dead-letters`: what could not be applied, why, and how it gets a second try."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.columns import AsJson, ConfigFile
from schemas.dead_letters import Reason

app = typer.Typer(help="Records that could not be applied: list them, put them back.", no_args_is_help=True)

LetterName = Annotated[
    str, typer.Argument(metavar="LETTER", help="Partition and offset, such as 2/17, as `list` shows them.")
]
OfReason = Annotated[Reason | None, typer.Option(help="Only those with this reason.")]
OfCustomer = Annotated[
    str | None, typer.Option(metavar="CUSTOMER", help="Only those whose key is this customer.")
]


@app.command("list")
def list_command(
    *,
    reason: OfReason = None,
    customer: OfCustomer = None,
    is_open: Annotated[
        bool, typer.Option("--open", help="Only those that were not put back yet; reads the inputs, too.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Show so many, the newest.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print each as JSON, one a line.")] = False,
    config: ConfigFile = None,
) -> None:
    """List dead letters, the newest last, and count them by reason."""
    from monitor.cli.dead_letters_read import Wanted, letters
    from monitor.cli.dead_letters_text import show_list, told
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    wanted = Wanted(reason, customer)
    found = asyncio.run(letters(load_settings(config), wanted, only_open=is_open))
    if as_json:
        for letter in found[-limit:]:
            typer.echo(json.dumps(told(letter)))
    else:
        show_list(found, limit, console())


@app.command("show")
def show_command(
    letter: LetterName,
    *,
    as_json: AsJson = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Print the record's value as it came, and nothing else.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show one dead letter whole: where it stood, why it was refused, what it holds."""
    from monitor.cli.dead_letters_read import letter_named
    from monitor.cli.dead_letters_text import show_letter, told
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    found = asyncio.run(letter_named(letter, load_settings(config)))
    if raw:
        sys.stdout.buffer.write(found.value)
    elif as_json:
        typer.echo(json.dumps(told(found)))
    else:
        show_letter(found, console())


@app.command("retry")
def retry_command(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[LETTER]...", help="Which, as `list` shows them.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    reason: OfReason = None,
    customer: OfCustomer = None,
    value: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Put this back instead of what the one LETTER holds.", exists=True),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Put the one LETTER back under this key.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put dead letters back on their inputs, each once, where workers take them in like any other record.

    Mend first what made them dead: a setting, a rule, a producer; or the record itself (--value, --key). One that fails
    again is a dead letter again. Exit code 1: some can't be put back, as it says.
    """
    from monitor.cli.dead_letters_retry import Asked, run
    from monitor.cli.dead_letters_text import show_retried
    from monitor.cli.tables import console
    from schemas.settings import load_settings

    new = value.read_bytes() if value is not None else None
    asked = Asked(tuple(names or ()), everything, reason, customer, new, key)
    done = asyncio.run(run(asked, load_settings(config), dry_run=dry_run))
    if as_json:
        typer.echo(json.dumps(done.told()))
    else:
        show_retried(done, console())
    raise typer.Exit(1 if done.refused else 0)
