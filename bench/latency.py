"""Latency: a steady stream on the wall clock; how long from a customer's third complaint to the warning."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from bench.commands import detecting
from bench.exact import NONE
from bench.figures import Expected, Figure, share
from bench.job import COMPLAINT, event_json
from bench.log import polled, producing, reading
from bench.stage import Stage
from monitor.adapters.topics import ensure
from schemas.settings import Settings
from schemas.topics import topic_name

RATE = 500
WARM_UP, MEASURED = 2 * RATE, 20 * RATE
AT_ONCE, LIFE = 50, 10
"""Customers that take turns, and events of each, the last of which is the third complaint."""

LAST_CALL = 10.0

FIGURES = (
    Figure("p50", "half of the warnings within", "ms", 1),
    Figure("p99", "99 % within", "ms", 1, Expected("at most", 150)),
    Figure("longest", "all within", "ms", 1),
    Figure("warnings", "warnings measured"),
    Figure("lost", "warnings that never came", expected=NONE),
    Figure("events_per_second", "pace of sending", "events/s"),
    Figure("cpu_share", "CPU of the worker", "% of a core"),
)


class Sending(NamedTuple):
    """One event to send; `complaint` is its customer's first, second or third, or 0 if it is none."""

    topic: str
    kind: str
    customer: str
    told: dict[str, Any]
    complaint: int


def stream(events: int) -> Iterator[Sending]:
    """Events of customers who take turns and live staggered lives, so that warnings come evenly."""
    for number in range(events):
        turn, seat = divmod(number, AT_ONCE)
        life, age = divmod(turn + seat % LIFE, LIFE)
        yield _sending(f"guest-{seat}-{life}", age, odd=life % 2 == 1)


def _sending(customer: str, age: int, *, odd: bool) -> Sending:
    complaint = {3: 1, 6: 2, 9: 3}.get(age, 0)
    if not complaint:
        order = {"order_id": f"{customer}-{age}", "amount": 20.0, "currency": "EUR", "items": 1}
        return Sending("orders", "order.placed", customer, order, 0)
    if complaint == 1 or (complaint == 3 and odd):
        ticket = {"ticket_id": f"{customer}-{age}", "category": "delivery", "severity": "high"}
        return Sending("tickets", "ticket.opened", customer, ticket, complaint)
    contact = {"channel": "phone", "sentiment": "negative"}
    return Sending("contacts", "contact.made", customer, contact, complaint)


async def measure(stage: Stage) -> dict[str, float]:
    """From just before each event is handed to the producer to when a reader of what is committed has it."""
    settings = stage.settings(clock="wall")
    await ensure(settings)
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    async with reading(settings, "churn.warnings") as warnings, detecting(settings, stage.scratch) as worker:
        await worker.ready()
        watching = asyncio.create_task(_watch(warnings, seen))
        try:
            stage.tell("warming up")
            plan = list(stream(WARM_UP + MEASURED))
            await _send(settings, plan[:WARM_UP], {})
            stage.tell(f"{RATE} events/s for {MEASURED // RATE} s")
            before = worker.spent()
            await worker.alive(_send(settings, plan[WARM_UP:], sent))
            spent = worker.spent().since(before)
            await _last_call(sent, seen)
        finally:
            watching.cancel()
    waits = [(seen[customer] - sent[customer]) * 1000 for customer in sent.keys() & seen.keys()]
    return {
        "p50": share(waits, 50),
        "p99": share(waits, 99),
        "longest": max(waits),
        "warnings": len(waits),
        "lost": len(sent) - len(waits),
        "events_per_second": MEASURED / spent.wall,
        "cpu_share": spent.cpu / spent.wall * 100,
    }


async def _send(settings: Settings, plan: list[Sending], sent: dict[str, float]) -> None:
    """Send at a steady pace, waiting for no acknowledgement; note when each third complaint was sent."""
    async with producing(settings) as producer:
        began = time.perf_counter()
        for number, each in enumerate(plan):
            await asyncio.sleep(began + number / RATE - time.perf_counter())
            moment = datetime.now(UTC)
            name = f"{each.customer}-{moment.timestamp()}"
            value = event_json(each.kind, each.customer, moment, each.told, name)
            if each.complaint == 3:
                sent[each.customer] = time.perf_counter()
            topic = topic_name(each.topic, settings)
            await producer.send(topic, value, key=each.customer.encode())


async def _watch(warnings: Any, seen: dict[str, float]) -> None:
    """Note when each customer's warning of complaints was there to be read, for ever."""
    while True:
        values = await polled(warnings)
        now = time.perf_counter()
        for value in values:
            warning = msgspec.json.decode(value)
            if warning["type"] == "warning.firing" and warning["data"]["rule"] == COMPLAINT:
                seen.setdefault(warning["subject"], now)


async def _last_call(sent: dict[str, float], seen: dict[str, float]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(LAST_CALL):
            while sent.keys() - seen.keys():  # noqa: ASYNC110  the watching must not pay for an event
                await asyncio.sleep(0.05)
