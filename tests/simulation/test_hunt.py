"""The hunt for seeds that fail: what it finds can be repeated, and is made small."""

from __future__ import annotations

import pytest

from tests.simulation.hunt import failing, main, small
from tests.simulation.mutants import SendsTwice
from tests.simulation.scenario import scenario
from tests.simulation.shrink import wrong

SEED = 10
"""A world with many warnings."""


def test_a_seed_that_fails_is_found_and_made_small() -> None:
    name = SendsTwice.__name__
    assert failing(SEED) is None
    assert failing(SEED, name) is not None
    world, told = small(SEED, name)
    before = scenario(SEED)
    assert world.events < before.events // 2
    assert (world.strikes, world.workers, world.lanes, world.rebalances) == (0, 1, 1, 0.0)
    assert [wrong(world, SendsTwice) for _ in range(2)] == [told, told]
    assert wrong(world) is None


@pytest.mark.slow
def test_the_command_tells_how_many_worlds_it_saw_and_what_to_repeat(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--seeds", "20", "--jobs", "1"]) == 0
    assert "20 seeds, 0 failed" in capsys.readouterr().out
    assert main(["--seeds", "1", "--first", str(SEED), "--jobs", "1", "--worker", SendsTwice.__name__]) == 1
    said = capsys.readouterr().out
    assert f"seed {SEED}: " in said
    assert f"again: make simulate ARGS='--first {SEED} --seeds 1 --worker SendsTwice'" in said
