"""The log in memory keeps the promises of the real one that the protocol rests on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from monitor.engine.fetched import RawRecord
from tests.simulation.broker import TRANSACTION_TIMEOUT, Broker, BrokerError, Fenced

PLACE = "rows", 0


class Clocked:
    """A broker at a virtual second, whose markers wait until they are asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waiting: list[Callable[[], None]] = []
        self.broker = Broker(lambda: self.now, self.waiting.append)

    def settle(self) -> None:
        for action in self.waiting:
            action()

    def read(self, *, committed: bool = True) -> list[int]:
        return [record.offset for record in self.broker.logs[PLACE].read(0, 100, committed=committed)[0]]


@pytest.fixture
def clocked() -> Clocked:
    return Clocked()


def record(key: bytes = b"ada") -> RawRecord:
    return RawRecord(0, 0, key, b"x")


def test_an_open_transaction_hides_itself_and_all_behind_it(clocked: Clocked) -> None:
    broker = clocked.broker
    broker.write("a", broker.init("a"), PLACE, [record()])
    broker.produce(PLACE, [record()])
    assert (clocked.read(), broker.stable_end(PLACE)) == ([], 0)
    assert clocked.read(committed=False) == [0, 1]


def test_a_commit_shows_when_its_marker_is_written(clocked: Clocked) -> None:
    broker = clocked.broker
    epoch = broker.init("a")
    broker.write("a", epoch, PLACE, [record(), record()])
    broker.commit("a", epoch, {PLACE: 7})
    assert (clocked.read(), broker.applied) == ([], {})
    clocked.settle()
    assert (clocked.read(), broker.applied, broker.stable_end(PLACE)) == ([0, 1], {PLACE: 7}, 3)


def test_a_newer_producer_settles_what_was_decided_and_aborts_what_was_not(clocked: Clocked) -> None:
    broker = clocked.broker
    first = broker.init("a")
    broker.write("a", first, PLACE, [record()])
    broker.commit("a", first, {})
    second = broker.init("a")
    broker.write("a", second, PLACE, [record()])
    broker.init("a")
    assert (clocked.read(), broker.stable_end(PLACE)) == ([0], 4)


def test_an_older_producer_can_neither_write_nor_commit(clocked: Clocked) -> None:
    broker = clocked.broker
    old = broker.init("a")
    broker.write("a", old, PLACE, [record()])
    broker.init("a")
    with pytest.raises(Fenced):
        broker.write("a", old, PLACE, [record()])
    with pytest.raises(Fenced):
        broker.commit("a", old, {})


def test_a_transaction_left_open_for_too_long_is_aborted_and_its_producer_fenced(clocked: Clocked) -> None:
    broker = clocked.broker
    epoch = broker.init("a")
    broker.write("a", epoch, PLACE, [record()])
    clocked.now = TRANSACTION_TIMEOUT.total_seconds() + 1
    assert broker.stable_end(PLACE) == 2
    with pytest.raises(Fenced):
        broker.commit("a", epoch, {})


def test_nothing_can_be_committed_twice(clocked: Clocked) -> None:
    broker = clocked.broker
    epoch = broker.init("a")
    broker.write("a", epoch, PLACE, [record()])
    broker.commit("a", epoch, {})
    with pytest.raises(BrokerError):
        broker.commit("a", epoch, {})


def test_compaction_leaves_the_last_record_of_each_key_where_it_was(clocked: Clocked) -> None:
    broker = clocked.broker
    broker.produce(PLACE, [record(b"ada"), record(b"bo"), record(b"ada")])
    aborted = broker.init("a")
    broker.write("a", aborted, PLACE, [record(b"bo")])
    broker.init("a")
    broker.logs[PLACE].compact()
    assert clocked.read() == [1, 2]
    assert clocked.read(committed=False) == [1, 2]
