"""A generated shop: its customers' events as they arrive, and the truth about each. Pure and seeded."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec

from monitor.demo import mishaps
from monitor.demo.characters import Customer, Span, make_customer, span_of
from monitor.demo.plays import Delivery, Play
from monitor.demo.service import Happening, orders, service
from schemas.events import EVENT_TYPES
from schemas.fields import told_instant

SOURCE = "/demo/shop"
CUSTOMERS, DAYS = 2_000, 240

_encode = msgspec.json.Encoder().encode


def open_shop(seed: int, customers: int = CUSTOMERS, days: int = DAYS) -> Play:
    """The shop of this seed: the same events, byte for byte, whenever and wherever it is opened."""
    span = span_of(days)
    width = len(str(customers))
    people: dict[str, Customer] = {}
    deliveries: list[Delivery] = []
    for number in range(1, customers + 1):
        # Each customer's own chance: another number of customers leaves the others as they are.
        chance = Random(f"{seed}/{number}")
        customer = make_customer(chance, f"C{number:0{width}}", span)
        people[customer.id] = customer
        deliveries += _deliveries(chance, customer, span)
    deliveries += list(mishaps.spoilt(Random(f"{seed}/spoilt"), deliveries))
    deliveries.sort(key=lambda each: each.arrives)
    return Play(deliveries, span, people, gapless=True)


def _deliveries(chance: Random, customer: Customer, span: Span) -> Iterator[Delivery]:
    happenings = sorted(
        [*orders(chance, customer), *service(chance, customer, span)], key=lambda each: each.at
    )
    for number, happening in enumerate(happenings, 1):
        delivery = mishaps.delayed(chance, _delivery(customer.id, number, happening), span)
        yield delivery
        yield from mishaps.repeated(chance, delivery, span)


def _delivery(customer: str, number: int, happening: Happening) -> Delivery:
    event = {
        "specversion": "1.0",
        "id": f"{customer}/{number}",
        "source": SOURCE,
        "type": happening.type,
        "subject": customer,
        "time": told_instant(happening.at),
        "data": happening.content,
    }
    where = EVENT_TYPES[happening.type].input
    return Delivery(happening.at, happening.at, where, customer.encode(), _encode(event))
