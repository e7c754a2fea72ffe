"""Putting records in the order of time, in memory. Which files need it is decided in `files`."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from monitor.offline.records import RawRecord, Record, RejectedRow


def by_time(timed: Iterable[tuple[str, Record]]) -> Iterator[Record]:
    """Yield the records of (time, record) by time, equal times in their order, rejected rows first.

    `consumed` grows with what was yielded, for by then all is read. The records are held in columns:
    no object that the garbage collector would have to walk through, and less memory.
    """
    times: list[str] = []
    places: list[str] = []
    positions = array("q")
    values: list[bytes] = []
    size = 0
    for time, record in timed:
        size = record.consumed
        if isinstance(record, RejectedRow):
            yield record._replace(consumed=0)
            continue
        times.append(time)
        places.append(record.place)
        positions.append(record.position)
        values.append(record.value)
    for count, at in enumerate(sorted(range(len(times)), key=times.__getitem__), 1):
        yield RawRecord(places[at], positions[at], values[at], size * count // len(times))
