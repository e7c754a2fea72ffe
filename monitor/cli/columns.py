"""Options that say how files are to be read, alike in every command that reads some; and what they come to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.offline.history import History
    from monitor.offline.records import Columns
    from schemas.settings import Settings

CustomerColumn = Annotated[
    str | None,
    typer.Option(metavar="COLUMN", help="Where a CSV has the customer: a name, or a number from 1."),
]
TimeColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Where it has the time.")]
AmountColumn = Annotated[str | None, typer.Option(metavar="COLUMN", help="Where it has the amount.")]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Where times without a zone were written (default: UTC).")
]
TimeFormat = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        help="How a CSV writes times, where it doesn't show it: dmy, mdy, or a pattern such as %d.%m.%y.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        metavar="DATE", help="Let time pass to here, and leave out later events (default: the last event)."
    ),
]
HistoryFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--history", metavar="FILE", help="Orders or events, as `replay` reads them; may be repeated."
    ),
]
RulesFile = Annotated[Path | None, typer.Option(metavar="FILE", help="The rules (default: those that ship).")]
ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The settings file.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def columns_of(
    customer: str | None,
    time: str | None,
    amount: str | None,
    zone: str | None,
    time_format: str | None,
) -> Columns:
    """The columns that options name. Raises `ConfigError` for a zone or a format that there is not."""
    from monitor.cli.moments import parse_zone
    from monitor.offline.records import Columns
    from monitor.offline.times import checked_format

    return Columns(customer, time, amount, parse_zone(zone), checked_format(time_format))


def end_of(until: str | None, columns: Columns) -> datetime | None:
    """The moment that --until names, in the zone of the columns. Raises `ConfigError`."""
    from monitor.cli.moments import parse_moment

    return None if until is None else parse_moment(until, columns.zone, option="--until")


def history_of(
    files: Iterable[Path], columns: Columns, until: datetime | None, settings: Settings
) -> History:
    """The files as a history, within the bounds that the settings give a worker. Raises `ConfigError`."""
    from monitor.engine.admission import Limits
    from monitor.offline.files import sources
    from monitor.offline.history import History

    limits = Limits(keyed=False, largest=settings.max_event_bytes, future_skew=settings.future_skew)
    return History(sources(files), columns, until, limits, settings.max_row_bytes)
