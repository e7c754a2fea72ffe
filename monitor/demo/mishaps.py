"""What goes wrong between a shop and its topics: late, repeated and spoilt records. Pure and seeded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from monitor.demo.characters import Span
from monitor.demo.plays import Delivery

LATE = 0.02
REPEATED = 0.015
LONGEST_DELAY = timedelta(days=3)

ONE_IN = 2_500
FEWEST_SPOILT = 7


def delayed(chance: Random, delivery: Delivery, span: Span) -> Delivery:
    """The delivery, in a few cases hours or days late."""
    if chance.random() >= LATE:
        return delivery
    delay = min(timedelta(hours=1 + chance.lognormvariate(2.3, 1.0)), LONGEST_DELAY)
    return delivery._replace(arrives=min(delivery.arrives + delay, span.until))


def repeated(chance: Random, delivery: Delivery, span: Span) -> Iterator[Delivery]:
    """The same once more, in a few cases, a little later."""
    if chance.random() < REPEATED:
        again = delivery.arrives + timedelta(minutes=chance.uniform(1, 600))
        yield delivery._replace(arrives=min(again, span.until))


def spoilt(chance: Random, deliveries: Sequence[Delivery]) -> Iterator[Delivery]:
    """Records that nobody can apply, beside the good ones that they were made of: some of each kind."""
    many = max(FEWEST_SPOILT, len(deliveries) // ONE_IN)
    for number in range(many):
        kind, spoil = _WAYS[number % len(_WAYS)]
        made_of = chance.choice([each for each in deliveries if each.input == kind])
        yield made_of._replace(at=None, value=spoil(made_of.value, f"spoilt-{number}"))


def _changed(value: bytes, name: str, **changes: Any) -> bytes:
    event = json.loads(value) | {"id": name} | changes
    told = {key: each for key, each in event.items() if each is not None}
    return json.dumps(told, separators=(",", ":")).encode()


def _torn(value: bytes, _name: str) -> bytes:
    return value[: len(value) // 2]


def _latin(value: bytes, name: str) -> bytes:
    return _changed(value, name, source="caf?").replace(b"caf?", b"caf\xe9")


def _naive(value: bytes, name: str) -> bytes:
    return _changed(value, name, time=json.loads(value)["time"].removesuffix("Z"))


def _negative(value: bytes, name: str) -> bytes:
    return _changed(value, name, data={"amount": -12.5})


def _nobodys(value: bytes, name: str) -> bytes:
    return _changed(value, name, subject=None)


def _from_the_future(value: bytes, name: str) -> bytes:
    return _changed(value, name, time="2099-01-01T00:00:00Z")


def _unknown(value: bytes, name: str) -> bytes:
    return _changed(value, name, type="order.dreamt_of", data={})


_WAYS: tuple[tuple[str, Callable[[bytes, str], bytes]], ...] = (
    ("tickets", _torn),
    ("orders", _latin),
    ("contacts", _naive),
    ("orders", _negative),
    ("tickets", _nobodys),
    ("orders", _from_the_future),
    ("orders", _unknown),
)
