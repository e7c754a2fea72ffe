"""All that a backtest says, as data: the table, the JSON and the page are made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from monitor.offline.backtest.curves import Curve
from monitor.offline.backtest.gravest import WhoStands
from monitor.offline.backtest.important import Important
from monitor.offline.backtest.judged import Judged
from monitor.offline.backtest.measures import Figures
from monitor.offline.backtest.scores import Ranking


class Span(msgspec.Struct, frozen=True):
    """The history: from the first order to the end, how much there is in it, and who left by the definition.

    `fast_up_to` and `middle_up_to` are the mean gaps in days that part the classes; a `usual_gap` is the median.
    """

    files: list[str]
    first: datetime
    end: datetime
    customers: int
    orders: int
    purchases: int
    sales: float
    gone_after: float
    leavers: int
    undecided: int
    fast_up_to: float
    middle_up_to: float
    usual_gap: float


class RuleReport(msgspec.Struct, frozen=True):
    """What a rule of the file was worth, as the engine judged by it."""

    name: str
    kind: str
    mode: str
    judged: Judged


class Proposal(msgspec.Struct, frozen=True):
    """A threshold proposed, as keys of a rule and as text to paste.

    `expected` is in closed form over silences after at least two gaps, `judged` what the engine makes of it over all.
    """

    instead_of: str | None
    shape: str
    spread: Literal["everyone", "evenly"]
    rule: dict[str, Any]
    yaml: str
    note: str | None
    expected: list[Figures]
    judged: Judged | None

    def of(self, group: str) -> Figures:
        """What is expected in a group; empty figures where there is nobody in it."""
        found = (figures for figures in self.expected if figures.group == group)
        return next(found, Figures(group, 0, 0, 0, 0, None, None, None, None))


class Proposals(msgspec.Struct, frozen=True):
    """Everything proposed for a wished rate of false alarms; `by_class` has days or factors for each class."""

    wished: float
    proposals: list[Proposal]
    by_class: dict[str, dict[str, float]]


class Model(msgspec.Struct, frozen=True):
    """The parameters of the expected purchases, and which file they came from (None: fitted here)."""

    name: str
    unit: str
    r: float
    alpha: float
    a: float
    b: float
    file: str | None


class HoldOut(msgspec.Struct, frozen=True):
    """How well scores taken when the day `split` began rank who was silent until the end.

    `missing` are scores that no rule of the file makes.
    """

    split: str
    weeks: float
    model: Model
    groups: list[Ranking]
    missing: list[str]


class Backtest(msgspec.Struct, frozen=True):
    """A whole backtest; `hold_out` is None without a split."""

    version: Literal[1]
    definitions: dict[str, str]
    history: Span
    rules: list[RuleReport]
    standing: WhoStands
    curves: list[Curve]
    proposals: Proposals
    hold_out: HoldOut | None
    important: Important

    @property
    def telling(self) -> list[RuleReport]:
        """The rules that warned of anybody."""
        return [rule for rule in self.rules if rule.judged.warnings]

    @property
    def silent(self) -> str:
        """The names of the others."""
        return ", ".join(rule.name for rule in self.rules if not rule.judged.warnings)


def as_json(backtest: Backtest) -> bytes:
    """The whole as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(backtest), indent=2) + b"\n"
