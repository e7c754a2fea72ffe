"""A warning's life, as a table: what it was, and what happened, give what it is and what is told.

Belongs here: one warning from opening to end, its id and sequence number. Which findings stand is for the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from hashlib import blake2b
from typing import Literal

import msgspec

from monitor.domain.advice import Advice
from monitor.domain.rules.base import Evidence, Terms
from monitor.domain.state import Phase, Standing
from schemas.commands import Outcome
from schemas.fields import ChurnKind
from schemas.warnings import Cause

Told = Literal[
    "pending",
    "firing",
    "raised",
    "corrected",
    "resolved",
    "acknowledged",
    "unacknowledged",
    "snoozed",
    "labelled",
]
"""What happened to a warning: the first five are the rules' doing, the others people's."""

Happened = Literal["found", "held", "worse", "moved", "away", "back", "gone"]
"""What a judgement means for one warning.

`held`: found for as long as the rule's `for` asks, which without one is at once. `away`: not found any more, or `back`
again, within the rule's `keep`; `gone`: not found, and no `keep` speaks for it any longer.
"""

LIFE: dict[tuple[Phase | None, Happened], tuple[Phase, Told | None]] = {
    (None, "found"): ("pending", "pending"),
    (None, "held"): ("firing", "firing"),
    ("resolved", "found"): ("pending", "pending"),
    ("resolved", "held"): ("firing", "firing"),
    ("pending", "worse"): ("pending", "pending"),
    ("pending", "moved"): ("pending", "pending"),
    ("pending", "held"): ("firing", "firing"),
    ("pending", "gone"): ("resolved", "resolved"),
    ("firing", "worse"): ("firing", "raised"),
    ("firing", "moved"): ("firing", "corrected"),
    ("firing", "away"): ("firing", None),
    ("firing", "back"): ("firing", None),
    ("firing", "gone"): ("resolved", "resolved"),
}
"""(Where the warning was, what happened) gives (where it is, what is told). No entry: nothing changes.

What is told says where the warning is: whoever hears `raised` or `corrected` knows that it fires.
"""


class Transition(msgspec.Struct, frozen=True):
    """One change of one warning at the moment `at` of the lane's clock.

    `cause` stands with `resolved` alone, `outcome` with `labelled`, `advice` with whatever stands.
    """

    told: Told
    customer: str
    warning: Standing
    at: datetime
    shadow: bool
    resolves_when: str
    kind_of_churn: ChurnKind
    reason: str | None
    evidence: Evidence | None = None
    cause: Cause | None = None
    outcome: Outcome | None = None
    advice: Advice | None = None


def warning_id(customer: str, rule: str, about: str | None, since: datetime) -> str:
    """16 hex digits that name a warning for good: a hash of who, which rule, about what, since when."""
    told = "\0".join((customer, rule, about or "", since.isoformat()))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def found_again(
    before: Standing, since: datetime, severity: int, terms: Terms, now: datetime
) -> Happened | None:
    """What it means for an open warning to be found, true since `since` and of this severity."""
    if before.phase == "pending" and since + terms.held_for <= now:
        return "held"
    if severity > before.severity:
        return "worse"
    if since != before.since:
        return "moved"
    return None if before.gone is None else "back"


def not_found(before: Standing, terms: Terms, now: datetime) -> Happened | None:
    """What it means for a warning that no finding supports."""
    if before.phase != "firing" or not terms.keep:
        return "gone"
    if before.gone is None:
        return "away"
    return "gone" if before.gone + terms.keep <= now else None


def next_change(terms: Terms, standing: Iterable[Standing]) -> datetime | None:
    """When the first warning of such a rule has waited for long enough: to fire, or to end; None where none waits."""
    waits = (_waits_until(each, terms) for each in standing if each.rule == terms.name)
    return min((moment for moment in waits if moment is not None), default=None)


def _waits_until(warning: Standing, terms: Terms) -> datetime | None:
    if warning.phase == "pending":
        return warning.since + terms.held_for
    return None if warning.gone is None else warning.gone + terms.keep
