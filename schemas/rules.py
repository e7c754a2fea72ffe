"""The rules as data: which keys a rule of each kind has and what is allowed.

Judging by them is the domain's.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from schemas.advice import Advice
from schemas.customer_life import CustomerLife
from schemas.rule_kinds import (
    Ageing,
    Count,
    Decline,
    Due,
    Score,
    Sequence,
    Signal,
    Silence,
    Streak,
)
from schemas.rule_parts import RulePart

Rule = Annotated[
    Silence | Count | Ageing | Due | Signal | Streak | Decline | Sequence | Score, Field(discriminator="kind")
]


class RuleFile(RulePart):
    """All the rules of one file, in its order, each under a name of its own; without `customers` nobody has a stage."""

    version: Literal[1]
    customers: CustomerLife | None = None
    advice: Advice = Advice()
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

    @model_validator(mode="after")
    def _scores_rest_on_rules(self) -> RuleFile:
        names = {rule.name for rule in self.rules if rule.kind != "score" or rule.effort is not None}
        for rule in self.rules:
            for part in rule.parts if rule.kind == "score" else ():
                if part.rule is not None and part.rule not in names:
                    raise ValueError(
                        f"{rule.name}: parts: no rule that a score can rest on is called {part.rule!r}"
                    )
        return self

    @model_validator(mode="after")
    def _scopes_are_of_known_tiers(self) -> RuleFile:
        if self.customers is not None and self.customers.tiers is not None:
            return self
        for place, rule in enumerate(self.rules):
            for number, scope in enumerate(rule.scopes or ()):
                if scope.tier is not None:
                    told = "nobody has a tier: say under `customers:` what `tiers` there are"
                    location = ("rules", place, "scopes", number, "tier")
                    raise PydanticCustomError("misplaced", told, {"location": location})
        return self

    @model_validator(mode="after")
    def _cadence_is_that_of_tiers(self) -> RuleFile:
        known = self.customers is not None and self.customers.tiers is not None
        for rule in self.rules if not known else ():
            if rule.kind == "due" and rule.cadence:
                raise ValueError(f"{rule.name}: cadence needs tiers, which stand under `customers:`")
        return self


def rules_version(file: RuleFile) -> str:
    """Twelve hex digits, the same for rules that mean the same in whatever layout and order."""
    rules = {rule.name: _content(rule) for rule in file.rules}
    if file.customers is not None:
        rules["customers:"] = file.customers.model_dump(mode="json", exclude_none=True, by_alias=True)
    if file.advice != Advice():
        rules["advice:"] = file.advice.model_dump(mode="json", exclude_none=True)
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:12]


def _content(rule: Rule) -> dict[str, Any]:
    """All that a rule says, of each scope the whole rule that it makes."""
    told = rule.model_dump(mode="json", exclude_none=True, by_alias=True, exclude={"scopes"})
    if rule.scopes:
        told["scopes"] = [[scope.by, scope.names, _content(variant)] for scope, variant in rule.variants()]
    return told
