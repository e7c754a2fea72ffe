"""Warnings that stand as a table, and one warning whole, for the terminal; which to show, and in what order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from rich.console import Console
from rich.table import Table

from monitor.cli.warning_lines import COLOURS, OVER, printable
from monitor.cli.warnings_read import Told
from monitor.domain.words import on_day
from schemas.fields import ChurnKind
from schemas.warnings import SEVERITIES, Severity, Warned, WarningEvent

Order = Literal["since", "severity", "value"]


HEADINGS = ("warning", "customer", "rule", "severity", "since", "kind", "at stake", "care", "what")


class Wanted(NamedTuple):
    """Which warnings to show; None leaves a question open. At `now` acknowledgements and snoozes may have ended."""

    now: datetime
    customer: str | None = None
    rule: str | None = None
    severity: Severity | None = None
    kind: ChurnKind | None = None
    acknowledged: bool | None = None

    def takes(self, event: WarningEvent) -> bool:
        """Whether to show a warning."""
        warned = event.data
        return (
            self.customer in (None, warned.customer)
            and self.rule in (None, warned.rule)
            and self.severity in (None, warned.severity)
            and self.kind in (None, warned.kind)
            and self.acknowledged in (None, is_acknowledged(warned, self.now))
        )


def is_acknowledged(warned: Warned, now: datetime) -> bool:
    """Whether somebody takes care of the warning at `now`."""
    said = warned.acknowledged
    return said is not None and (said.until is None or said.until > now)


def in_order(warnings: Iterable[Told], order: Order) -> list[Told]:
    """The longest-standing first; or before that the gravest, or those with most at stake."""
    by_since = sorted(warnings, key=lambda each: (each.event.data.since, each.event.data.warning))
    return sorted(by_since, key=_RANKS[order], reverse=True)  # among equals the order stays


_RANKS: dict[Order, Callable[[Told], float]] = {
    "since": lambda _: 0,
    "severity": lambda each: SEVERITIES.index(each.event.data.severity),
    "value": lambda each: _at_stake(each.event.data),
}


def _at_stake(warned: Warned) -> float:
    return warned.value_at_risk.amount if warned.value_at_risk is not None else -1.0


def show_list(events: Sequence[WarningEvent], now: datetime, people: Console) -> None:
    """Print warnings as a table."""
    if not events:
        people.print("No such warning stands.")
        return
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for each in events:
        warned = each.data
        row = (
            warned.warning,
            warned.customer,
            _subject(warned),
            f"{warned.severity}{_phase([each])}",
            on_day(warned.since),
            warned.kind,
            f"{warned.value_at_risk.amount:,.2f}" if warned.value_at_risk is not None else "",
            "; ".join(_care(warned, now)),
            warned.title,
        )
        table.add_row(*map(printable, row), style=COLOURS[warned.severity])
    people.print(table)


def show_life(transitions: Sequence[WarningEvent], now: datetime, people: Console) -> None:
    """Print one warning whole, as it was told last, and what was told of it before."""
    warned = transitions[-1].data
    over = any(each.type == "warning.resolved" for each in transitions)
    state = "is over" if over else f"{warned.severity}{_phase(transitions)} since {on_day(warned.since)}"
    people.print(printable(f"{_subject(warned)} of {warned.customer}: {state}"), style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for heading, text in _facts(warned, now, over=over):
        table.add_row(heading, printable(text))
    people.print(table, "", "History", sep="\n")
    people.print(_history(transitions))


def _phase(transitions: Iterable[WarningEvent]) -> str:
    """What to say beside the severity of a warning that has not fired, as far as these transitions tell."""
    told = {each.type for each in transitions}
    return ", pending" if "warning.pending" in told and "warning.firing" not in told else ""


def _facts(warned: Warned, now: datetime, *, over: bool) -> Iterator[tuple[str, str]]:
    yield "warning", warned.warning
    yield "what", warned.title
    if warned.evidence is not None:
        yield "saw", warned.evidence.saw
        yield "measure", str(warned.evidence.measure)
        yield "threshold", f"{warned.evidence.threshold}: {warned.evidence.basis} ({warned.evidence.origin})"
    if not over:
        yield "ends with", warned.resolves_when
    yield "kind", warned.kind if warned.reason is None else f"{warned.kind}, {warned.reason}"
    if warned.value_at_risk is not None:
        risk = warned.value_at_risk
        yield "at stake", f"{risk.amount:,.2f} of {risk.basis} over {risk.horizon_days:g} days"
    if warned.next_step is not None:
        through = f", through {warned.channel}" if warned.channel else ""
        yield "do next", f"{warned.next_step.step}: {warned.next_step.text}{through}"
    for said in _care(warned, now):
        yield "care", said


def _care(warned: Warned, now: datetime) -> Iterator[str]:
    """What people said of a warning, as far as it holds."""
    taken, waits = warned.acknowledged, warned.snoozed
    if taken is not None and is_acknowledged(warned, now):
        until = f" until {on_day(taken.until)}" if taken.until else ""
        note = f": {taken.note}" if taken.note else ""
        yield f"{taken.by or 'somebody'}{until}{note}"
    if waits is not None and waits.until > now:
        yield f"can wait until {on_day(waits.until)}: {waits.reason}"
    if warned.outcome is not None:
        yield f"labelled {warned.outcome}"


def _history(transitions: Iterable[WarningEvent]) -> Table:
    table = Table("when", "change", "severity", "why", box=None, pad_edge=False)
    for each in transitions:
        warned, told = each.data, each.type.removeprefix("warning.")
        row = (on_day(each.time), told, warned.severity, _why(each))
        table.add_row(*map(printable, row), style=OVER if warned.cause else COLOURS[warned.severity])
    return table


def _why(event: WarningEvent) -> str:
    """What a transition says that the others don't."""
    warned = event.data
    match event.type:
        case "warning.acknowledged" | "warning.snoozed" | "warning.labelled":
            return "; ".join(_care(warned, event.time))
        case "warning.resolved":
            return warned.cause or ""
    return warned.title


def _subject(warned: Warned) -> str:
    return f"{warned.rule} ({warned.about})" if warned.about else warned.rule
