"""What fires while a lane catches up after an outage: counted by rule, and told once where it is a flood.

Lanes tell all, so that the log stays what follows from the inputs; a cap is for those who deliver.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from monitor.domain.life import Transition
from monitor.engine.step import Step

LATE = timedelta(minutes=5)
"""What fires so long after its moment, beyond the allowance for late events, fires in a catch-up."""

log = structlog.get_logger()


class Flood:
    """What fired late in one lane's last catch-up; so many as `enough` are a flood, None: nothing is."""

    def __init__(self, lane: int, enough: int | None, late_allowance: timedelta) -> None:
        self._lane = lane
        self._enough = enough
        self._late = LATE + late_allowance
        self._fired: Counter[str] = Counter()
        self._since: datetime | None = None

    @property
    def fired(self) -> Mapping[str, int]:
        """What fired, by rule, if it is a flood."""
        is_flood = self._enough is not None and self._fired.total() >= self._enough
        return dict(self._fired.most_common()) if is_flood else {}

    @property
    def rises(self) -> bool:
        """Whether something has fired late since the last end."""
        return self._since is not None

    def take(self, step: Step, now: datetime) -> None:
        """Count what a step tells that was made at `now`."""
        if self._enough is None:
            return
        late = [each for each in step.transitions if _fires(each) and now - each.at > self._late]
        if late and self._since is None:
            self._fired, self._since = Counter(), late[0].at
        self._fired.update(each.warning.rule for each in late)

    def end(self, clock: datetime) -> None:
        """The lane has caught up, and its clock is there: tell of what fired, once."""
        began, self._since = self._since, None
        if by_rule := self.fired:
            total = self._fired.total()
            log.warning(
                "lane.flood",
                lane=self._lane,
                fired=total,
                by_rule=by_rule,
                since=str(began),
                until=str(clock),
            )


NO_FLOOD = Flood(-1, None, timedelta(0))
"""Of lanes that no wall clock drives."""


def _fires(transition: Transition) -> bool:
    return transition.told == "firing" and not transition.shadow
