"""The yardstick: what the bare rules cost in plain Python, here and now, so that machines can be compared."""

from __future__ import annotations

import time
from collections import Counter

from bench.figures import Figure
from bench.stage import Stage
from bench.truth import true_warnings

FIGURES = (Figure("cpu_per_event", "the bare rules in plain Python", "µs/event", 1),)


async def measure(stage: Stage) -> dict[str, float]:
    """Judge the whole job without time, state or broker of ours."""
    stage.tell("the bare rules")
    began = time.process_time()
    warned = true_warnings(each.value for each in stage.told)
    spent = time.process_time() - began
    if Counter(warned) != stage.truth:
        raise AssertionError("the same events have one answer")
    return {"cpu_per_event": spent / len(stage.told) * 1e6}
