"""An explanation for people, section by section, and for scripts. What it says is made in monitor.offline.explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.cli.explain_facts import due, fact_lines
from monitor.cli.warning_lines import COLOURS, OVER, printable
from monitor.domain.words import in_words, on_day
from monitor.offline.explain import Change, Explanation, Fires, Stands, Switched, Unfound
from monitor.offline.explain_ahead import Ahead, Hold
from monitor.offline.explain_lacks import Lacks
from monitor.offline.standing import StandingWarning
from schemas.spans import told_span

TOLD_AHEAD = {
    "fires": "fires {when}",
    "rises": "{severity} {when}",
    "ends": "ends by itself {when}",
    "ends with the loss": "ends with the loss {when}",
}


def as_record(explanation: Explanation) -> str:
    """The explanation as one JSON object, durations as in rule files."""
    plain = msgspec.to_builtins(explanation, builtin_types=(datetime, timedelta))
    return msgspec.json.encode(_with_spans(plain)).decode()


def show_explanation(told: Explanation, people: Console) -> None:
    """Print all sections; an empty one says so."""
    people.print(printable(f"{told.customer} at {on_day(told.at)} (UTC)"), style="bold")
    people.print("", _lines([*_life(told), *fact_lines(told.known, told.at), *_row(told)]), sep="\n")
    _section(
        people, "Warnings that stand", [part for each in told.standing for part in _standing(each, told)]
    )
    if told.unfound:
        _section(people, "Stand, though not by the rules in use here", [_lines(map(_unfound, told.unfound))])
    if told.switched_off:
        _section(people, "Switched off for this customer", [_lines(map(_switched, told.switched_off))])
    _section(people, "Would fire if nothing happens", _fires(told.fires))
    _section(people, "Can't fire by time alone", _lacks(told.lacks))
    _section(people, "Held back", [_lines(map(_hold, told.holds))] if told.holds else [])
    deadline = told.next_deadline
    told_next = (
        f"{_when(deadline.at, deadline.after)}, for {', '.join(deadline.rules)}" if deadline else "none"
    )
    people.print("", f"Next deadline: {told_next}", sep="\n", style="bold")
    _section(people, "Last changes", _changes(told.changes))


def _life(told: Explanation) -> Iterator[tuple[str, str]]:
    """Stage, tier and next contact, where the rules ask for them."""
    life = told.life
    if life is None:
        return
    why = f" ({', '.join(filter(None, (life.kind, life.reason)))})" if life.kind else ""
    yield "stage", f"{life.stage}{why} since {on_day(life.since)}"
    if life.next is not None:
        yield "", f"{life.next.stage} {_when(life.next.at, life.next.after)}, if nothing happens"
    if life.tier is not None:
        yield "tier", life.tier
    if life.next_contact_due is not None:
        yield "contact", f"the next one is {due(life.next_contact_due, told.at)}"


def _row(told: Explanation) -> Iterator[tuple[str, str]]:
    """Where the row of a running system stands."""
    row = told.row
    if row is not None:
        here = "the same as here" if row.rules == row.rules_here else f"here {row.rules_here}"
        yield "row", f"{row.bytes:,} bytes in lane {row.lane} of {row.lanes}"
        yield "lane", f"its clock is at {on_day(row.clock)}, its rules are {row.rules}, {here}"


def _unfound(each: Unfound) -> tuple[str, str]:
    return _subject(each.rule, each.about), f"{each.severity} since {on_day(each.since)}, warning {each.id}"


def _switched(each: Switched) -> tuple[str, str]:
    return each.rule, f"raised {each.raised} on {on_day(each.at)}; not judged until the rules change"


def _section(people: Console, heading: str, parts: Sequence[RenderableType]) -> None:
    people.print("", heading if parts else f"{heading}: nothing", sep="\n", style="bold")
    for each in parts:
        people.print(each)


def _standing(each: Stands, told: Explanation) -> Iterator[RenderableType]:
    warning, evidence = each.warning, each.warning.evidence
    lasts = in_words(told.at - warning.since)
    phase, shadow = ", pending" if each.pending else "", " (shadow)" if each.shadow else ""
    since = f"{warning.severity}{phase} since {on_day(warning.since)}, for {lasts}{shadow}"
    yield Text(printable(f"{_subject(warning.rule, warning.about)}: {since}"), COLOURS[warning.severity])
    lines = [
        ("  why", warning.title),
        ("  saw", evidence["saw"]),
        ("  threshold", f"{evidence['threshold']}: {evidence['basis']}"),
        ("  ends with", warning.resolves_when),
        *_advice(warning),
    ]
    yield _lines([*lines, ("  next", _ahead(each.next))] if each.next else lines)


def _advice(warning: StandingWarning) -> Iterator[tuple[str, str]]:
    """What to do, and what is at stake, for a customer who ever ordered."""
    if warning.next_step is not None:
        yield "  do next", f"{warning.next_step.step}: {warning.next_step.text}"
    if warning.value_at_risk is not None:
        risk = warning.value_at_risk
        yield "  at stake", f"{risk.amount:,.2f} of {risk.basis} over {risk.horizon_days:g} days"


def _ahead(each: Ahead) -> str:
    return TOLD_AHEAD[each.happens].format(severity=each.severity, when=_when(each.at, each.after))


def _fires(fires: Iterable[Fires]) -> list[Table]:
    table = Table("rule", "severity", "when", box=None, pad_edge=False)
    for each in fires:
        ahead = each.ahead
        name = _subject(ahead.rule, ahead.about, shadow=each.shadow)
        row = (name, ahead.severity, _when(ahead.at, ahead.after))
        table.add_row(*map(printable, row), style=COLOURS[ahead.severity])
    return [table] if table.rows else []


def _hold(held: Hold) -> tuple[str, str]:
    why = []
    if held.orders:
        why.append(f"by orders on their way: {', '.join(map(on_day, held.orders))}")
    if held.away_until:
        why.append(f"as the customer is away until {on_day(held.away_until)}, which does not count")
    return held.rule, (
        f"silent for long enough on {on_day(held.since)}, "
        f"but held until {on_day(held.until)} {' and '.join(why)}"
    )


def _lacks(lacking: Iterable[Lacks]) -> list[Table]:
    """By what the rules need, those first that have come some way."""
    table = Table("needs", "rules", "so far", box=None, pad_edge=False)
    for _, group in groupby(sorted(lacking, key=_need), key=_need):
        alike = list(group)
        names = ", ".join(_subject(each.rule, None, shadow=each.shadow) for each in alike)
        table.add_row(alike[0].needs, names, alike[0].so_far)
    return [table] if table.rows else []


def _need(each: Lacks) -> tuple[bool, str, str]:
    return each.so_far is None, each.needs, each.so_far or ""


def _subject(rule: str, about: str | None, *, shadow: bool = False) -> str:
    return f"{rule}{f' ({about})' if about else ''}{' (shadow)' if shadow else ''}"


def _changes(changes: Iterable[Change]) -> list[Table]:
    table = Table("when", "change", "severity", "rule", "why", box=None, pad_edge=False)
    for each in changes:
        name = _subject(each.rule, each.about, shadow=each.shadow)
        row = (on_day(each.at), each.told, each.severity, name, each.cause or each.why or "")
        over = each.told == "resolved"
        table.add_row(*map(printable, row), style=OVER if over else COLOURS[each.severity])
    return [table] if table.rows else []


def _when(at: datetime, after: timedelta) -> str:
    return f"on {on_day(at)}, in {in_words(after)}"


def _lines(lines: Iterable[tuple[str, str]]) -> Table:
    """Headings on the left, each once, and what is told under them."""
    table, before = Table(box=None, pad_edge=False, show_header=False), ""
    for heading, text in lines:
        table.add_row("" if heading == before else heading, printable(text))
        before = heading
    return table


def _with_spans(plain: Any) -> Any:
    match plain:
        case timedelta():
            return told_span(plain)
        case dict():
            return {key: _with_spans(value) for key, value in plain.items()}
        case list() | tuple():
            return [_with_spans(value) for value in plain]
    return plain
