"""What a replay came to, for people: counts, warnings by rule, what could not be applied, who stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from monitor.domain.life import Told
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.words import counted, on_day
from monitor.offline.lives import Lives
from monitor.offline.standing import StandingWarning
from monitor.offline.tally import Counted, Tally
from schemas.warnings import SEVERITIES

CHANGES: tuple[Told, ...] = ("pending", "firing", "raised", "corrected", "resolved")
"""What becomes of warnings in a replay: nobody acknowledges one there. Whether any was pending depends on the rules."""

MANY_LATE = 0.05


class Report(NamedTuple):
    """A replay's figures. `standing`: the warnings that stand at `ended`, by rule and severity (a level).

    `lives`: how many customers are in which stage and tier then.
    """

    tally: Tally
    customers: int
    standing: Counter[tuple[str, int]]
    lives: Lives
    began: datetime | None
    ended: datetime | None
    skipped: int
    took: timedelta


def show_summary(report: Report, rules: RuleSet, console: Console) -> None:
    """Print the figures, then the warnings, then what could not be applied."""
    figures = _table()
    for name, value in _figures(report):
        figures.add_row(name, value)
    console.print(figures)
    if report.ended is not None:
        _show_warnings(report, rules, console)
    if report.tally.losses:
        console.print("", _losses(report.tally), sep="\n")
    for hint in _hints(report):
        console.print("", hint, sep="\n")


def show_standing(standing: Sequence[StandingWarning], moment: datetime, console: Console) -> None:
    """Print who stands under warning, the longest first."""
    table = _table("since", "customer", "severity", "rule", "why", "how sure")
    for each in standing:
        why, sure = each.title, each.evidence["basis"]
        table.add_row(f"{each.since:%Y-%m-%d}", each.customer, each.severity, each.rule, why, sure)
    if standing:
        console.print(table, "", sep="\n")
    customers = len({each.customer for each in standing})
    console.print(f"{len(standing):,} warnings stand at {on_day(moment)}, about {customers:,} customers.")


def _figures(report: Report) -> Iterator[tuple[str, str]]:
    records = report.tally.records
    applied = records["applied"]
    yield "customers", f"{report.customers:,}"
    for name, counts in (("stages", report.lives.stages), ("tiers", report.lives.tiers)):
        if counts:
            yield name, ", ".join(f"{count:,} {each}" for each, count in counts.items())
    counted = [("applied", applied), ("repeated", records["repeated"]), ("late", records["late"])]
    counted.append(("of unknown type", records["unknown_type"]))
    seldom = [("not facts", records["not_a_fact"]), ("after the end", report.skipped)]
    counted += [(name, count) for name, count in seldom if count]
    yield "events", ", ".join(f"{count:,} {name}" for name, count in counted)
    if report.began and report.ended:
        yield "span", f"{on_day(report.began)} to {on_day(report.ended)} (UTC)"
    yield "dead letters", f"{report.tally.lost:,}"
    seconds = report.took.total_seconds()
    yield "pace", f"{applied / seconds if seconds else 0:,.0f} events/s, {seconds:,.1f} s in all"


def _show_warnings(report: Report, rules: RuleSet, console: Console) -> None:
    table = _table("warnings of", "severity")
    changes = _changes(report.tally)
    for name in (*changes, "standing"):
        table.add_column(name, justify="right")
    rows = [list(_rule_rows(rule, report, changes)) for rule in rules.rules]
    for row in chain.from_iterable(rows):
        table.add_row(*row)
    quiet = rows.count([])
    if quiet < len(rows):
        console.print("", table, sep="\n")
    if quiet:
        console.print("", f"{counted(quiet, 'rule')} found nothing.", sep="\n")


def _changes(tally: Tally) -> list[Told]:
    told = {each.told for each in tally.warnings}
    return [change for change in CHANGES if change != "pending" or change in told]


def _rule_rows(rule: Rule, report: Report, changes: Sequence[Told]) -> Iterable[tuple[str, ...]]:
    """The counts of a rule by severity, the gravest last; none for a rule that never fired."""
    name = rule.terms.name
    shown = f"{name} (shadow)" if rule.terms.shadow else name
    for level, severity in enumerate(SEVERITIES):
        counts = [report.tally.warnings[Counted(name, level, told)] for told in changes]
        counts.append(report.standing[name, level])
        if any(counts):
            yield (shown, severity, *(f"{count:,}" for count in counts))


def _losses(tally: Tally) -> Table:
    table = _table("dead letters", "count", "for example")
    for reason, losses in sorted(tally.losses.items(), key=lambda item: (-item[1].count, item[0])):
        told = "\n".join(f"{lost.place}: {lost.detail}" for lost in losses.examples)
        table.add_row(reason, f"{losses.count:,}", told)
    return table


def _hints(report: Report) -> Iterator[str]:
    records = report.tally.records
    if records["rule_failed"]:
        often = counted(records["rule_failed"], "time")
        yield f"{often} a rule raised, which none may, and was switched off for that customer: please report it."
    if not records["applied"]:
        yield "No event at all could be applied."
    if records["late"] > MANY_LATE * records["applied"]:
        share = f"{records['late'] / records['applied']:.0%}"
        yield f"{share} of the events came late. JSON lines are judged as they stand: sort them by time."


def _table(*headings: str) -> Table:
    return Table(*headings, box=None, pad_edge=False, show_header=bool(headings))
