"""Scenarios as data: rules, a timeline of events, and what should be told when.

To play one is for `monitor.offline.scenarios`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal, LiteralString, get_args

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.customer_life import CustomerLife
from schemas.fields import ChurnKind, Stage, Tier
from schemas.rule_parts import RulePart
from schemas.rules import Rule
from schemas.spans import Allowance
from schemas.warnings import Cause, Severity

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
TOLD: tuple[Told, ...] = get_args(Told)


class GivenEvent(RulePart):
    """One event: its type, whose it is, and the fields of its `data` beside them.

    It happened at `time` (unless given, when it arrives); events with the same `id` are one event. Profiles and
    commands are events too; `warning` is then the name of a rule, or rule/subject, `until` a duration since the start.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    customer: str
    id: str | None = None
    time: Allowance | None = None

    @property
    def content(self) -> dict[str, Any]:
        """The event's own `data`."""
        return self.model_extra or {}


class ExpectedTransition(RulePart):
    """One transition: what was told, of which rule and customer, and as much more as is given."""

    pending: str | None = None
    firing: str | None = None
    raised: str | None = None
    corrected: str | None = None
    resolved: str | None = None
    acknowledged: str | None = None
    unacknowledged: str | None = None
    snoozed: str | None = None
    labelled: str | None = None
    customer: str
    about: str | None = None
    severity: Severity | None = None
    since: Allowance | None = None
    at: Allowance | None = None
    cause: Cause | None = None
    sequence: int | None = None

    @model_validator(mode="after")
    def _tells_one_thing(self) -> ExpectedTransition:
        if sum(rule is not None for rule in self._rules().values()) != 1:
            raise ValueError(f"give one of {', '.join(TOLD)}, with the rule's name")
        return self

    @property
    def told(self) -> Told:
        """Which of them it is."""
        return next(told for told, rule in self._rules().items() if rule is not None)

    @property
    def rule(self) -> str:
        """The rule's name."""
        return self._rules()[self.told] or ""

    def _rules(self) -> dict[Told, str | None]:
        return {told: getattr(self, told) for told in TOLD}


class ExpectedChange(RulePart):
    """One change of a customer's stage or tier: to which, and as much more as is given."""

    stage: Stage | None = None
    tier: Tier | None = None
    customer: str
    before: Annotated[Stage | Tier | None, Field(alias="from")] = None
    since: Allowance | None = None
    at: Allowance | None = None
    kind: ChurnKind | None = None
    reason: str | None = None
    sales: float | None = None
    border: float | None = None

    @model_validator(mode="after")
    def _tells_one_thing(self) -> ExpectedChange:
        if (self.stage is None) == (self.tier is None):
            raise ValueError("give either stage or tier")
        return self


class Entry(RulePart):
    """One place on the timeline: an event that arrives, then what was told since the last time one looked.

    `expect` is about warnings, `becomes` about stages and tiers. `[]` is silence; without either nobody looks.
    """

    at: Allowance
    event: GivenEvent | None = None
    expect: Annotated[tuple[ExpectedTransition, ...], Field(strict=False)] | None = None
    becomes: Annotated[tuple[ExpectedChange, ...], Field(strict=False)] | None = None

    @property
    def looks(self) -> bool:
        """Whether somebody looks."""
        return self.expect is not None or self.becomes is not None


class Scenario(RulePart):
    """A timeline, whose moments are durations since its start; `rules` and `customers` are its own, if it has some."""

    customers: CustomerLife | None = None
    rules: Annotated[tuple[Rule, ...], Field(strict=False, min_length=1)] | None = None
    timeline: Annotated[tuple[Entry, ...], Field(strict=False, min_length=1)]

    @model_validator(mode="after")
    def _goes_forward_and_looks(self) -> Scenario:
        for place, (before, entry) in enumerate(pairwise(self.timeline), 1):
            if entry.at < before.at:
                told = "the timeline must go forward; an event that is late has its own `time`"
                raise _misplaced(told, "timeline", place, "at")
        if not self.timeline[-1].looks:
            told = "the last entry must say what to expect, `[]` for nothing"
            raise _misplaced(told, "timeline", len(self.timeline) - 1)
        return self

    @model_validator(mode="after")
    def _names_differ(self) -> Scenario:
        names = [rule.name for rule in self.rules or ()]
        for place, name in enumerate(names):
            if name in names[:place]:
                raise _misplaced(
                    "two rules are called so; each needs a name of its own", "rules", place, "name"
                )
        return self


def _misplaced(problem: LiteralString, *location: int | str) -> PydanticCustomError:
    return PydanticCustomError("misplaced", problem, {"location": location})
