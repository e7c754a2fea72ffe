"""How the differences between two rule files are shown: counts by rule, the first of them, and all as JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from monitor.cli.tables import console
from monitor.cli.warning_lines import printable
from monitor.domain.words import in_words, on_day
from monitor.offline.blocks import STDIN
from monitor.offline.rule_diff import CHANGES, Change, Difference, Episode, counts
from monitor.offline.sinks import json_lines
from schemas.rules import RuleFile
from schemas.spans import told_span
from schemas.warnings import SEVERITIES

STYLES: dict[Change, str] = {"new": "green", "gone": "red", "earlier": "cyan", "later": "yellow"}


def write_changes(differences: Iterable[Difference], output: Path | None, *, to_stdout: bool) -> None:
    """Write all that differs as JSON lines to a file, to standard output, to both, or nowhere."""
    lines = [_json(each) for each in differences if each.change != "same"]
    with ExitStack() as stack:
        for path in ([STDIN] if to_stdout else []) + ([output] if output else []):
            stack.enter_context(json_lines(path))(lines)


def show_changes(
    differences: Sequence[Difference], files: tuple[RuleFile, RuleFile], *, examples: int, stderr: bool
) -> None:
    """Print the counts by rule, and the first differences."""
    to_people = console(stderr=stderr)
    to_people.print(_counts(differences, files))
    differing = [each for each in differences if each.change != "same"]
    if examples and differing:
        to_people.print("", _examples(islice(differing, examples)), sep="\n")
    customers = len({each.subject.customer for each in differing})
    shown = f", the first {examples:,} above" if len(differing) > examples > 0 else ""
    to_people.print("", _summary(len(differing), customers, shown), sep="\n")


def _summary(differing: int, customers: int, shown: str) -> str:
    if not differing:
        return "Both files tell the same warnings."
    return f"{differing:,} differences about {customers:,} customers{shown}."


def _counts(differences: Iterable[Difference], files: tuple[RuleFile, RuleFile]) -> Table:
    table = Table("rule", "mode", box=None, pad_edge=False)
    for change in CHANGES:
        table.add_column(change, justify="right")
    counted, modes = counts(differences), [{rule.name: rule.mode for rule in file.rules} for file in files]
    for name in modes[0] | modes[1]:
        of_rule = counted.get(name, Counter[Change]())
        table.add_row(
            name, _mode(*(each.get(name) for each in modes)), *(f"{of_rule[each]:,}" for each in CHANGES)
        )
    return table


def _mode(a: str | None, b: str | None) -> str:
    if a == b:
        return str(a)
    return f"{a or 'not there'} → {b or 'not there'}"


def _examples(differences: Iterable[Difference]) -> Table:
    table = Table("change", "customer", "rule", "about", "A", "B", box=None, pad_edge=False)
    for each in differences:
        by = f" by {in_words(each.by)}" if each.by else ""
        subject = (printable(part or "") for part in each.subject)
        table.add_row(
            f"{each.change}{by}", *subject, _told(each.a), _told(each.b), style=STYLES.get(each.change)
        )
    return table


def _told(episode: Episode | None) -> str:
    if episode is None:
        return "nothing"
    ended = f" to {on_day(episode.ended)}" if episode.ended else ""
    return f"{SEVERITIES[episode.severity]} {'from' if ended else 'since'} {on_day(episode.began)}{ended}"


def _json(each: Difference) -> bytes:
    by = told_span(each.by) if each.by else None
    told = {"change": each.change, "by": by, **each.subject._asdict(), "a": _side(each.a), "b": _side(each.b)}
    return msgspec.json.encode(told)


def _side(episode: Episode | None) -> dict[str, Any] | None:
    return None if episode is None else {**episode._asdict(), "severity": SEVERITIES[episode.severity]}
