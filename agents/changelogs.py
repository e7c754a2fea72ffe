"""Whether what is handed on of a changelog connects: Faust's recovery takes any answer for the next one.

Records that were fetched and then dropped, as happens when a rebalance falls into a fetch, would be missing in the rows
without a word: the position has gone on. So positions decide here, as they do for a lane's inputs. Knows no Kafka.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from monitor.engine.fetched import Record

Place = TypeVar("Place")


class Answer(Protocol):
    """One answer for one partition: its records from `start` on, and the position after them."""

    @property
    def start(self) -> int: ...
    @property
    def records(self) -> Sequence[Record]: ...
    @property
    def next(self) -> int: ...


class Reading(Generic[Place]):
    """How far each changelog was handed on since it was last sought."""

    def __init__(self) -> None:
        self._due: dict[Place, int] = {}

    def sought(self, positions: Mapping[Place, int]) -> None:
        """Reading goes on from these positions, whatever was handed on before."""
        self._due.update(positions)

    def gap(self, place: Place, answer: Answer) -> int | None:
        """From where to read again, as this answer leaves something out or was torn by a seek; None if it connects."""
        due = self._due.get(place)
        if due is None or (answer.start <= due and is_whole(answer)):
            return None
        return due

    def handed(self, place: Place, answer: Answer) -> None:
        """This answer is handed on."""
        self._due[place] = max(self._due.get(place, 0), answer.next)


def is_whole(answer: Answer) -> bool:
    """Whether the records lie where the answer says that it began and ended."""
    records = answer.records
    return not records or (answer.start <= records[0].offset and records[-1].offset < answer.next)
