"""A broker in memory, as far as the commit protocol sees one: logs, transactions, fencing, positions of the group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from itertools import count

from monitor.engine.fetched import RawRecord
from tests.simulation.partition import Epoch, Outcome, Partition, Transaction

TRANSACTION_TIMEOUT = timedelta(seconds=6)

Place = tuple[str, int]
Later = Callable[[Callable[[], None]], None]


class BrokerError(Exception):
    """The broker said no, or nothing."""


NEVER = Epoch(-1, -1)
"""Of a producer that has not begun."""


class Fenced(BrokerError):
    """A newer producer has taken over the transactional id, or the broker gave up the transaction."""


class Broker:
    """Topics by name and partition. `time` tells virtual seconds; `later` does something after a while."""

    def __init__(self, time: Callable[[], float], later: Later) -> None:
        self.logs: defaultdict[Place, Partition] = defaultdict(Partition)
        self.applied: dict[Place, int] = {}
        self._time = time
        self._later = later
        self._epochs: dict[str, Epoch] = {}
        self._numbers = count()
        self._ongoing: dict[str, Transaction] = {}

    def produce(self, place: Place, records: Sequence[RawRecord]) -> None:
        """Write without a transaction."""
        self.logs[place].append(records)

    def forget(self, name: str) -> None:
        """Forget a transactional id that has nothing open, as brokers do after a while without transactions."""
        self._expire()
        if name not in self._ongoing:
            self._epochs.pop(name, None)

    def init(self, name: str) -> Epoch:
        """Settle what the transactional id has left open, and fence all its producers; the new epoch."""
        self._expire()
        transaction = self._ongoing.get(name)
        if transaction is not None:
            self._settle(transaction, Outcome.ABORTED)
        last = self._epochs.get(name) or Epoch(next(self._numbers), -1)
        self._epochs[name] = last._replace(epoch=last.epoch + 1)
        return self._epochs[name]

    def write(self, name: str, epoch: Epoch, place: Place, records: Sequence[RawRecord]) -> int:
        """Write within the producer's transaction, which begins with its first write; the last offset."""
        self._check(name, epoch)
        return self.logs[place].append(records, self._opened(name, epoch))

    def commit(self, name: str, epoch: Epoch, applied: Mapping[Place, int]) -> None:
        """Decide that the transaction counts; each partition's readers see it when its marker is written.

        Positions can begin a transaction, as records can.
        """
        self._check(name, epoch)
        transaction = self._opened(name, epoch) if applied else self._ongoing.get(name)
        if transaction is None or transaction.outcome is not Outcome.OPEN:
            raise BrokerError("there is no transaction to commit")
        transaction.applied = dict(applied)
        transaction.outcome = Outcome.COMMITTED
        for log in transaction.places:
            self._later(lambda log=log: log.mark(transaction))  # type: ignore[misc]
        self._later(lambda: self._settle(transaction, Outcome.COMMITTED))

    def unsettled(self, place: Place) -> int:
        """The group's position as old brokers told it: also out of transactions that are not settled."""
        told = [each.applied[place] for each in self._ongoing.values() if place in each.applied]
        return max([self.applied.get(place, 0), *told])

    def stable_end(self, place: Place) -> int:
        """The end of what a reader of committed records can get."""
        self._expire()
        return self.logs[place].stable_end

    def _opened(self, name: str, epoch: Epoch) -> Transaction:
        transaction = self._ongoing.get(name)
        if transaction is not None and transaction.outcome is not Outcome.OPEN:
            self._settle(transaction, transaction.outcome)
            transaction = None
        if transaction is None:
            transaction = self._ongoing[name] = Transaction(name, epoch, self._time())
        return transaction

    def _check(self, name: str, epoch: Epoch) -> None:
        self._expire()
        if name not in self._epochs:
            raise BrokerError(f"{name} is not known any more")
        if self._epochs[name] != epoch:
            raise Fenced(name)

    def _settle(self, transaction: Transaction, outcome: Outcome) -> None:
        """Write all markers that are missing; only an open transaction can still be decided."""
        if transaction.outcome is Outcome.OPEN:
            transaction.outcome = outcome
        for log in transaction.places:
            log.mark(transaction)
        if self._ongoing.get(transaction.name) is transaction:
            del self._ongoing[transaction.name]
            if transaction.outcome is Outcome.COMMITTED:
                self.applied.update(transaction.applied)

    def _expire(self) -> None:
        oldest = self._time() - TRANSACTION_TIMEOUT.total_seconds()
        for transaction in [each for each in self._ongoing.values() if each.began < oldest]:
            if transaction.outcome is Outcome.OPEN:
                last = self._epochs[transaction.name]
                self._epochs[transaction.name] = last._replace(epoch=last.epoch + 1)
                self._settle(transaction, Outcome.ABORTED)
