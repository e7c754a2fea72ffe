"""What the commands do that tell a lane something: say it, wait until it was acted on, print what came of it."""

from __future__ import annotations

import asyncio
import getpass
import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import typer

from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import Answer, find_row, reading, tell
from monitor.adapters.partitioners import home_of
from monitor.cli.command_events import Content, Outcome, command_event, outcome_of
from monitor.cli.moments import parse_moment, parse_zone
from monitor.cli.tables import console
from monitor.cli.warning_lines import warning_line
from monitor.cli.warnings_read import find
from schemas.commands import CustomerCommand
from schemas.errors import ConfigError
from schemas.settings import Settings, load_settings
from schemas.spans import parse_span
from schemas.topics import topic_name

REFUSED, UNANSWERED = 1, 3


class Teller:
    """Tells commands by these settings; each waits for its effect for as long as `timeout` says."""

    def __init__(self, config: Path | None, timeout: str, *, as_json: bool) -> None:
        self.now = WallClock().now()
        self._settings = load_settings(config)
        self._within = parse_timeout(timeout)
        self._as_json = as_json

    def moment(self, text: str | None) -> datetime | None:
        """The moment that --until names."""
        return None if text is None else parse_moment(text, parse_zone(None), option="--until", now=self.now)

    def about_warning(self, kind: str, warning: str, content: Content) -> None:
        """Tell something of a warning, to the lane that told it. Raises as `about_customer` does."""
        known = asyncio.run(find(warning, self._settings))
        command = self._command(kind, known.event.data.customer, {"warning": warning, **content})
        self._tell(command, lambda _: known.partition)

    def about_customer(self, kind: str, customer: str, content: Content) -> None:
        """Tell something of a customer.

        Ends with exit code 1 where it was refused, 3 where nobody acted on it in time. Raises `ConfigError`,
        `StoreUnavailable`.
        """
        self._tell(self._command(kind, customer, content), self._home(customer))

    def _command(self, kind: str, customer: str, content: Content) -> CustomerCommand:
        return command_event(kind, customer, content, name=str(uuid.uuid4()), now=self.now)

    def _home(self, customer: str) -> Callable[[int], int]:
        settings = self._settings
        if settings.partitioner == "trusted":
            lane = asyncio.run(_lane_of(customer, settings))
            return lambda _: lane
        return lambda partitions: home_of(customer.encode(), partitions, settings.partitioner) or 0

    def _tell(self, command: CustomerCommand, home: Callable[[int], int]) -> None:
        answer = asyncio.run(tell(self._settings, command, home, within=self._within))
        topic = topic_name("commands", self._settings)
        outcome = outcome_of(command, answer, topic) if answer.applied else None
        if self._as_json:
            typer.echo(_record(command, answer, outcome))
        _end(command, answer, outcome, topic, quiet=self._as_json)


def login() -> str | None:
    """The name that whoever runs this is logged in by, if the machine knows one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


async def _lane_of(customer: str, settings: Settings) -> int:
    """The lane in which a customer's row stands, where no partitioner says it."""
    async with reading(settings) as reader:
        rows = await find_row(reader, customer, range)
    if rows.found is None:
        raise ConfigError(
            f"no row of {customer!r}, and with partitioner `trusted` nothing else says where it belongs",
            key="CUSTOMER",
            remedy="give an id as it stands in the events",
        )
    return rows.found.partition


def _end(
    command: CustomerCommand, answer: Answer, outcome: Outcome | None, topic: str, *, quiet: bool
) -> None:
    """Say what came of a command, and end with the exit code for it."""
    if outcome is None:
        place = f"it stands in {topic}, partition {answer.partition}, offset {answer.offset}"
        say(f"{command.type}: nobody has acted on it yet, {place}; is a worker running?")
        raise typer.Exit(UNANSWERED)
    if outcome.refusal is not None:
        say(f"{command.type}: refused ({outcome.refusal.reason}): {outcome.refusal.detail}")
        raise typer.Exit(REFUSED)
    if quiet:
        return
    for each in outcome.told:
        console().print(warning_line(each), soft_wrap=True)
    if not outcome.told:
        typer.echo(f"{command.type}: done; it changed no warning.")


def _record(command: CustomerCommand, answer: Answer, outcome: Outcome | None) -> str:
    refusal = outcome.refusal._asdict() if outcome and outcome.refusal else None
    return json.dumps(
        {
            "command": command.model_dump(mode="json", exclude_none=True),
            "partition": answer.partition,
            "offset": answer.offset,
            "applied": answer.applied,
            "refused": refusal,
            "told": [each.model_dump(mode="json", exclude_none=True) for each in outcome.told]
            if outcome
            else [],
        }
    )


def say(text: str) -> None:
    """Tell people something beside the answer."""
    typer.echo(f"churn-monitor: {text}", err=True)


def parse_timeout(text: str) -> timedelta:
    """The duration that --timeout gives. Raises `ConfigError`."""
    try:
        return parse_span(text)
    except ValueError as error:
        raise ConfigError(str(error), key="--timeout") from None
