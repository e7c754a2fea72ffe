"""What every rule is: the protocol and its law, findings, evidence, severities.

One file beside this one holds each kind of rule; `monitor.domain.rules` makes them from a rule file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from monitor.domain.advice import USUAL, Adviser
from monitor.domain.state import State
from schemas.fields import ChurnKind
from schemas.warnings import SEVERITIES, Cause, Origin

AT_ONCE = timedelta(0)

LEVEL = {name: level for level, name in enumerate(SEVERITIES)}
"""Severities by name; a higher level is worse."""


class Finding(msgspec.Struct, frozen=True):
    """A rule's judgement of a state at a moment: about what, true since when, how severe (a level)."""

    about: str | None
    since: datetime
    severity: int


class Evidence(msgspec.Struct, frozen=True):
    """Why a finding stands, in words: what was seen and how it measures, against which threshold, how sure.

    `origin` says whose the threshold is, `basis` what it rests on.
    """

    title: str
    saw: str
    measure: str
    threshold: str
    origin: str
    basis: str


class Step(msgspec.Struct, frozen=True):
    """From `times` the threshold on, a finding has this severity (a level)."""

    times: float
    severity: int


class CountStep(msgspec.Struct, frozen=True):
    """From `n` events on, a finding has this severity (a level)."""

    n: int
    severity: int


class Whose(msgspec.Struct, frozen=True):
    """For whom a rule has terms of their own: `told` is one customer, a tier or a segment, in words."""

    origin: Origin
    told: str


class Terms(msgspec.Struct, frozen=True):
    """What rules of all kinds have in common; `shadow` rules are counted and told to no one.

    A warning is pending until its finding has held for `held_for`, and fires on until the finding has been gone for
    `keep`. What waits so is no matter of the rule's: it judges as if both were nothing (life.py). `whose` they are, if
    not everybody's. With `ends_when_lost` a lost customer has none of its warnings.
    """

    name: str
    severity: int
    shadow: bool
    kind_of_churn: ChurnKind
    reason: str | None
    held_for: timedelta = AT_ONCE
    keep: timedelta = AT_ONCE
    adviser: Adviser = USUAL
    whose: Whose | None = None
    ends_when_lost: bool = True

    @property
    def origin(self) -> Origin:
        """Whose a threshold of the rule's is."""
        return "default" if self.whose is None else self.whose.origin

    def limit(self, usual: str) -> str:
        """What a threshold of the rule's rests on; `usual` says it where it is everybody's."""
        return usual if self.whose is None else f"the limit set for {self.whose.told}"

    def noted(self, basis: str) -> str:
        """What a threshold of the customer's own rests on, and by whose terms."""
        return basis if self.whose is None else f"{basis}, as set for {self.whose.told}"

    @property
    def waits(self) -> bool:
        """Whether time alone can change a warning though the finding stays as it is."""
        return bool(self.held_for or self.keep)


Judgement = tuple[tuple[Finding, ...], datetime | None]
"""All findings that stand, at most one per subject, and the next check."""

NOTHING: Judgement = ((), None)


class Weighed(NamedTuple):
    """What a part adds: its weight, since when (None: it doesn't count), and when that may change by time alone."""

    weight: float
    since: datetime | None
    check: datetime | None


class Rule(Protocol):
    """One way of noticing that a customer is leaving.

    The law: between `now` and the next check the findings of `judge(state, now)` cannot change unless an event
    arrives. The next check lies strictly after `now`, or is None. It may be early, never late. No event lies after
    `now`.
    """

    @property
    def since_may_drift(self) -> bool:
        """Whether the state may forget when a finding began: then only an earlier `since` corrects a warning's."""
        ...

    def ended_by(self, kind: str, flavour: str) -> bool:
        """Whether an event of this type and flavour can do no more than end a warning, or make the next check later.

        Only a standing warning has to be judged for it.
        """
        ...

    @property
    def terms(self) -> Terms: ...

    def touched_by(self, kind: str, flavour: str) -> bool:
        """Whether an event of this type and flavour can change the judgement (but see `ended_by`)."""
        ...

    def judge(self, state: State, now: datetime) -> Judgement: ...

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence: ...

    def resolves_when(self, about: str | None) -> str:
        """What would end a warning of this rule, in words."""
        ...

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        """Why a warning that stood since `since` is over, given the state that no longer supports it."""
        ...


def reached(n: int, severity: int, steps: Iterable[CountStep]) -> int:
    """The severity of so many events: that of the last step that was reached."""
    for step in steps:
        if n >= step.n:
            severity = step.severity
    return severity


def stepped(began: datetime, limit: timedelta, severity: int, steps: Iterable[Step], now: datetime) -> int:
    """The severity at `now` of something measured since `began`: the last step that was reached."""
    for step in steps:
        if now >= began + limit * step.times:
            severity = step.severity
    return severity


def next_step(began: datetime, limit: timedelta, steps: Iterable[Step], now: datetime) -> datetime | None:
    """The first moment after `now` at which the limit or one of its steps is reached."""
    due = began + limit
    if due > now:
        return due
    for step in steps:
        due = began + limit * step.times
        if due > now:
            return due
    return None
