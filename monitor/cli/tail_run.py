"""What `churn-monitor tail` does with what comes: choose, print, and only then move the cursor."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

import msgspec
import typer
from pydantic import ValidationError
from rich.console import Console

from monitor.cli.tail_sources import Line, Source
from monitor.cli.warning_lines import warning_line
from schemas.streams import Entry
from schemas.warnings import WarningEvent


class _Ruled(msgspec.Struct):
    rule: str | None = None


class _Chosen(msgspec.Struct):
    """What choosing needs of an event; the rest is not looked at."""

    subject: str | None = None
    time: datetime | None = None
    data: _Ruled = msgspec.field(default_factory=_Ruled)


_decode = msgspec.json.Decoder(_Chosen).decode


class Choice(NamedTuple):
    """Which warnings to print; None leaves a question open."""

    rule: str | None = None
    customer: str | None = None
    since: datetime | None = None

    def takes(self, event: bytes) -> bool:
        """Whether to print an event. Raises `msgspec.MsgspecError` for what is none."""
        chosen = _decode(event)
        return (
            self.rule in (None, chosen.data.rule)
            and self.customer in (None, chosen.subject)
            and (self.since is None or (chosen.time is not None and chosen.time >= self.since))
        )


class Printer:
    """Prints chosen warnings to stdout, as lines or as JSON lines, and everything else to stderr."""

    def __init__(self, choice: Choice, *, as_json: bool) -> None:
        self._choice = choice
        self._as_json = as_json
        self._console = Console(markup=False, highlight=False)

    def show(self, entry: Entry) -> bool:
        """Print a warning and flush it; whether it was one to print."""
        try:
            if not self._choice.takes(entry.event):
                return False
            line = msgspec.json.format(entry.event, indent=-1) if self._as_json else self._readable(entry)
        except (msgspec.MsgspecError, ValidationError) as error:
            what = str(error).splitlines()[0]
            self.tell(f"partition {entry.partition}, offset {entry.offset}: no warning that we know ({what})")
            return False
        typer.echo(line)
        return True

    def tell(self, text: str) -> None:
        """Tell whoever reads, beside the warnings."""
        typer.echo(f"churn-monitor: {text}", err=True)

    def _readable(self, entry: Entry) -> bytes:
        text = warning_line(WarningEvent.model_validate_json(entry.event))
        with self._console.capture() as captured:  # rich would end the program on a broken pipe
            self._console.print(text, soft_wrap=True, end="")
        return captured.get().encode()


async def follow(source: Source, printer: Printer, count: int | None) -> None:
    """Print what comes, for ever or until `count` warnings were printed."""
    async with aclosing(source.lines()) as incoming:
        async for lines in incoming:
            done, count = _shown(lines, printer, count)
            if done:
                await source.keep(done)
            if count == 0:
                return


def _shown(lines: Iterable[Line], printer: Printer, count: int | None) -> tuple[list[Entry], int | None]:
    """Print lines; the entries that are done with, and how many more warnings to print."""
    done: list[Entry] = []
    for line in lines:
        if isinstance(line, str):
            printer.tell(line)
            continue
        shown = printer.show(line)
        done.append(line)
        if count is not None and shown:
            count -= 1
            if count == 0:
                break
    return done, count
