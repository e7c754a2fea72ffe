"""What a reader of committed records saw on a lane's output topics: by name, in some 100 bytes a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
from xxhash import xxh3_128_intdigest

from monitor.engine.fetched import Record
from monitor.engine.outputs import CUSTOMERS, DEAD_LETTERS, REJECTIONS, SHADOW, WARNINGS
from schemas.dead_letters import OFFSET, PARTITION, TOPIC

NAMED = (WARNINGS, SHADOW, CUSTOMERS, REJECTIONS, DEAD_LETTERS)
"""The outputs of which each record has a name of its own."""

ORIGIN = (TOPIC, PARTITION, OFFSET)


class _Event(msgspec.Struct):
    id: str


_event = msgspec.json.Decoder(_Event).decode


class Place(NamedTuple):
    """Where a record was seen, and the digest of all that it holds."""

    offset: int
    digest: int


class Seen:
    """The records of one lane on one output, by their names; each name should be there once."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self._places: dict[str, list[Place]] = {}
        self._told: set[str] = set()

    def add(self, records: Iterable[Record]) -> None:
        """Take in records, in the order of their log."""
        for record in records:
            name = name_of(record.key, record.value, record.headers)
            digest = digest_of(record.key, record.value, record.headers)
            self._places.setdefault(name, []).append(Place(record.offset, digest))

    def of(self, name: str) -> Place | None:
        """Where the record of this name was seen first; it counts as accounted for from now on."""
        self._told.add(name)
        places = self._places.get(name)
        return places[0] if places else None

    def doubled(self) -> Iterator[tuple[str, Sequence[Place]]]:
        """The names that were seen more than once, with all their places."""
        return ((name, places) for name, places in self._places.items() if len(places) > 1)

    def extra(self) -> Iterator[tuple[str, Place]]:
        """The names that nobody asked for."""
        return ((name, places[0]) for name, places in self._places.items() if name not in self._told)

    def places(self) -> list[Place]:
        """All places, in the order of the log."""
        return sorted(place for places in self._places.values() for place in places)

    def __len__(self) -> int:
        return sum(map(len, self._places.values()))


def name_of(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> str:
    """The name of a record: of an event its id, of a dead letter the place that it comes from."""
    told = dict(headers)
    if TOPIC in told:
        return "/".join(told.get(name, b"?").decode(errors="replace") for name in ORIGIN)
    try:
        return _event(value or b"").id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return f"unreadable {digest_of(key, value, headers):x}"


def digest_of(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> int:
    """128 bits of everything in a record."""
    return xxh3_128_intdigest(msgspec.msgpack.encode((key, value, list(headers))))
