"""The bar that a replay shows on a terminal: how much of the files is read, and which day it is in them."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)


class ReplayBar:
    """A bar over `size` bytes (0: not known); it is gone when the replay ends, and never goes into a pipe."""

    def __init__(self, console: Console, size: int, label: str = "") -> None:
        columns = (
            *([TextColumn("{task.description}", markup=False)] if label else []),
            TextColumn("{task.fields[day]}"),
            BarColumn(),
            TaskProgressColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(label, total=size or None, day="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, consumed: int, clock: datetime) -> None:
        """Move on to so many bytes, at this moment of the files' time."""
        self._progress.update(
            self._task, completed=consumed, day=f"{clock:%Y-%m-%d}" if clock.year > 1 else ""
        )
