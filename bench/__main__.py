"""`python -m bench`: takes the figures, several rounds of each, and shows them."""

from __future__ import annotations

import json
import logging
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench import machine, rounds, tables
from bench.commands import Failed
from schemas.errors import ConfigError, StoreUnavailable

STDOUT = Path("-")


class Name(StrEnum):
    """What can be measured."""

    engine = "engine"
    lane = "lane"
    offline = "offline"
    shipped = "shipped"
    latency = "latency"
    start = "start"


def bench(
    names: Annotated[
        list[Name] | None,
        typer.Argument(
            metavar="[NAME]...", help="engine, lane, offline, shipped, latency, start (default: all)."
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too; - is stdout.")
    ] = None,
    number: Annotated[
        int, typer.Option("--rounds", min=1, help="How often to take each figure; the median counts.")
    ] = 3,
) -> None:
    """Take the figures of churn-monitor on this machine, on servers of its own.

    The bare rules in plain Python run in every round, too: by them, machines
    can be compared. Exit code 1: an answer was wrong. Slow is not wrong.
    """
    surroundings = machine.described()
    results = rounds.run(names or list(Name), number)
    tables.show(surroundings, results, Console(highlight=False, stderr=json_file == STDOUT))
    if json_file is not None:
        text = json.dumps(tables.as_json(surroundings, results), indent=2, ensure_ascii=False) + "\n"
        sys.stdout.write(text) if json_file == STDOUT else json_file.write_text(text)
    raise typer.Exit(1 if tables.wrong(results) else 0)


def main() -> None:
    """Run the command; what stops it is told in a few lines, and nothing is left running."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it retries is no news
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had us ignore it
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        typer.run(bench)
    except (ConfigError, StoreUnavailable, Failed) as error:
        typer.echo(f"bench: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
