"""Owners and lanes through storms of faults: every record counts once, every warning is told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.engine.fetched import RawRecord
from monitor.engine.lane import Timing
from tests.simulation.broker import Place
from tests.simulation.mutants import PLANTED
from tests.simulation.network import Fate
from tests.simulation.oracle import check
from tests.simulation.scenario import AtPoint, Scenario, scenario
from tests.simulation.worker import Worker
from tests.simulation.world import End, run

CHUNK = 50
SEEDS = 300
SEEDS_IN_A_HURRY = 100
"""The others are for `make test`."""

FROM_THE_LOG = Scenario(1, lasts=6, preloaded=True, events=14, bad=0.2, most=6)
LIVE_ON_DISK = Scenario(
    2, lasts=10, on_disk=True, events=12, bad=0.2, timing=Timing(True, timedelta(seconds=1)), most=1000
)


def chunk(first: int) -> Any:
    return pytest.param(first, marks=[pytest.mark.slow] if first >= SEEDS_IN_A_HURRY else [])


@pytest.mark.parametrize("first", [chunk(first) for first in range(0, SEEDS, CHUNK)])
def test_seeds(first: int, request: pytest.FixtureRequest) -> None:
    only = request.config.getoption("seed", default=None)
    if only is not None and first > 0:
        pytest.skip("one seed alone")
    for seed in range(first, first + CHUNK) if only is None else (only,):
        end = run(scenario(seed))
        try:
            check(end)
        except AssertionError as error:
            story = "\n".join([*end.story, f"{end.given}"]) if only is not None else ""
            pytest.fail(f"seed {seed}: {error}\npytest tests/simulation -k seeds --seed {seed}\n{story}")


def test_a_seed_is_the_same_world_every_time() -> None:
    first, again = (run(scenario(14)) for _ in range(2))
    assert again.story == first.story
    assert told(again) == told(first)


@pytest.mark.parametrize(
    ("given", "fate"),
    [
        (FROM_THE_LOG, Fate.DIES),
        (LIVE_ON_DISK, Fate.DIES),
        (LIVE_ON_DISK, Fate.LOST),
        (LIVE_ON_DISK, Fate.PAUSES),
    ],
    ids=lambda each: each.value if isinstance(each, Fate) else "disk" if each.on_disk else "memory",
)
def test_one_fault_at_every_point_of_the_protocol_in_turn(given: Scenario, fate: Fate) -> None:
    quiet = AtPoint()
    check(run(given, fates=quiet))
    for number, point in enumerate(quiet.passed):
        try:
            check(run(given, fates=AtPoint(number, fate)))
        except AssertionError as error:
            pytest.fail(f"{fate.value} at point {number}, {point}: {error}")


def test_every_point_of_the_protocol_is_passed() -> None:
    quiet = AtPoint()
    run(LIVE_ON_DISK, fates=quiet)
    calls = ("init", "end", "write changelog", "write churn.warnings", "write churn.steps", "commit")
    points = {f"{call} {when}" for call in calls for when in ("asked", "sent", "done")}
    assert points | {"store", "store's offset", "stored"} <= set(quiet.passed)


@pytest.mark.parametrize("worker", PLANTED, ids=lambda worker: worker.__name__)
def test_a_worker_that_breaks_the_protocol_is_found_out(worker: type[Worker]) -> None:
    for seed in range(SEEDS):
        try:
            check(run(scenario(seed), worker=worker))
        except AssertionError:
            check(run(scenario(seed)))
            return
    pytest.fail(f"{worker.__doc__} {SEEDS} seeds did not notice.")


def told(end: End) -> dict[Place, list[RawRecord]]:
    """All that counts, by topic and partition."""
    return {place: [record for record, _ in log.committed()] for place, log in end.broker.logs.items()}
