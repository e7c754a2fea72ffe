"""Scopes: what a rule says otherwise for some customers, by their id, their tier or a segment of their profile.

Which keys a rule of each kind has is in `schemas.rule_kinds`; the scope that is for a customer is the domain's to find.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from schemas.fields import Label, Tier
from schemas.rule_parts import Common, RulePart, listed

NOT_IN_SCOPES = {
    *("name", "kind", "of", "where", "until", "after", "then", "without"),
    *("broken_by", "measure", "cadence", "each", "parts", "while_lost", "scopes"),
}
"""Keys that say what a rule is about: a scope can't have them, for what an event touches is the same for everybody."""

EITHER = (("quiet_for", "personal"), ("overdue", "ahead"))
"""Keys of which a rule has one: a scope that gives one of them takes the other back."""


def _somebody(given: object) -> object:
    if not listed(given):
        raise ValueError("names nobody")
    return listed(given)


Labels = Annotated[tuple[Label, ...], Field(strict=False), BeforeValidator(_somebody)]
Tiers = Annotated[tuple[Tier, ...], Field(strict=False), BeforeValidator(_somebody)]


class RuleScope(RulePart):
    """For whom a rule is another one, customers by id, by tier or by segment, and the keys that it has for them."""

    model_config = ConfigDict(extra="allow")

    customer: Labels | None = None
    tier: Tiers | None = None
    segment: Labels | None = None

    @model_validator(mode="after")
    def _says_for_whom_and_what(self) -> RuleScope:
        if sum(names is not None for names in (self.customer, self.tier, self.segment)) != 1:
            raise ValueError("give one of customer, tier, segment")
        if not self.overrides:
            raise ValueError("says nothing: give the keys that the rule has for them")
        return self

    @property
    def by(self) -> str:
        """What it chooses customers by: `customer`, `tier` or `segment`."""
        return next(by for by in SELECTORS if getattr(self, by) is not None)

    @property
    def names(self) -> tuple[str, ...]:
        """Whom it chooses: ids, tiers or segments."""
        names: tuple[str, ...] = getattr(self, self.by)
        return names

    @property
    def overrides(self) -> dict[str, Any]:
        """The keys that the rule has for them, as they stand in the file."""
        return self.model_extra or {}


SELECTORS = tuple(RuleScope.model_fields)


class ScopedRule(Common):
    """What a rule of any kind has, and what it has for some customers alone."""

    scopes: Annotated[tuple[RuleScope, ...], Field(strict=False, min_length=1, max_length=100)] | None = None

    @property
    def modes(self) -> set[str]:
        """All modes that the rule has for some customers; `shadow` and `live` are never both among them."""
        return {self.mode, *(scope.overrides.get("mode", self.mode) for scope in self.scopes or ())}

    @property
    def is_on(self) -> bool:
        """Whether it is there for anybody."""
        return self.modes != {"off"}

    def variants(self) -> Iterator[tuple[RuleScope, Self]]:
        """Each scope with the whole rule that it makes of this one."""
        for scope in self.scopes or ():
            yield scope, self._variant(scope)

    def for_whom(self, customer: str, tier: str | None, segments: Sequence[str]) -> Self:
        """The whole rule as it is for a customer: the most specific scope counts, of those alike the first."""
        mine: Mapping[str, Sequence[str | None]] = {
            "customer": (customer,),
            "tier": (tier,),
            "segment": segments,
        }
        for by in SELECTORS:
            for scope, variant in self.variants():
                if scope.by == by and not set(scope.names).isdisjoint(mine[by]):
                    return variant
        return self

    @model_validator(mode="after")
    def _scopes_make_sense(self) -> Self:
        wrong = [*self._repeated(), *self._of_another_kind(), *self._mixed(), *self._no_rules()]
        if wrong:
            raise ValidationError.from_exception_data("scopes", wrong)
        return self

    def _variant(self, scope: RuleScope) -> Self:
        own = self.model_dump(by_alias=True, exclude_unset=True, exclude={"scopes"})
        for pair in EITHER:
            if any(key in scope.overrides for key in pair):
                own = {key: value for key, value in own.items() if key not in pair}
        others = {key: value for key, value in scope.overrides.items() if key not in NOT_IN_SCOPES}
        return type(self).model_validate(own | others)

    def _repeated(self) -> Iterator[InitErrorDetails]:
        seen: set[tuple[str, str]] = set()
        for place, scope in enumerate(self.scopes or ()):
            for name in scope.names:
                if (scope.by, name) in seen:
                    yield _wrong(f"{name!r} has a scope of this rule already", place, scope.by)
                seen.add((scope.by, name))

    def _of_another_kind(self) -> Iterator[InitErrorDetails]:
        for place, scope in enumerate(self.scopes or ()):
            for key in scope.overrides.keys() & NOT_IN_SCOPES & _keys_of(type(self)):
                yield _wrong("is the same for all customers: make it a rule of its own", place, key)

    def _mixed(self) -> Iterator[InitErrorDetails]:
        """A warning can't leave `churn.warnings` for `churn.shadow` when its customer comes into another scope."""
        told = self.mode
        for place, scope in enumerate(self.scopes or ()):
            mode = scope.overrides.get("mode", self.mode)
            if {mode, told} == {"live", "shadow"}:
                yield _wrong(
                    "live and shadow can't be mixed in one rule: give `off`, or leave it out", place, "mode"
                )
            told = mode if told == "off" else told

    def _no_rules(self) -> Iterator[InitErrorDetails]:
        for place, scope in enumerate(self.scopes or ()):
            try:
                self._variant(scope)
            except ValidationError as error:
                for each in error.errors(include_url=False):
                    yield _moved(each, place, scope)


def _keys_of(rule: type[Common]) -> set[str]:
    return {field.alias or name for name, field in rule.model_fields.items()}


def _moved(error: ErrorDetails, place: int, scope: RuleScope) -> InitErrorDetails:
    """What is wrong with a whole rule, at the scope that made it, or at its key where it has one."""
    given = error["loc"] if error["loc"] and error["loc"][0] in scope.overrides else ()
    kind, context = error["type"], error.get("ctx", {})
    return InitErrorDetails(type=kind, loc=("scopes", place, *given), input=error["input"], ctx=context)


def _wrong(problem: str, place: int, key: str) -> InitErrorDetails:
    error = PydanticCustomError("scope", "{problem}", {"problem": problem})
    return InitErrorDetails(type=error, loc=("scopes", place, key), input=None)
