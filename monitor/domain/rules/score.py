"""Score: what other rules find, and what a model expects, weighed and added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from monitor.domain.rules.base import Evidence, Finding, Judgement, Rule, Terms, Weighed
from monitor.domain.rules.expected import ExpectedPurchases
from monitor.domain.state import State
from schemas.warnings import Cause


class PartRaised(Exception):
    """A part of a score raised, which is the rule of this name."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


class Part(msgspec.Struct, frozen=True):
    """Another rule, and what it adds while it finds something."""

    rule: Rule
    weight: float

    def touched_by(self, kind: str, flavour: str) -> bool:
        return self.rule.touched_by(kind, flavour)

    def ended_by(self, kind: str, flavour: str) -> bool:
        return self.rule.ended_by(kind, flavour)

    def weighed(self, state: State, now: datetime) -> Weighed:
        """What the rule finds. Raises `PartRaised` if it raises."""
        try:
            findings, check = self.rule.judge(state, now)
        except Exception as error:
            raise PartRaised(self.rule.terms.name) from error
        return Weighed(self.weight, min((finding.since for finding in findings), default=None), check)

    def named(self, state: State, now: datetime) -> str:
        return self.rule.terms.name

    def told(self, state: State, now: datetime) -> str:
        return self.rule.terms.name


class Score(msgspec.Struct, frozen=True):
    """Notice a customer for whom parts with `at_least` this share of all weights count.

    Rules that are off are left out, and parts that say nothing of a customer; their weights too. The next check is the
    earliest of any part's.
    """

    terms: Terms
    parts: tuple[Part | ExpectedPurchases, ...]
    at_least: float

    since_may_drift: ClassVar[bool] = True

    @property
    def names(self) -> frozenset[str]:
        """The rules that this one rests on."""
        return frozenset(part.rule.terms.name for part in self.parts if isinstance(part, Part))

    @property
    def rests_on_rules_alone(self) -> bool:
        """Whether it changes only with what other rules find."""
        return all(isinstance(part, Part) for part in self.parts)

    def touched_by(self, kind: str, flavour: str) -> bool:
        return any(part.touched_by(kind, flavour) for part in self.parts)

    def ended_by(self, kind: str, flavour: str) -> bool:
        return any(part.ended_by(kind, flavour) for part in self.parts)

    def judge(self, state: State, now: datetime) -> Judgement:
        weighed = self._weighed(state, now)
        check = min((each.check for _, each in weighed if each.check is not None), default=None)
        since = self._reached([each for _, each in weighed])
        return ((), check) if since is None else ((Finding(None, since, self.terms.severity),), check)

    def share(self, state: State, now: datetime) -> float:
        """The share of all weights that counts."""
        weighed = [each for _, each in self._weighed(state, now)]
        return sum(each.weight for each in weighed if each.since is not None) / (_whole(weighed) or 1.0)

    def evidence(self, state: State, finding: Finding, now: datetime) -> Evidence:
        weighed = self._weighed(state, now)
        whole = _whole([each for _, each in weighed])
        found = [(part, each.weight) for part, each in weighed if each.since is not None]
        score = sum(weight for _, weight in found) / whole
        names = dict.fromkeys(part.named(state, now) for part, _ in found)
        return Evidence(
            title=f"risk score {score:.2f}: {', '.join(names)}",
            saw=", ".join(f"{part.told(state, now)} {weight / whole:.2f}" for part, weight in found),
            measure=f"{score:.2f}",
            threshold=f"{self.at_least:.2f}",
            origin=self.terms.origin,
            basis=self.terms.noted(f"{len(found)} of {len(weighed)} parts{self._left_out(len(weighed))}"),
        )

    def resolves_when(self, about: str | None) -> str:
        return f"a score below {self.at_least:.2f}"

    def ended(self, state: State, about: str | None, since: datetime) -> Cause:
        return "recovered"

    def _weighed(self, state: State, now: datetime) -> list[tuple[Part | ExpectedPurchases, Weighed]]:
        """The parts of which something can be said."""
        each = ((part, part.weighed(state, now)) for part in self.parts)
        return [(part, weighed) for part, weighed in each if weighed is not None]

    def _left_out(self, weighed: int) -> str:
        """That parts say nothing of a customer: only expected purchases can, of who has bought on one day alone."""
        return "; expected purchases left out: no repeat buyer" if weighed < len(self.parts) else ""

    def _reached(self, weighed: Sequence[Weighed]) -> datetime | None:
        """Since when the parts that stand now have weighed enough together."""
        needed, so_far = self.at_least * _whole(weighed), 0.0
        begins = sorted((each.since, each.weight) for each in weighed if each.since is not None)
        for since, weight in begins:
            so_far += weight
            if so_far >= needed - 1e-9:
                return since
        return None


def _whole(weighed: Sequence[Weighed]) -> float:
    return sum(each.weight for each in weighed)
