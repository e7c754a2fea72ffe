"""The errors of churn-monitor, told apart by whose fault they are and whether asking again helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.dead_letters import Reason


class MonitorError(Exception):
    """Anything that churn-monitor itself raises on purpose."""


class ConfigError(MonitorError):
    """Ours, at start: a setting, rule file or topic is wrong, and nothing runs until it is put right.

    `where` is a file with its line, an environment variable or an option; `key` the setting or rule key;
    `remedy` says what is allowed or what to do.
    """

    def __init__(
        self, problem: str, *, where: str | None = None, key: str | None = None, remedy: str | None = None
    ) -> None:
        self.problem, self.where, self.key, self.remedy = problem, where, key, remedy
        told = ": ".join(part for part in (where, key, problem) if part)
        super().__init__(f"{told}; {remedy}" if remedy else told)

    @property
    def parts(self) -> dict[str, str | None]:
        """What it says, part by part, for scripts."""
        return {"where": self.where, "key": self.key, "problem": self.problem, "remedy": self.remedy}


class ContractError(MonitorError):
    """Theirs: a record breaks its contract; it becomes a dead letter and is never retried."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}")


class TooManyDeadLetters(MonitorError):
    """Theirs, in bulk: a lane stops before it buries what a bad deploy upstream made of its input."""


class Stalled(MonitorError):
    """Ours: a lane stands still though it could get on; the worker ends, for another start may help."""


class DeliveryError(MonitorError):
    """A subscriber's endpoint said no; `again` tells whether asking again can help."""

    def __init__(self, problem: str, *, again: bool) -> None:
        self.again = again
        super().__init__(problem)


class StoreUnavailable(MonitorError):
    """The world: Kafka or Redis at `address` does not answer; go on when it is back."""

    def __init__(self, problem: str, *, address: str) -> None:
        self.address = address
        super().__init__(f"{address}: {problem}")
