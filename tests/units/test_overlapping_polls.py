"""Two polls of one consumer at once: what one of them brought, the other must not take for read."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.consumer.subscription_state import SubscriptionState

from agents.transport import _Thread
from monitor.engine.fetched import RawRecord

ORDERS = TopicPartition("orders", 0)
RECORDS = [RawRecord(offset, 0, b"ada", b"{}") for offset in range(3)]


class Fetcher:
    """Gives the records to whoever is the first to wait for the second time, as aiokafka does."""

    def __init__(self, subscriptions: SubscriptionState) -> None:
        self._subscriptions = subscriptions
        self._closed = False
        self._records: dict[TopicPartition, Any] = {}
        self._asked = 0

    async def fetched_records(self, *args: Any, **options: Any) -> dict[TopicPartition, Any]:
        self._asked += 1
        first = self._asked == 1
        await asyncio.sleep(0.05 if first else 0.01)
        if first:
            return {}
        state = self._subscriptions.subscription.assignment.state_value(ORDERS)
        state.consumed_to(len(RECORDS))
        return {ORDERS: RECORDS}


async def test_of_two_polls_at_once_only_the_one_with_the_records_moves_the_position() -> None:
    subscriptions = SubscriptionState()
    subscriptions.assign_from_user([ORDERS])
    state = subscriptions.subscription.assignment.state_value(ORDERS)
    state.reset_to(0)
    state.highwater, state.lso, state.timestamp = 3, 3, 1
    consumer: Any = SimpleNamespace(
        _subscription=subscriptions, _fetcher=Fetcher(subscriptions), _closed=False, _max_poll_records=10
    )
    thread: Any = object.__new__(_Thread)
    thread.starts, thread.fetching = {}, asyncio.Lock()
    thread.consumer = SimpleNamespace(flow_active=True)
    fetch = thread._fetch_records  # noqa: SLF001  what Faust calls
    polls = await asyncio.gather(fetch(consumer, None), fetch(consumer, None))
    told = [(poll.get(ORDERS, []), [(each.start, each.position) for each in poll.answers]) for poll in polls]
    assert told == [([], [(0, 0)]), (RECORDS, [(0, 3)])]
