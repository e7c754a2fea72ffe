"""One customer's row out of the table's changelog, with the row of the lane that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from monitor.adapters.kafka_logs.reading import LogReader, Show
from monitor.engine.step import LaneRow, is_lane_key, lane_key, lane_row_from_bytes
from schemas.topics import CHANGELOG

MOST_SEARCHED = 500_000
"""Offsets of other partitions that are searched for a customer who is not where the partitioner says: seconds."""

MOST_NAMED = 100_000
"""Other customers whose ids are kept, to say who may have been meant."""

Homes = Callable[[int], Collection[int]]
"""From the number of partitions to those on which the customer may be."""


class FoundRow(NamedTuple):
    """A customer's newest row and where it stands; `lane` is the lane's own as of the same moment."""

    raw: bytes
    partition: int
    lane: LaneRow


class Rows(NamedTuple):
    """What was found: None where there is no row; `others` are the ids of customers that were passed by.

    `searched` says how many partitions were read, of `partitions`.
    """

    found: FoundRow | None
    others: set[str]
    searched: int
    partitions: int


async def find_row(reader: LogReader, customer: str, homes: Homes, show: Show = lambda *_: None) -> Rows:
    """Look where the customer's key belongs, and then elsewhere, where that is no long work.

    Raises `ConfigError` where there is no changelog.
    """
    partitions = await reader.partitions(CHANGELOG)
    home = [each for each in partitions if each in homes(len(partitions))]
    others: set[str] = set()
    found = await _search(reader, customer, home, others, show)
    elsewhere = [each for each in partitions if each not in home]
    if found is not None or await reader.size(CHANGELOG, elsewhere) > MOST_SEARCHED:
        return Rows(found, others, len(home), len(partitions))
    found = await _search(reader, customer, elsewhere, others, show)
    return Rows(found, others, len(partitions), len(partitions))


async def _search(
    reader: LogReader, customer: str, partitions: Collection[int], others: set[str], show: Show
) -> FoundRow | None:
    wanted, lanes = customer.encode(), {lane_key(each) for each in partitions}
    rows: dict[int, bytes | None] = {}
    own: dict[bytes, bytes | None] = {}
    async for records in reader.whole(CHANGELOG, partitions, show):
        for record in records:
            key = record.key or b""
            if key == wanted:
                rows[record.partition] = record.value
            elif key in lanes:
                own[key] = record.value
            elif len(others) < MOST_NAMED and not is_lane_key(key):
                others.add(key.decode())
    for partition, raw in rows.items():
        lane = own.get(lane_key(partition))
        if raw is not None and lane is not None:  # a step writes both
            return FoundRow(raw, partition, lane_row_from_bytes(lane))
    return None
