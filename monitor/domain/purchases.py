"""What a customer's orders amount to, and which of them have not come yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from msgspec.structs import replace
from xxhash import xxh3_64_digest

from monitor.domain import rings
from monitor.domain.state import Purchases

SETTLING = ("order.delivered", "order.cancelled", "order.returned")
"""What ends the waiting for an order."""

HASH = 8
ENTRY = HASH + rings.WIDTH
KEPT = 8
"""Orders, and ends of orders, that are kept; the oldest makes room."""

NO_ID = bytes(HASH)


class _Entry(NamedTuple):
    at: datetime
    order: bytes


def with_placed_order(purchases: Purchases, event: Any, packed: bytes) -> Purchases:
    """The purchases after an order at `packed`; it waits for its delivery if it has an id to be delivered by."""
    content = event.data
    placed = purchases.placed
    if content.order_id is not None:
        placed = _added(placed, content.order_id, packed)
    return Purchases(
        purchases.sales + content.amount,
        purchases.margin + (content.margin or 0.0),
        purchases.refunds,
        placed,
        purchases.settled,
        purchases.delivered,
        purchases.expenses,
    )


def settled(purchases: Purchases, event: Any) -> Purchases:
    """The purchases after a delivery, a cancellation or a return."""
    ends = _added(purchases.settled, event.data.order_id, rings.pack(event.time))
    return replace(purchases, settled=ends, delivered=purchases.delivered + (event.type == "order.delivered"))


def refunded(purchases: Purchases, event: Any) -> Purchases:
    """The purchases after money was given back."""
    return replace(purchases, refunds=purchases.refunds + (event.data.amount or 0.0))


def spent(purchases: Purchases, cost: float) -> Purchases:
    """The purchases after a contact that cost us something."""
    return replace(purchases, expenses=(purchases.expenses or 0.0) + cost)


def contribution(purchases: Purchases) -> float:
    """What is left of a customer's margin (sales where none was told): less the share refunded, less expenses."""
    brought = purchases.margin or purchases.sales
    if purchases.refunds and purchases.sales:
        brought *= max(0.0, 1 - purchases.refunds / purchases.sales)
    return brought - (purchases.expenses or 0.0)


def waiting_since(purchases: Purchases) -> list[datetime]:
    """When the orders were placed that have not been delivered, called off or sent back; the oldest first.

    An end without an id is that of the oldest order that was waiting then.
    """
    ends = list(_entries(purchases.settled))
    waiting = [
        each
        for each in _entries(purchases.placed)
        if not any(end.order == each.order and end.at >= each.at for end in ends)
    ]
    for end in ends:
        if end.order == NO_ID and waiting and waiting[0].at <= end.at:
            waiting = waiting[1:]
    return [each.at for each in waiting]


def _added(entries: bytes, order: str | None, packed: bytes) -> bytes:
    own = (NO_ID if order is None else xxh3_64_digest(order.encode())) + packed
    if not entries or rings.is_in_order(entries, own):
        return (entries + own)[-ENTRY * KEPT :]
    split = [entries[place : place + ENTRY] for place in range(0, len(entries), ENTRY)]
    told = sorted([*split, own], key=lambda entry: (rings.last(entry), entry))
    return b"".join(told[-KEPT:])


def _entries(entries: bytes) -> Iterator[_Entry]:
    """The entries in the order of time."""
    split = (entries[place : place + ENTRY] for place in range(0, len(entries), ENTRY))
    return iter(sorted(_Entry(rings.last(entry), entry[:HASH]) for entry in split))
