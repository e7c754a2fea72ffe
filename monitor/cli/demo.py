"""`churn-monitor demo`: the options, how it ends, and what is printed. The demo itself is in monitor.demo."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from monitor.cli.columns import AmountColumn, CustomerColumn, RulesFile, TimeColumn

INTERRUPTED, TERMINATED = 130, 143


def demo_command(
    *,
    orders: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Play these orders (CSV, or JSON lines of events), not the shop."),
    ] = None,
    customer: CustomerColumn = None,
    time: TimeColumn = None,
    amount: AmountColumn = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave servers, topics and workers up, and tell what to try.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Which shop: each number is another one.")] = 1,
    customers: Annotated[int, typer.Option(min=10, max=100_000, help="How many customers it has.")] = 2_000,
    days: Annotated[int, typer.Option(min=60, max=3_660, help="For how long it is open.")] = 240,
    length: Annotated[
        str, typer.Option(metavar="SPAN", help="How long the play takes, such as 20s or 5m.")
    ] = "40s",
    dump: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the events, as JSON lines that `replay` judges alike."),
    ] = None,
    rules: RulesFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Play a shop whose leavers are known, and see what is noticed.

    Starts a real Kafka, a real Valkey and workers of its own, sends the
    shop's events at high speed, and ends after about a minute with what was
    found. Nothing is left running, unless it is to be kept.
    """
    with _ended_by_signals():
        from monitor.cli.demo_run import Job, Orders, Shop, run
        from monitor.offline.records import Columns
        from schemas.spans import parse_span

        try:
            within = parse_span(length)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--length") from error
        source = Orders(orders, Columns(customer, time, amount)) if orders else Shop(seed, customers, days)
        run(Job(source, rules, within, dump, keep=keep, as_json=as_json))


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM end us as Ctrl-C does, so that everything is cleared away; only the exit codes differ."""
    told: list[int] = []

    def terminated(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        signal.raise_signal(signal.SIGINT)

    usual = signal.signal(signal.SIGTERM, terminated)
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(TERMINATED if told else INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, usual)
