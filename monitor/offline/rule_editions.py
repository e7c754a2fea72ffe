"""The editions of the rules that stand on their topic: which is in force, which are to come, which never came.

Pure. `at` is a moment of the lanes' clocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from schemas.editions import Edition, RulesApplied
from schemas.rules import RuleFile
from schemas.steps import StepRecord

Mode = Literal["live", "shadow", "off"]
Place = Literal["in force", "planned", "past", "replaced"]
"""Where an edition stands at a moment; `replaced` is one that another took the place of before it began."""


class Published(NamedTuple):
    """An edition by its number, which is its offset on the topic."""

    number: int
    event: RulesApplied

    @property
    def edition(self) -> Edition:
        """What was put in force."""
        return self.event.data

    @property
    def since(self) -> datetime:
        """From when on it was meant: its own moment, or when it was published."""
        return self.edition.effective_from or self.event.time


def in_force(published: Sequence[Published], at: datetime) -> Published | None:
    """The newest edition that has begun; None where lanes judge by the file that their workers started with."""
    return next((each for each in reversed(published) if _has_begun(each, at)), None)


def planned(published: Sequence[Published], at: datetime) -> list[Published]:
    """Those that will be in force, one after the other, as it looks now."""
    now = in_force(published, at)
    coming = published if now is None else published[published.index(now) + 1 :]
    return [each for each in coming if not _is_replaced(each, coming)]


def place_of(each: Published, published: Sequence[Published], at: datetime) -> Place:
    """Where one of the published editions stands."""
    if each == in_force(published, at):
        return "in force"
    if each in planned(published, at):
        return "planned"
    never = not _has_begun(each, at) or _is_replaced(each, published)
    return "replaced" if never else "past"


def has_followed(step: StepRecord | None, number: int) -> bool:
    """Whether a lane whose newest step this is has judged all its customers by an edition, or by one after it."""
    return step is not None and step.edition >= number and (step.anew is None or step.anew[1] is None)


def with_mode(file: RuleFile, name: str, mode: Mode) -> RuleFile:
    """The same rules, that of this name in this mode."""
    rules = (rule.model_copy(update={"mode": mode}) if rule.name == name else rule for rule in file.rules)
    return file.model_copy(update={"rules": tuple(rules)})


def mode_before_pause(name: str, files: Iterable[RuleFile]) -> Mode:
    """The mode that a rule was in before it was off; live if it never was anything else. `files`: the newest first."""
    found = (rule for file in files for rule in file.rules if rule.name == name)
    return next((rule.mode for rule in found if rule.mode != "off"), "live")


def _has_begun(each: Published, at: datetime) -> bool:
    return each.edition.effective_from is None or each.edition.effective_from <= at


def _is_replaced(each: Published, published: Sequence[Published]) -> bool:
    """Whether a later edition began before this one could."""
    begins = each.edition.effective_from
    return begins is not None and any(
        later.number > each.number and later.since <= begins for later in published
    )
