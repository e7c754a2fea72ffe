"""`churn-monitor warnings`: those that stand, one of them whole; and what people say of them.

Here are the group, `list` and `show`; what is said of a warning is in `warnings_tell`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import msgspec
import typer

from monitor.cli import warnings_tell
from monitor.cli.columns import AsJson, ConfigFile
from monitor.cli.tell_options import WarningName
from schemas.fields import ChurnKind
from schemas.warnings import Severity

app = typer.Typer(
    help="Warnings that stand: list them, take care of them, say what became of them.", no_args_is_help=True
)


@app.command("list")
def list_command(
    *,
    customer: Annotated[
        str | None, typer.Option(metavar="CUSTOMER", help="Only warnings about this customer.")
    ] = None,
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only warnings of this rule.")] = None,
    severity: Annotated[Severity | None, typer.Option(help="Only those of this severity.")] = None,
    kind: Annotated[ChurnKind | None, typer.Option(help="Only those of this kind of churn.")] = None,
    acknowledged: Annotated[
        bool | None,
        typer.Option("--acknowledged/--open", help="Only those that somebody takes care of, or nobody."),
    ] = None,
    sort: Annotated[
        Literal["since", "severity", "value"],
        typer.Option(help="The longest-standing first, the gravest, or those with most at stake."),
    ] = "since",
    as_json: Annotated[bool, typer.Option("--json", help="Print each as its event is, one a line.")] = False,
    config: ConfigFile = None,
) -> None:
    """List the warnings that stand now."""
    from monitor.adapters.clock import WallClock
    from monitor.cli.tables import console
    from monitor.cli.warnings_read import standing
    from monitor.cli.warnings_text import Wanted, in_order, show_list
    from schemas.settings import load_settings

    now = WallClock().now()
    wanted = Wanted(now, customer, rule, severity, kind, acknowledged)
    stand = asyncio.run(standing(load_settings(config)))
    chosen = in_order((each for each in stand if wanted.takes(each.event)), sort)
    if as_json:
        for each in chosen:
            typer.echo(msgspec.json.format(each.raw, indent=-1))
    else:
        show_list([each.event for each in chosen], now, console())


@app.command("show")
def show_command(warning: WarningName, *, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one warning whole: its evidence, what people said, and all that was told of it."""
    from monitor.adapters.clock import WallClock
    from monitor.cli.tables import console
    from monitor.cli.warnings_read import life
    from monitor.cli.warnings_text import show_life
    from schemas.settings import load_settings

    told = asyncio.run(life(warning, load_settings(config)))
    if as_json:
        history = [msgspec.Raw(each.raw) for each in told]
        typer.echo(msgspec.json.encode({"warning": history[-1], "history": history}))
    else:
        show_life([each.event for each in told], WallClock().now(), console())


app.command("ack")(warnings_tell.ack_command)
app.command("unack")(warnings_tell.unack_command)
app.command("snooze")(warnings_tell.snooze_command)
app.command("label")(warnings_tell.label_command)
