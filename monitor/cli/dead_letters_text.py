"""Dead letters as a table, one of them whole, and what came of putting some back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from rich.console import Console
from rich.table import Table

from monitor.cli.dead_letters_retry import Done
from monitor.cli.warning_lines import printable
from monitor.domain.words import counted
from schemas.fields import told_instant
from schemas.letters import Letter

HEADINGS = ("letter", "when", "reason", "key", "stood at", "why")
LONGEST_SHOWN = 4_000
"""Characters of a record that `show` prints; --raw prints all."""


def told(letter: Letter) -> dict[str, object]:
    """A letter as plain values, for JSON; its value as text, with what is not UTF-8 replaced."""
    return {
        "letter": letter.name,
        "at": told_instant(letter.at),
        "reason": letter.reason,
        "detail": letter.detail,
        "key": letter.customer,
        **letter.origin._asdict(),
        "retry_of": letter.retry_of,
        "length": letter.length,
        "headers": {name: value.decode(errors="replace") for name, value in letter.headers},
        "value": letter.value.decode(errors="replace"),
    }


def show_list(found: Sequence[Letter], limit: int, people: Console) -> None:
    """Print the newest of these, and how many there are by reason."""
    if not found:
        people.print("No such dead letter.")
        return
    table = Table(*HEADINGS, box=None, pad_edge=False)
    for letter in found[-limit:]:
        table.add_row(*map(printable, _row(letter)))
    people.print(table)
    reasons = Counter(letter.reason for letter in found).most_common()
    summary = ", ".join(f"{number:,} {reason}" for reason, number in reasons)
    hidden = f"; {len(found) - limit:,} older ones are not shown (--limit)" if len(found) > limit else ""
    people.print(f"\n{counted(len(found), 'dead letter')}: {summary}{hidden}")


def show_letter(letter: Letter, people: Console) -> None:
    """Print one letter whole."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, text in _facts(letter):
        table.add_row(name, printable(text))
    people.print(table)
    people.print()
    people.print("\n".join(map(printable, _readable(letter.value).splitlines())))


def show_retried(done: Done, people: Console) -> None:
    """Print what went back where, what stood there already, and what can't go back."""
    for name, place in done.back.items():
        people.print(f"{name}  {'would go back' if place is None else f'back at {place}'}")
    for name in done.before:
        people.print(f"{name}  was put back before: left alone", style="dim")
    for name, why in done.refused.items():
        people.print(printable(f"{name}  can't be put back: {why}"), style="red")
    if not (done.back or done.before or done.refused):
        people.print("No such dead letter.")


def _row(letter: Letter) -> tuple[str, ...]:
    why = letter.detail if letter.retry_of is None else f"again, after {letter.retry_of}: {letter.detail}"
    return letter.name, _moment(letter.at), letter.reason, letter.customer or "", str(letter.origin), why


def _facts(letter: Letter) -> list[tuple[str, str]]:
    facts = [
        ("letter", letter.name),
        ("when", _moment(letter.at)),
        ("reason", letter.reason),
        ("why", letter.detail),
        ("stood at", str(letter.origin)),
        ("key", letter.customer or "none"),
    ]
    if letter.retry_of is not None:
        facts.append(("second try of", letter.retry_of))
    if letter.is_cut:
        facts.append(("cut", f"{len(letter.value):,} of {letter.length:,} bytes are left"))
    return facts + [(name, value.decode(errors="replace")) for name, value in letter.headers]


def _readable(value: bytes) -> str:
    """JSON laid out, if it is JSON; else the text, as much as can be looked at."""
    text = value.decode(errors="replace")
    with suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}\n... (--raw prints all)"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
