"""The stream: customers who buy, complain and leave, at a steady rate, with repeats, late events and bad records.

What was sent and acknowledged is known by id; what it means is for the judge.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from monitor.adapters.partitioners import home_of
from schemas.settings import Settings
from schemas.topics import topic_name

TICK = 0.05
CUSTOMERS = 1_500
LEAVING = 0.4
"""The share of customers who leave some time during the run."""

REPEATED, LATE = 0.02, 0.02
LATEST = 8.0
MOST_TICKETS = 3
KINDS = {
    "order.placed": 58,
    "ticket.opened": 10,
    "ticket.resolved": 10,
    "contact.made": 14,
    "order.cancelled": 2,
}
ASIDES = {"profile.updated": 3, "customer.moved": 3}
TOPICS = {
    "order": "orders",
    "ticket": "tickets",
    "contact": "contacts",
    "profile": "customers",
    "customer": "commands",
}
LINGER = 10
PATIENCE = 300_000
"""Milliseconds for which the producer goes on trying: longer than any fault."""


class Shop:
    """Sends `rate` events a second until it is told to stop; `burst` makes it more for a while."""

    def __init__(self, settings: Settings, seed: int, rate: int, lasts: float) -> None:
        self.burst = 1.0
        self.sent = self.facts = 0
        self.prefix = f"c{seed}-"
        self.counts: Counter[str] = Counter()
        self.last: datetime = datetime.now(UTC)
        """The time of the newest event."""
        self._settings = settings
        self._seed = seed
        self._random = random = Random(seed)
        self.rate = rate
        self._names = [f"{self.prefix}{number}" for number in range(CUSTOMERS)]
        self._weights = [(number + 20) ** -0.8 for number in range(CUSTOMERS)]
        random.shuffle(self._weights)
        began = time.monotonic()
        self._leaves = {
            name: began + random.uniform(0.05, 1.1) * lasts
            for name in self._names
            if random.random() < LEAVING
        }
        self._open: dict[str, list[str]] = {}
        self._before: dict[str, tuple[str, bytes]] = {}
        self._pending: set[asyncio.Future[Any]] = set()
        self._producer: Any = None
        self._stopping = False
        self._draws: dict[str, Callable[[str], dict[str, Any]]] = {
            "order.placed": self._order,
            "ticket.opened": self._ticket,
            "ticket.resolved": self._resolved,
            "contact.made": self._contact,
        }

    async def run(self) -> None:
        """Sell until `stop`, then wait until the broker has everything."""
        self._producer = AIOKafkaProducer(
            **self._settings.kafka_options(),
            enable_idempotence=True,
            linger_ms=LINGER,
            request_timeout_ms=PATIENCE,
        )
        await self._producer.start()
        try:
            due, ahead = time.monotonic(), 0.0
            while not self._stopping:
                ahead += self.rate * TICK * self.burst
                while ahead >= 1:
                    ahead -= 1
                    await self._sell()
                due = max(due + TICK, time.monotonic())
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            await asyncio.gather(*self._pending, return_exceptions=True)
        finally:
            await self._producer.stop()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopping = True

    async def tell(self, *topics: str, records: Iterable[tuple[bytes | None, bytes | None]]) -> None:
        """Put any records on every partition of these topics, and wait until they stand there."""
        places = [(topic, lane) for topic in topics for lane in range(self._settings.partitions)]
        async with AIOKafkaProducer(**self._settings.kafka_options()) as producer:
            for (topic, lane), (key, value) in product(places, records):
                await producer.send_and_wait(topic_name(topic, self._settings), value, key, lane)

    async def _sell(self) -> None:
        random, (name,) = self._random, self._random.choices(self._names, self._weights)
        left = self._leaves.get(name)
        if left is not None and left < time.monotonic():
            return
        if random.random() < REPEATED and name in self._before:
            topic, value = self._before[name]
            self.counts["repeated"] += 1
            await self._put(topic, name, value)
            return
        (kind,) = random.choices([*KINDS, *ASIDES], [*KINDS.values(), *ASIDES.values()])
        if kind == "ticket.resolved" and not self._open.get(name):
            kind = "order.placed"
        if kind == "ticket.opened" and len(self._open.get(name, ())) >= MOST_TICKETS:
            kind = "ticket.resolved"
        await self._happen(kind, name)

    async def _happen(self, kind: str, name: str) -> None:
        moment = datetime.now(UTC)
        if kind in self._draws and kind != "ticket.resolved" and self._random.random() < LATE:
            moment -= timedelta(seconds=self._random.uniform(0.5, LATEST))
            self.counts["late"] += 1
        self.last = max(self.last, moment)
        data = self._draws[kind](name) if kind in self._draws else self._aside(kind)
        self.sent += 1
        event: dict[str, Any] = {
            "specversion": "1.0",
            "id": f"{self._seed}-{self.sent}",
            "source": "/chaos",
            "type": kind,
        }
        event |= {"subject": name, "time": moment.isoformat().replace("+00:00", "Z"), "data": data}
        topic, value = TOPICS[kind.partition(".")[0]], msgspec.json.encode(event)
        self.counts[kind] += 1
        if topic in ("orders", "tickets", "contacts"):
            self._before[name] = topic, value
            self.facts += 1
        await self._put(topic, name, value)

    async def _put(self, topic: str, name: str, value: bytes) -> None:
        home = home_of(name.encode(), self._settings.partitions, "murmur2")
        await self._send(topic, name.encode(), value, home or 0)

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, partition: int) -> None:
        sent = await self._producer.send(topic_name(topic, self._settings), value, key, partition)
        self._pending.add(sent)
        sent.add_done_callback(self._settled)

    def _settled(self, sent: asyncio.Future[Any]) -> None:
        self._pending.discard(sent)
        if sent.cancelled() or sent.exception() is not None:
            self.counts["not acknowledged"] += 1

    def _order(self, name: str) -> dict[str, Any]:
        return {"amount": round(self._random.lognormvariate(3.5, 0.8), 2)}

    def _ticket(self, name: str) -> dict[str, Any]:
        ticket = f"t-{self.sent}"
        self._open.setdefault(name, []).append(ticket)
        return {"ticket_id": ticket, "severity": self._random.choice(["low", "medium", "high"])}

    def _resolved(self, name: str) -> dict[str, Any]:
        return {"ticket_id": self._open[name].pop(0)}

    def _contact(self, name: str) -> dict[str, Any]:
        return {"sentiment": self._random.choice(["negative", "negative", "neutral", "positive"])}

    def _aside(self, kind: str) -> dict[str, Any]:
        return {"segments": [self._random.choice("abc")]} if kind == "profile.updated" else {}
