"""Lanes sent on with a topic that was made anew: by a step of their own, while no worker runs.

The step stands on the steps topic like any other, so a replay that follows them goes on at the same place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from monitor.adapters.kafka_logs import reading, refuse_workers, write
from monitor.adapters.topics import topic_ids
from monitor.engine.outputs import outputs
from monitor.engine.step import LaneRow, Log, lane_key, lane_row_from_bytes, restarted
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.topics import CHANGELOG, topic_name

NO_LETTERS = 0


class Restart(NamedTuple):
    """Where a lane stood in an input, by its row, the topic's id as it knew it, and with which log it is to go on."""

    lane: int
    row: LaneRow
    position: int
    known: str
    log: Log

    def plain(self) -> dict[str, object]:
        """In words."""
        known = {"read up to": self.position, "of topic": self.known, "goes on at": self.log.start}
        return {"lane": self.lane, **known, "of": self.log.id}


async def restarts(settings: Settings, name: str) -> list[Restart]:
    """The lanes that can't go on with an input as it is now: its topic is another, or ends before their position.

    A topic made anew is read from where it starts; one that is the same and has lost its end, from where it ends now.
    Raises `ConfigError`, `StoreUnavailable`.
    """
    topic = topic_name(name, settings)
    async with reading(settings) as reader:
        bounds = await reader.bounds(name, await reader.partitions(name))
        rows = {
            lane: lane_row_from_bytes(record.value)
            for lane, record in (await reader.newest(CHANGELOG, await reader.partitions(CHANGELOG))).items()
            if record.value is not None and record.key == lane_key(lane)
        }
    now = (await topic_ids(settings, [topic])).get(topic, "")
    found = []
    for lane, row in sorted(rows.items()):
        (start, end), position, known = bounds[lane], row.applied.get(name, 0), row.logs.get(name, "")
        if known != now or position > end:
            goes_on = end if known == now != "" else start
            found.append(Restart(lane, row, position, known, Log(now, goes_on)))
    return found


async def restart(settings: Settings, name: str, lanes: Iterable[Restart]) -> None:
    """Write the step of each lane, from which on it reads the input's topic as it is now.

    Raises `ConfigError` where a worker runs, `StoreUnavailable`.
    """
    await refuse_workers(settings)
    for each in lanes:
        await _write(settings, name, each)


async def _write(settings: Settings, name: str, lane: Restart) -> None:
    step = restarted(lane.row, lane.lane, {name: lane.log})

    async def still() -> None:
        async with reading(settings) as reader:
            newest = (await reader.newest(CHANGELOG, [lane.lane]))[lane.lane]
        if newest.value is None or lane_row_from_bytes(newest.value).step != lane.row.step:
            raise ConfigError(
                "a worker has gone on meanwhile", where=f"lane {lane.lane}", remedy="stop them all"
            )

    rows = [(CHANGELOG, key, value) for key, value in step.rows()]
    told = [(topic, key, value) for topic, key, value, _ in outputs(step, longest=NO_LETTERS)]
    await write(settings, lane.lane, [*rows, *told], still=still)
