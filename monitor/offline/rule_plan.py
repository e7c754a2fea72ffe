"""What putting rules in force would do: what changes, what becomes of open warnings, which plans it takes the place of.

Pure. Publishing them is for others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.offline.rule_editions import (
    Mode,
    Place,
    Published,
    in_force,
    mode_before_pause,
    place_of,
    planned,
    with_mode,
)
from monitor.offline.rule_edits import Edits, edits
from monitor.offline.rule_fates import Fate, fates
from schemas.editions import Edition
from schemas.errors import ConfigError
from schemas.near_misses import near
from schemas.rules import RuleFile


class Base(NamedTuple):
    """The rules that an edition is going to change: those of `edition`, or of the file where it is None.

    `replaces` are planned editions that the new one takes the place of; `past` the rules before it, the newest first.
    """

    rules: RuleFile
    edition: Published | None
    replaces: list[Published]
    past: list[RuleFile]


class Plan(NamedTuple):
    """An edition that is ready to be put in force, and what that would do."""

    base: Base
    edition: Edition
    edits: Edits
    fates: list[Fate]

    def does_nothing(self) -> bool:
        """Whether everything would be as it is."""
        return self.edits.are_none() and not self.base.replaces


def base_at(published: Sequence[Published], file: RuleFile, at: datetime) -> Base:
    """What an edition that begins at a moment is going to change; `file` is what workers start with."""
    edition = in_force(published, at)
    replaces = [each for each in planned(published, at) if each != edition]
    past = [each.edition.rules for each in published if edition and each.number <= edition.number]
    rules, *earlier = [*reversed(past), file]
    return Base(rules, edition, replaces, earlier)


def plan(base: Base, edition: Edition, standing: Mapping[str, int]) -> Plan:
    """What an edition would do to the rules it is based on, and to the warnings that stand; names what it changes."""
    differing = edits(base.rules, edition.rules)
    touched = fates(differing, edition.rules, standing, edition.open_warnings)
    return Plan(base, edition.model_copy(update={"changed": differing.names()}), differing, touched)


def history(published: Sequence[Published], at: datetime) -> Iterator[tuple[Published, Place, Edits | None]]:
    """Each edition, where it stands, and what it changes in the one before it that came, or is to come, into force.

    None for the first: what its workers started with is not on the topic.
    """
    before: RuleFile | None = None
    for each in published:
        place, rules = place_of(each, published, at), each.edition.rules
        yield each, place, edits(before, rules) if before else None
        before = before if place == "replaced" else rules


def paused(base: Base, name: str) -> RuleFile:
    """The same rules with this one off. Raises `ConfigError` where there is no rule of this name."""
    return _switched(base, name, "off")


def resumed(base: Base, name: str) -> RuleFile:
    """The same rules with this one as it was before it was off. Raises as `paused` does."""
    return _switched(base, name, mode_before_pause(name, [base.rules, *base.past]))


def _switched(base: Base, name: str, mode: Mode) -> RuleFile:
    names = [rule.name for rule in base.rules.rules]
    if name not in names:
        meant = near(name, names)
        remedy = f"did you mean {meant}?" if meant else "`churn-monitor rules list --live` shows all"
        raise ConfigError(f"no rule in force is called {name!r}", key="NAME", remedy=remedy)
    return with_mode(base.rules, name, mode)
