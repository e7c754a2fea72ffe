"""`churn-monitor topics`: the topic table, and what a broker has of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.tables import show
from monitor.cli.topics_acls import acls_command
from monitor.cli.topics_recreated import recreated_command
from schemas.settings import load_settings
from schemas.spans import told_span
from schemas.topics import topic_names

app = typer.Typer(help="The topics: list them, check a broker's, make what is missing.", no_args_is_help=True)

Config = Annotated[Path | None, typer.Option("--config", help="The settings file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@app.command("list")
def list_topics(config: Config = None, as_json: Json = False) -> None:
    """List the topics in use, as they should be; asks no broker."""
    settings = load_settings(config)
    rows = [
        {
            "topic": name,
            "key": spec.key,
            "role": spec.role,
            "partitions": spec.partition_count(settings),
            "cleanup": spec.cleanup,
            "retention": "for good" if spec.retention is None else told_span(spec.retention),
            "what": spec.note,
        }
        for name, spec in topic_names(settings).items()
    ]
    _show(rows, as_json=as_json)


@app.command()
def check(config: Config = None, as_json: Json = False) -> None:
    """Compare the broker's topics with the table; exit code 1 if anything differs."""
    from monitor.adapters.topics import compare

    differing = asyncio.run(compare(load_settings(config)))
    _show([each._asdict() for each in differing], as_json=as_json)
    raise typer.Exit(1 if differing else 0)


@app.command()
def ensure(
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Make the topics that are missing and set what is ours to set; exit code 1 if some is left to you."""
    from monitor.adapters.topics import ensure as ensure_topics

    differing = asyncio.run(ensure_topics(load_settings(config), dry_run=dry_run))
    done = "would be mended" if dry_run else "mended"
    rows = [
        {
            "topic": each.topic,
            "what": each.what,
            "expected": each.expected,
            "found": each.found,
            "outcome": done if each.mendable else each.remedy,
        }
        for each in differing
    ]
    _show(rows, as_json=as_json)
    raise typer.Exit(0 if all(each.mendable for each in differing) else 1)


app.command("acls")(acls_command)
app.command("recreated")(recreated_command)


def _show(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows))
    elif rows:
        show(rows)
    else:
        typer.echo("All topics are as they should be.")
