"""What `churn-monitor sources` does: tell every lane the same, wait for all of them, say what came of it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from datetime import UTC, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import Field, TypeAdapter

from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import Answer, tell
from monitor.cli.command_events import SOURCE, rejected
from monitor.cli.moments import parse_moment
from monitor.cli.tell_run import REFUSED, UNANSWERED, parse_timeout, say
from schemas.commands import SourceEvent
from schemas.fields import told_instant
from schemas.settings import Settings, load_settings

AT_ONCE = 8
"""Lanes that are told at the same time."""

_event: TypeAdapter[SourceEvent] = TypeAdapter(Annotated[SourceEvent, Field(discriminator="type")])


def say_of_source(
    kind: str, source: str, moments: Mapping[str, str | None], timeout: str, config: Path | None
) -> None:
    """Tell all lanes. Ends with exit code 1 where one refused, 3 where one has not acted on it in time.

    They are told one moment, for their clocks differ. Raises `ConfigError`, `StoreUnavailable`.
    """
    settings, now = load_settings(config), WallClock().now()
    given = {
        key: parse_moment(text, UTC, option=f"--{key}", now=now) for key, text in moments.items() if text
    }
    said = {key: told_instant(moment) for key, moment in ({"since": now} | given).items()}
    envelope = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": SOURCE, "time": told_instant(now)}
    command = _event.validate_python({**envelope, "type": kind, "subject": source, "data": said})
    within = parse_timeout(timeout)
    answers = asyncio.run(_all(settings, command, within))
    told = (record for answer in answers for record in answer.told["churn.rejections"])
    if refused := next(rejected(command, [*told]), None):
        say(f"{kind}: refused ({refused.reason}): {refused.detail}")
        raise typer.Exit(REFUSED)
    if late := [each.partition for each in answers if not each.applied]:
        say(f"{kind}: lanes {', '.join(map(str, late))} have not acted on it yet; are all workers running?")
        raise typer.Exit(UNANSWERED)
    typer.echo(f"{kind}: all {len(answers)} lanes know that of {source}.")


async def _all(settings: Settings, command: SourceEvent, within: timedelta) -> list[Answer]:
    few = asyncio.Semaphore(AT_ONCE)

    async def one(lane: int) -> Answer:
        async with few:
            return await tell(settings, command, lambda _: lane, within=within)

    return await asyncio.gather(*map(one, range(settings.partitions)))
