"""`churn-monitor tail`: the options, and how it ends. `tail_sources` reads, `tail_run` prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.adapters.kafka_logs import Start
    from monitor.cli.tail_sources import Source
    from schemas.settings import Settings

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")


def tail_command(
    *,
    redis: Annotated[
        bool, typer.Option("--redis", help="Follow the streams in Redis instead of the topic.")
    ] = False,
    cursor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="With --redis: go on where NAME left off, at least once."),
    ] = None,
    from_beginning: Annotated[
        bool,
        typer.Option("--from-beginning", help="Start with the oldest; a known cursor goes on all the same."),
    ] = False,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Start with the warnings of this moment.")
    ] = None,
    count: Annotated[int | None, typer.Option("-n", min=1, metavar="N", help="End after N warnings.")] = None,
    rule: Annotated[str | None, typer.Option(metavar="RULE", help="Only warnings of this rule.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="CUSTOMER", help="Only warnings about this customer.")
    ] = None,
    no_kafka: Annotated[
        bool, typer.Option("--no-kafka", help="With --redis: tell gaps, and don't fill them from Kafka.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each event as it is, one a line.")] = False,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="The settings file.")
    ] = None,
) -> None:
    """Follow the warnings as they come; Ctrl-C ends it.

    A cursor moves on only when its warnings were printed: after a crash
    some may be printed again, and none is missed. A date alone means its
    first moment, UTC.
    """
    import asyncio

    from monitor.cli.tail_run import Choice, Printer, follow
    from schemas.settings import load_settings

    _check(redis=redis, cursor=cursor, no_kafka=no_kafka)
    settings, moment = load_settings(config), _moment(since)
    source = (
        _streams(settings, cursor, from_beginning=from_beginning or since is not None, fills=not no_kafka)
        if redis
        else _topic(settings, moment, from_beginning=from_beginning)
    )
    try:
        asyncio.run(follow(source, Printer(Choice(rule, customer, moment), as_json=as_json), count))
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        _nobody_reads()


def _check(*, redis: bool, cursor: str | None, no_kafka: bool) -> None:
    if not redis and (cursor is not None or no_kafka):
        raise typer.BadParameter("--cursor and --no-kafka go with --redis")
    if cursor is not None and not NAME.fullmatch(cursor):
        raise typer.BadParameter(
            "letters, digits, dot, dash and underscore, 100 at most", param_hint="--cursor"
        )


def _moment(since: str | None) -> datetime | None:
    from monitor.cli.moments import parse_moment, parse_zone

    return None if since is None else parse_moment(since, parse_zone(None), option="--since")


def _streams(settings: Settings, cursor: str | None, *, from_beginning: bool, fills: bool) -> Source:
    from monitor.adapters.kafka_logs import WarningLog
    from monitor.cli.tail_sources import FILLING, StreamSource

    log = WarningLog(settings, patience=FILLING) if fills else None
    return StreamSource(settings, cursor=cursor, from_beginning=from_beginning, log=log)


def _topic(settings: Settings, since: datetime | None, *, from_beginning: bool) -> Source:
    from monitor.cli.tail_sources import TopicSource

    return TopicSource(settings, _start(settings, since, from_beginning=from_beginning))


def _start(settings: Settings, since: datetime | None, *, from_beginning: bool) -> Start:
    """Where to start on the topic: on the wall clock, nothing is written before it happens."""
    if since is None:
        return "beginning" if from_beginning else "end"
    return "beginning" if settings.clock == "event" else since - settings.future_skew


def _nobody_reads() -> None:
    """End quietly: what is left in the buffer would fail once more at exit."""
    import os
    import sys

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
