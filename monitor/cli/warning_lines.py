"""Warnings as lines for the terminal: who, which rule, since when, how sure, what would end it."""

from __future__ import annotations

from datetime import datetime

from rich.text import Text

from schemas.warnings import Severity, WarningEvent

COLOURS: dict[Severity, str] = {"watch": "cyan", "warning": "yellow", "critical": "bold red"}
OVER = "green"


def warning_line(event: WarningEvent) -> Text:
    """One transition of a warning in one line, free of control characters."""
    warned = event.data
    told = event.type.removeprefix("warning.")
    over = told == "resolved"
    subject = f"{warned.rule} ({warned.about})" if warned.about else warned.rule
    return Text.assemble(
        (f"{_moment(event.time)}  ", "dim"),
        (f"{warned.severity:<8}  {told:<9}  ", OVER if over else COLOURS[warned.severity]),
        (printable(event.subject), "bold"),
        printable(f"  {subject}: {warned.title}"),
        (printable(f"  [{'; '.join(_details(event))}]"), "dim"),
    )


def printable(text: str) -> str:
    """The text without what a terminal would obey: names come from outside."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _details(event: WarningEvent) -> list[str]:
    details = [f"since {_moment(event.data.since)}"]
    if event.data.evidence is not None:
        details.append(event.data.evidence.basis)
    if event.type != "warning.resolved":
        details.append(f"ends with {event.data.resolves_when}")
    return details


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
