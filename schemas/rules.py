"""The rules as data: which keys a rule of each kind has and what is allowed.

Judging by them is the domain's.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.rule_parts import (
    LARGEST_COUNT,
    Chosen,
    Common,
    CountSteps,
    Personal,
    RulePart,
    TimesSteps,
    Values,
    check_where,
    listed,
)
from schemas.spans import Span

SilentType = Literal["order.placed", "contact.made"]
EndingType = Literal["ticket.replied", "ticket.resolved", "ticket.closed"]


class Silence(Common):
    """No event of these types for longer than `quiet_for`, or than the customer's own rhythm allows."""

    kind: Literal["silence"]
    of: Annotated[tuple[SilentType, ...], Field(strict=False, min_length=1), BeforeValidator(listed)]
    quiet_for: Span | None = None
    personal: Personal | None = None
    steps: TimesSteps = ()

    @model_validator(mode="after")
    def _one_threshold(self) -> Silence:
        if (self.quiet_for is None) == (self.personal is None):
            raise ValueError("give either quiet_for or personal")
        if self.personal is not None and self.of != ("order.placed",):
            raise ValueError("personal needs `of: order.placed`, for a rhythm is kept of orders only")
        self.check_steps(self.steps, 1, "times")
        return self


def _choices(given: object) -> object:
    each = listed(given)
    return (
        [{"type": one} if isinstance(one, str) else one for one in each] if isinstance(each, list) else each
    )


class Count(Common):
    """At least `n` of these events within a window.

    The window ends now, or with `as_of: last_event` at the customer's last event: then time alone never
    ends it.
    """

    kind: Literal["count"]
    of: Annotated[
        tuple[Chosen, ...], Field(strict=False, min_length=1, max_length=8), BeforeValidator(_choices)
    ]
    n: int = Field(ge=1, le=LARGEST_COUNT)
    within: Span
    as_of: Literal["now", "last_event"] = "now"
    steps: CountSteps = ()

    @model_validator(mode="after")
    def _steps_go_up(self) -> Count:
        self.check_steps(self.steps, self.n, "n")
        return self


class Ageing(Common):
    """An open object that has waited for longer than `older_than` for one of the events in `until`."""

    kind: Literal["ageing"]
    of: Literal["ticket.opened"]
    until: Annotated[tuple[EndingType, ...], Field(strict=False, min_length=1), BeforeValidator(listed)]
    older_than: Span
    where: dict[str, Values] = Field(default_factory=dict)
    steps: TimesSteps = ()

    @model_validator(mode="after")
    def _where_and_steps(self) -> Ageing:
        check_where(self.of, self.where)
        self.check_steps(self.steps, 1, "times")
        return self


Rule = Annotated[Silence | Count | Ageing, Field(discriminator="kind")]


class RuleFile(RulePart):
    """All the rules of one file, in its order, each under a name of its own."""

    version: Literal[1]
    rules: Annotated[tuple[Rule, ...], Field(strict=False, max_length=500)]

    @model_validator(mode="after")
    def _names_differ(self) -> RuleFile:
        seen: set[str] = set()
        for place, rule in enumerate(self.rules):
            if rule.name in seen:
                told = "two rules are called {name}; each needs a name of its own"
                raise PydanticCustomError("duplicate_name", told, {"name": rule.name, "place": place})
            seen.add(rule.name)
        return self


def rules_version(file: RuleFile) -> str:
    """Twelve hex digits, the same for rules that mean the same in whatever layout and order."""
    rules = {rule.name: rule.model_dump(mode="json", exclude_none=True) for rule in file.rules}
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]
