"""`churn-monitor redis`: the copy of the warnings in Redis, made anew from Kafka."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
import typer

from monitor.cli.columns import AsJson, ConfigFile

app = typer.Typer(help="The copy of the warnings in Redis.", no_args_is_help=True)


@app.callback()
def _redis() -> None:
    """Keep `rebuild` a word of its own, though it is the only one."""


@app.command("rebuild")
def rebuild_command(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make the streams of warnings anew from Kafka, as far back as `stream_length` goes.

    Each is made beside the one that is there and takes its place in one go: readers and workers go on meanwhile,
    cursors stay where they are, and nothing that was read comes again.
    """
    from monitor.cli.asking import ask
    from monitor.cli.redis_run import look, rebuild, told
    from monitor.cli.tables import console, show
    from schemas.settings import load_settings

    settings, people = load_settings(config), console(stderr=True)
    parts = asyncio.run(look(settings))
    if not as_json:
        show([told(each) for each in parts])
    for each in parts:
        if each.groups:
            people.print(f"{each.stream} has consumer groups, which go: {', '.join(each.groups)}")
    if dry_run:
        people.print("Nothing is changed: a dry run.")
    else:
        ask("Make these streams anew?", "Nothing was changed.", yes=yes)
        parts = asyncio.run(rebuild(settings, people))
        entries, kept = sum(each.entries for each in parts), len(parts)
        people.print(f"{entries:,} warnings stand in {kept} streams, as on the topic.")
    if as_json:
        typer.echo(msgspec.json.encode([each._asdict() for each in parts]).decode())
