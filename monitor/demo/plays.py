"""What can be played: records in the order in which they arrive, and what is truly known of the customers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from monitor.demo.characters import Customer, Span
from monitor.engine.fetched import DAWN

INPUTS = ("orders", "tickets", "contacts")
"""The inputs that are played to, in the rank order of the lanes."""

PartitionOf = Callable[[bytes | None], int]


class Delivery(NamedTuple):
    """A record on its way to an input.

    `at` is the time of its event, None for what can't be applied; `arrives` is when the input gets it.
    """

    arrives: datetime
    at: datetime | None
    input: str
    key: bytes | None
    value: bytes


@dataclass(frozen=True)
class Play:
    """Something to play: `deliveries` by arrival, all of them within `span` but for what is spoilt or late.

    `customers` is the truth, by id; None where nobody knows it. `gapless` says that every input goes on by
    itself for as long as the play does; otherwise somebody has to tell now and then that time has passed.
    `left_out` counts what stood in a file and is no record.
    """

    deliveries: Sequence[Delivery]
    span: Span
    customers: Mapping[str, Customer] | None
    gapless: bool
    left_out: int = 0


def as_judged(deliveries: Sequence[Delivery], partition_of: PartitionOf) -> list[Delivery]:
    """The deliveries in the order in which lanes apply them; a file of them replays as the lanes judge.

    A lane merges its inputs by the running maximum of event time in each, so that the late keep their place.
    """
    newest: dict[tuple[str, int], datetime] = {}
    keyed: list[tuple[datetime, int, int]] = []
    for place, delivery in enumerate(deliveries):
        lane = delivery.input, partition_of(delivery.key)
        newest[lane] = max(newest.get(lane, DAWN), delivery.at or DAWN)
        keyed.append((newest[lane], INPUTS.index(delivery.input), place))
    return [deliveries[place] for _, _, place in sorted(keyed)]
