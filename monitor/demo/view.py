"""The live view in a terminal: how far it is, who stands under warning, and the latest warnings in words."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from monitor.demo.performance import Scene
from schemas.warnings import SEVERITIES, Severity, WarningEvent

DAY = timedelta(days=1)
READABLE = timedelta(milliseconds=700)
"""How often the latest warnings get a new one: far more come than anybody could read."""

COLOURS: dict[Severity, str] = {"watch": "cyan", "warning": "yellow", "critical": "red"}
OVER = "green"
BAR = 28
GLANCE = 60
"""The longest title that is shown whole."""

FIXED_LINES = 12
"""What the view takes beside a line for each rule and two for each of the latest warnings."""


class LiveView:
    """Draws scene after scene in the same place; gone when the block is left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._latest: deque[WarningEvent] = deque(maxlen=12)
        self._changed: timedelta | None = None
        self._rules: set[str] = set()

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, scene: Scene) -> None:
        """Draw a scene."""
        self._choose(scene)
        self._rules |= {rule for _, rule, _ in scene.seen.standing}
        room = (self._console.height - FIXED_LINES - len(self._rules)) // 2
        parts = [
            _progress(scene),
            _standing(scene, sorted(self._rules)),
            _latest([*self._latest][: max(room, 1)]),
        ]
        self._live.update(Group(*parts), refresh=True)

    def _choose(self, scene: Scene) -> None:
        """Take on one of the latest warnings, preferably one about a customer as such."""
        if not scene.seen.latest or (self._changed and scene.elapsed - self._changed < READABLE):
            return
        newest = [*scene.seen.latest][::-1]
        chosen = next((each for each in newest if each.data.about is None), newest[0])
        if not self._latest or self._latest[0].id != chosen.id:
            self._latest.appendleft(chosen)
            self._changed = scene.elapsed


def progress_line(scene: Scene) -> str:
    """The scene in one line, for where there is no terminal."""
    judged, standing = f"{scene.seen.judged:,} of {len(scene.play.deliveries):,}", len(scene.seen.standing)
    pace = f"{scene.rate:,.0f} a second, lag {_lag(scene):,}"
    return (
        f"{_clock(scene):%Y-%m-%d}  {scene.act}: {judged} records judged, {pace}; {standing:,} warnings stand"
    )


def warning_rows(event: WarningEvent) -> Iterator[tuple[Text, ...]]:
    """A warning in two lines: when, how grave, who and what; and below what it rests on."""
    warned = event.data
    over = event.type == "warning.resolved"
    colour = OVER if over else COLOURS[warned.severity]
    told = Text.assemble((warned.rule, "bold"), "  ", (_told(event), colour))
    severity = Text("over" if over else warned.severity, colour)
    yield Text(f"{event.time:%Y-%m-%d}", "dim"), severity, Text(warned.customer, "bold"), told
    yield Text(), Text(), Text(), Text(_basis(event), "dim")


def _told(event: WarningEvent) -> str:
    """The title, or where that is too long to be read at a glance, the measure."""
    warned = event.data
    if warned.cause is not None:
        return warned.cause
    if warned.evidence is None or len(warned.title) <= GLANCE:
        return warned.title
    about = f"{warned.about}: " if warned.about else ""
    return f"{about}{warned.evidence.measure} (limit: {warned.evidence.threshold})"


def _basis(event: WarningEvent) -> str:
    evidence = event.data.evidence
    if evidence is None:
        return f"it stood since {event.data.since:%Y-%m-%d}"
    return f"{evidence.basis}; {evidence.saw}"


def _progress(scene: Scene) -> RenderableType:
    begin, until = scene.play.span
    clock = _clock(scene)
    done = (clock - begin) / (until - begin)
    when = Table.grid(expand=True, padding=(0, 2))
    when.add_column(no_wrap=True)
    when.add_column(ratio=1)
    when.add_column(justify="right", no_wrap=True)
    day, days = (clock - begin) // DAY + 1, (until - begin) // DAY + 1
    bar = ProgressBar(total=1, completed=done, complete_style="green", finished_style="green")
    when.add_row(Text(f"{clock:%a %d %b %Y}", "bold"), bar, f"day {day} of {days}")
    return Panel(Group(when, _figures(scene)), title="[bold]churn-monitor demo", subtitle=f"[dim]{scene.act}")


def _figures(scene: Scene) -> Table:
    seen = scene.seen
    figures = {
        "records judged": f"{seen.judged:,}",
        "a second": f"{scene.rate:,.0f}",
        "lag": f"{_lag(scene):,}",
        "late": f"{seen.counts['late']:,}",
        "repeated": f"{seen.counts['repeated']:,}",
        "dead letters": f"{seen.letters.total():,}",
        "warnings told": f"{len(seen.told):,}",
        "in Redis": f"{len(seen.in_redis):,}",
    }
    table = Table.grid(expand=True)
    for _ in figures:
        table.add_column(justify="center", ratio=1)
    table.add_row(*(Text(figure, "bold") for figure in figures.values()))
    table.add_row(*(Text(name, "dim") for name in figures))
    return table


def _standing(scene: Scene, rules: list[str]) -> RenderableType:
    counts = Counter((rule, each.data.severity) for (_, rule, _), each in scene.seen.standing.items())
    most = max((sum(counts[rule, severity] for severity in SEVERITIES) for rule in rules), default=0)
    table = Table.grid(padding=(0, 2))
    for _ in range(4):
        table.add_column(no_wrap=True, overflow="ellipsis")
    for rule in rules:
        by_severity = {severity: counts[rule, severity] for severity in reversed(SEVERITIES)}
        total = sum(by_severity.values())
        told = ", ".join(f"{count:,} {name}" for name, count in by_severity.items() if count)
        table.add_row(
            rule, Text(f"{total:,}", "bold", justify="right"), _bar(by_severity, most), Text(told, "dim")
        )
    title = f"[bold]{len(scene.seen.standing):,} warnings stand"
    return Panel(table if rules else Text("none yet", "dim"), title=title, title_align="left")


def _bar(counts: dict[Severity, int], most: int) -> Text:
    scale = BAR / max(most, BAR)
    parts = [("█" * round(count * scale), COLOURS[severity]) for severity, count in counts.items()]
    return Text.assemble(*parts)


def _latest(events: list[WarningEvent]) -> RenderableType:
    table = Table.grid(padding=(0, 2), expand=True)
    for _ in range(3):
        table.add_column(no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    for event in events:
        for row in warning_rows(event):
            table.add_row(*row)
    title = "[bold]Some of the latest"
    return Panel(table if events else Text("none yet", "dim"), title=title, title_align="left")


def _clock(scene: Scene) -> datetime:
    """How far all lanes have come."""
    begin, until = scene.play.span
    return min(max(scene.seen.clock or begin, begin), until)


def _lag(scene: Scene) -> int:
    return max(scene.sent - scene.seen.judged, 0)
