"""Who has which lane: members by their heartbeats, and assignments that reach each of them in its own time."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from tests.simulation.loop import VirtualLoop

if TYPE_CHECKING:
    from tests.simulation.worker import Worker

SESSION = 4.0
"""Virtual seconds without a heartbeat after which a member is taken for dead."""


class Group:
    """Gives every lane to one member. It does not wait until the one before has let go: fencing has to do."""

    def __init__(self, loop: VirtualLoop, random: Random, lanes: int) -> None:
        self.story: list[str] = []
        self.turn = 0
        self._generation = 0
        self._loop = loop
        self._random = random
        self._lanes = lanes
        self._members: dict[Worker, float] = {}
        self._planned = False

    def heard(self, worker: Worker) -> None:
        """A heartbeat; the first one of a member, or the first after its expulsion, gives out the lanes anew."""
        new = worker not in self._members
        self._members[worker] = self._loop.time()
        if new:
            self.rebalance(f"{worker.process.name} joins")

    def look(self) -> None:
        """Expel members that were not heard of for long."""
        oldest = self._loop.time() - SESSION
        for worker in [worker for worker, heard in self._members.items() if heard < oldest]:
            del self._members[worker]
            self.rebalance(f"{worker.process.name} is not heard of")

    def rebalance(self, why: str) -> None:
        """Give out the lanes anew, soon."""
        self.story.append(f"{self._loop.time():7.2f} rebalance: {why}")
        if not self._planned:
            self._planned = True
            self._loop.outside(0.3, self._give_out)

    def _give_out(self) -> None:
        self._planned = False
        self._generation += 1
        members = sorted(self._members, key=lambda worker: worker.process.name)
        for place, worker in enumerate(members):
            lanes = (lane for lane in range(self._lanes) if (lane + self.turn) % len(members) == place)
            self._loop.outside(self._random.uniform(0, 1), worker.assigned, self._generation, tuple(lanes))
