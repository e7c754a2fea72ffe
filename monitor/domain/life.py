"""A warning's life, as a table: what it was, and what happened, give what it is and what is told.

Belongs here: one warning from opening to end, its id and sequence number. Which findings stand is for the rules.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Literal

import msgspec

from monitor.domain.rules.base import Evidence
from monitor.domain.state import Phase, Standing
from schemas.commands import Outcome
from schemas.warnings import Cause

Told = Literal[
    "firing", "raised", "corrected", "resolved", "acknowledged", "unacknowledged", "snoozed", "labelled"
]
"""What happened to a warning: the first four are the rules' doing, the others people's."""

Happened = Literal["found", "worse", "moved", "gone"]
"""What a judgement means for one warning."""

LIFE: dict[tuple[Phase | None, Happened], tuple[Phase, Told]] = {
    (None, "found"): ("firing", "firing"),
    ("resolved", "found"): ("firing", "firing"),
    ("firing", "worse"): ("firing", "raised"),
    ("firing", "moved"): ("firing", "corrected"),
    ("firing", "gone"): ("resolved", "resolved"),
}
"""(Where the warning was, what happened) gives (where it is, what is told). No entry: nothing changes."""


class Transition(msgspec.Struct, frozen=True):
    """One change of one warning at the moment `at` of the lane's clock.

    `cause` stands with `resolved` alone, `outcome` with `labelled`.
    """

    told: Told
    customer: str
    warning: Standing
    at: datetime
    shadow: bool
    resolves_when: str
    kind_of_churn: str
    reason: str | None
    evidence: Evidence | None = None
    cause: Cause | None = None
    outcome: Outcome | None = None


def warning_id(customer: str, rule: str, about: str | None, since: datetime) -> str:
    """16 hex digits that name a warning for good: a hash of who, which rule, about what, since when."""
    told = "\0".join((customer, rule, about or "", since.isoformat()))
    return blake2b(told.encode(), digest_size=8).hexdigest()
