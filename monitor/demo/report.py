"""The findings in words, for the end of a demo."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from monitor.demo.characters import Kind
from monitor.demo.findings import FalseAlarms, Findings, Group, Spread

NAMES = {Kind.stops: "just stop", Kind.complains: "complain first, then stop", Kind.once: "buy once only"}

CAVEAT = """\
A generated shop shows that everything works, not how good the rules are for your customers.
Play your own orders: churn-monitor demo --orders FILE"""


def show_findings(findings: Findings, took: timedelta, console: Console) -> None:
    """Print how well leavers were noticed, what was told in error, and what became of the records."""
    days = (findings.until - findings.begin) / timedelta(days=1)
    console.print(
        f"[bold]{findings.customers:,} customers, {findings.begin:%Y-%m-%d} to {findings.until:%Y-%m-%d}"
        f" ({days:.0f} days), in {took.total_seconds():.0f} s"
    )
    if findings.groups:
        _show("Customers who", _leavers(findings), console)
    if findings.false_alarms is not None:
        _show("False alarms", _false_alarms(findings.false_alarms), console)
    _show("Warnings", _rules(findings), console)
    _show("What came back, and why else warnings ended", _why_they_ended(findings), console)
    _show("Records", _records(findings), console)
    if findings.groups:
        console.print(f"\n{CAVEAT}", style="dim")


def told_days(spread: Spread, order: str = "last") -> str:
    """The spread of the days from that order to the warning, in words."""
    if spread.low == spread.high:
        return f"{_side(spread.middle)} their {order} order"
    low, high = _side(spread.low), _side(spread.high)
    if (spread.low < 0) == (spread.high < 0):
        low = low.split()[0]
    most = f"most: {low} to {high}".replace(" days", "")
    return f"{_side(spread.middle)} their {order} order ({most})"


def _side(days: float) -> str:
    return f"{abs(days):.0f} days {'before' if days < 0 else 'after'}"


def _show(title: str, table: Table, console: Console) -> None:
    console.print("", Text(title, "bold"), Padding(table, (0, 0, 0, 2), expand=False), sep="\n")


def _table() -> Table:
    return Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))


def _leavers(findings: Findings) -> Table:
    table = _table()
    for kind, group in findings.groups.items():
        share = f"{group.warned / group.customers:.0%}" if group.customers else "–"
        counted = f"{group.warned:,} of {group.customers:,} warned"
        table.add_row(NAMES[kind], Text(share, _judged(group), justify="right"), counted, _when(kind, group))
    return table


def _judged(group: Group) -> str:
    return "bold green" if group.warned * 10 >= group.customers * 9 else "bold yellow"


def _when(kind: Kind, group: Group) -> str:
    told = told_days(group.days, "only" if kind is Kind.once else "last") if group.days else ""
    return f"{told}; {group.ahead:,} before it" if group.ahead else told


def _false_alarms(alarms: FalseAlarms) -> Table:
    table = _table()
    share = f"{alarms.customers / alarms.stayed:.1%}" if alarms.stayed else "–"
    table.add_row(
        Text(share, "bold"), f"of those who stayed were warned of: {alarms.customers:,} of {alarms.stayed:,}"
    )
    right = f"{1 - alarms.warnings / alarms.all_warnings:.0%}" if alarms.all_warnings else "–"
    told = (
        f"of {alarms.all_warnings:,} alarms were right; {alarms.warnings:,} were not (to watch is no alarm)"
    )
    table.add_row(Text(right, "bold"), told)
    return table


def _rules(findings: Findings) -> Table:
    table = _table()
    for rule in findings.rules:
        table.add_row(
            rule.rule,
            Text(f"{rule.began:,} began", justify="right"),
            Text(f"{rule.rose:,} rose", justify="right"),
            Text(f"{rule.ended:,} ended", justify="right"),
            Text(f"{rule.standing:,} stand", justify="right"),
        )
    return table


def _why_they_ended(findings: Findings) -> Table:
    table = _table()
    for cause, count in findings.ended.items():
        table.add_row(Text(f"{count:,}", justify="right"), cause)
    return table


def _records(findings: Findings) -> Table:
    table = _table()
    for name, told in _record_lines(findings):
        table.add_row(name, told)
    return table


def _record_lines(findings: Findings) -> Iterator[tuple[str, str]]:
    records, redis = findings.records, findings.redis
    yield "sent", f"{records.sent:,}"
    yield "applied", f"{records.applied:,}, of them {records.late:,} late"
    yield "repeated", f"{records.repeated:,}, each counted once"
    yield "of unknown type", f"{records.unknown_type:,}"
    reasons = ", ".join(f"{count} {reason}" for reason, count in records.dead_letters.items())
    yield "dead letters", f"{sum(records.dead_letters.values()):,}{f' ({reasons})' if reasons else ''}"
    if records.left_out:
        yield "rows that are no orders", f"{records.left_out:,}, not sent"
    missing = f", {redis.missing:,} missing" if redis.missing else ", as many as on the topic"
    yield "warnings in Redis", f"{redis.entries:,}{missing}"
