"""`make simulate`: as many worlds as asked for, on all cores. A seed that fails is told with the world made small."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from tests.simulation.mutants import MUTANTS
from tests.simulation.scenario import Scenario, scenario
from tests.simulation.shrink import shrunk, wrong
from tests.simulation.worker import Worker
from tests.simulation.world import run

WORKERS: dict[str, type[Worker]] = {each.__name__: each for each in (Worker, *MUTANTS)}


def failing(seed: int, worker: str = Worker.__name__) -> tuple[int, str] | None:
    """The seed and what went wrong in its world."""
    told = wrong(scenario(seed), WORKERS[worker])
    return None if told is None else (seed, told)


def failures(seeds: range, jobs: int, worker: str) -> Iterator[tuple[int, str]]:
    """What went wrong in the worlds of these seeds, in their order."""
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(partial(failing, worker=worker), seeds, chunksize=20):
            if found is not None:
                yield found


def small(seed: int, worker: str) -> tuple[Scenario, str]:
    """The smallest world found in which the worker of a failing seed goes wrong, and how."""
    found = partial(wrong, worker=WORKERS[worker])
    world = shrunk(scenario(seed), found)
    return world, found(world) or "?"


def main(words: list[str]) -> int:
    """Run the command; 1 where something went wrong."""
    asked = _parser().parse_args(words)
    began = time.monotonic()
    found = list(failures(range(asked.first, asked.first + asked.seeds), asked.jobs, asked.worker))
    a_minute = 60 * asked.seeds / (time.monotonic() - began)
    of_a_core = 60 * asked.seeds / sum(os.times()[2:4])
    print(
        f"{asked.seeds} seeds, {len(found)} failed; {a_minute:,.0f} seeds a minute, {of_a_core:,.0f} in one of a core"
    )
    for seed, told in found:
        print(f"seed {seed}: {told[:500]}")
    if found:
        _explain(found[0][0], asked.worker)
    return 1 if found else 0


def _explain(seed: int, worker: str) -> None:
    world, told = small(seed, worker)
    print(f"\nseed {seed}, made small: {told[:2000]}")
    print(*run(world, worker=WORKERS[worker]).story, sep="\n")
    print(world)
    named = f" --worker {worker}" if worker != Worker.__name__ else ""
    print(f"again: make simulate ARGS='--first {seed} --seeds 1{named}'")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5_000, help="how many worlds (5000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count(), help="how many processes (one for each core)"
    )
    parser.add_argument(
        "--worker",
        choices=WORKERS,
        default=Worker.__name__,
        help="a worker that breaks the protocol, instead",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
