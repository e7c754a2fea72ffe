"""The same events judged by the whole rule file that ships, live and offline; both have to tell the same."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bench.exact import NONE
from bench.figures import Expected, Figure
from bench.lane import run_lane, time_of
from bench.offline import run_replay
from bench.stage import Stage

FIGURES = (
    Figure("events_per_second", "pace of the lane", "events/s", expected=Expected("at least", 25_000)),
    Figure("cpu_per_event", "CPU of the worker", "µs/event", 1, Expected("at most", 40)),
    Figure("peak_memory", "its peak memory", "MB"),
    Figure("offline_per_second", "pace of replay, start-up not counted", "events/s"),
    Figure("offline_cpu", "CPU of replay, start-up not counted", "µs/event", 1),
    Figure("transitions", "transitions of warnings"),
    Figure("gaps", "gaps between steps", expected=NONE),
    Figure("repeated", "transitions told twice", expected=NONE),
    Figure("differing", "told by the lane or by replay alone", expected=NONE),
)


class _Event(msgspec.Struct):
    id: str


async def measure(stage: Stage) -> dict[str, float]:
    """One worker process, then `replay` up to the same moment."""
    lane = await run_lane(stage, stage.settings(None, clock="event"))
    offline = await run_replay(stage, "--until", time_of(stage.told[-1].value).isoformat())
    live, replayed = _ids(lane.told), _ids(offline.told)
    taken = ("events_per_second", "cpu_per_event", "peak_memory", "gaps")
    return {
        **{name: lane.figures[name] for name in taken},
        "offline_per_second": offline.figures["events_per_second"],
        "offline_cpu": offline.figures["cpu_per_event"],
        "transitions": len(lane.told),
        "repeated": len(lane.told) - len(live),
        "differing": len(live ^ replayed),
    }


def _ids(transitions: Iterable[bytes]) -> set[str]:
    decode = msgspec.json.Decoder(_Event).decode
    return {decode(each).id for each in transitions}
