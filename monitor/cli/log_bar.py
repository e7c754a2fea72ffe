"""The bar that reading topics shows on a terminal: which topic, how far, and how long yet."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from monitor.adapters.kafka_logs import Show


class LogBar:
    """A bar over the offsets of one topic after another; it is gone at the end, and never goes into a pipe."""

    def __init__(self, console: Console) -> None:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, topic: str) -> Show:
        """Begin with a topic of which the length is not known yet; gives `show`, which moves on in it."""
        self._progress.reset(self._task, description=topic, total=None)
        return self.show

    def show(self, read: int, total: int) -> None:
        """Move on to so many offsets of so many."""
        self._progress.update(self._task, completed=read, total=total)
