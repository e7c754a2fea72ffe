"""Makes a world in which something went wrong smaller, as long as it goes wrong: fewer events, lanes, faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from monitor.engine.lane import Timing
from tests.simulation.oracle import check
from tests.simulation.scenario import Scenario
from tests.simulation.worker import Worker
from tests.simulation.world import run

TRIED = 8
"""Seeds that each smaller world is tried with: what happens in it is not what happened in the larger one."""

CALM: dict[str, Any] = {
    "editions": (), "later": None, "lanes": 1, "on_disk": False, "asides": 0, "late": 0.0, "bad": 0.0,
    "kept": None, "skew": 0.0, "slow": 0.0, "odd_answers": 0.0, "rebalances": 0.0, "compacts": False,
    "loses": False, "forgets": 0.0, "workers": 1, "strikes": 0, "most": 1000, "crowded": 1000,
    "timing": Timing(follows_wall=False, idle_after=timedelta(seconds=2)),
}  # fmt: skip
"""What each property of a world is at its simplest."""

MOST_STRIKES = 64
"""More than fate has in any world."""

Wrong = Callable[[Scenario], str | None]


def wrong(given: Scenario, worker: type[Worker] = Worker) -> str | None:
    """What is not true at the end of this world; None where all is well."""
    try:
        check(run(given, worker=worker))
    except Exception as error:  # noqa: BLE001  whatever it is, it is what we look for
        return f"{type(error).__name__}: {error}"
    return None


def shrunk(given: Scenario, found: Wrong) -> Scenario:
    """A world in which something goes wrong still, and of which no part can be left out any more."""
    while (smaller := _smaller(given, found)) is not None:
        given = smaller
    return given


def _smaller(given: Scenario, found: Wrong) -> Scenario | None:
    for simpler in _simpler(given):
        for seed in (given.seed, *range(TRIED)):
            if found(world := simpler._replace(seed=seed)) is not None:
                return world
    return None


def _simpler(given: Scenario) -> Iterator[Scenario]:
    for name, simple in CALM.items():
        if getattr(given, name) != simple:
            yield given._replace(**{name: simple})
    for less in (given.events // 2, given.events - 1):
        if less > 0:
            yield given._replace(events=less)
    strikes = MOST_STRIKES if given.strikes is None else given.strikes
    for less in (strikes // 2, strikes - 1):
        if 0 < less < strikes:
            yield given._replace(strikes=less)
