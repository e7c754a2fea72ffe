"""The job that everything is measured on: 120 days of a shop, and the rules that judge it.

Every run makes the same events, to the byte: figures of different days, machines and programs compare.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec

from bench.draws import Draws

RULES = Path(__file__).with_name("rules.yaml")
SILENCE, COMPLAINT = "inactivity", "complaint"
TOPICS = ("orders", "tickets", "contacts")
SHARES = (0.70, 0.15, 0.15)

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)
SPAN = timedelta(days=120)


class Told(NamedTuple):
    """One event of the job: its topic (without prefix), its customer, and itself as JSON."""

    topic: str
    customer: str
    value: bytes


class Size(NamedTuple):
    """How many events of how many customers; the days stay the same."""

    events: int = 300_000
    customers: int = 50_000


FULL = Size()


def events(size: Size = FULL) -> Iterator[Told]:
    """The events in order of time, no two at the same moment; few customers have many, most have few."""
    draws, random = Draws(), Random(7)  # noqa: S311  the same numbers in every run, and nobody's secret
    names = draws.permutation(size.customers)
    who = draws.choice([(place + 20.0) ** -0.9 for place in range(size.customers)], size.events)
    what = draws.choice(SHARES, size.events)
    pause = SPAN / timedelta(milliseconds=1) / size.events
    for number in range(size.events):
        time = BEGIN + timedelta(milliseconds=int(number * pause + random.random() * pause * 0.9))
        customer, topic = f"cust-{names[who[number]]:06d}", TOPICS[what[number]]
        kind, told = _MAKERS[topic](random)
        yield Told(topic, customer, event_json(kind, customer, time, told, f"{random.getrandbits(128):032x}"))


def event_json(kind: str, customer: str, time: datetime, told: dict[str, Any], name: str) -> bytes:
    """A CloudEvent in structured mode, its time to the millisecond."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": name,
            "source": "/shop",
            "type": kind,
            "time": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "datacontenttype": "application/json",
            "subject": customer,
            "data": told,
        }
    )


def time_passed_json(until: datetime, partition: int) -> bytes:
    """The event by which a partition of the clock topic learns that all is told up to `until`."""
    told = {"until": until.isoformat()}
    envelope = {"specversion": "1.0", "id": f"until-{partition}", "source": "/shop", "type": "time.passed"}
    return msgspec.json.encode({**envelope, "time": told["until"], "data": told})


def _order(random: Random) -> tuple[str, dict[str, Any]]:
    return "order.placed", {
        "order_id": f"o-{random.getrandbits(48):012x}",
        "amount": round(random.lognormvariate(3.5, 0.8), 2),
        "currency": "EUR",
        "items": random.randint(1, 9),
    }


def _ticket(random: Random) -> tuple[str, dict[str, Any]]:
    told: dict[str, Any] = {"ticket_id": f"t-{random.getrandbits(40):010x}"}
    told["category"] = random.choice(["delivery", "billing", "product", "account"])
    if random.random() < 0.6:
        told["severity"] = random.choices(["low", "medium", "high"], [0.3, 0.35, 0.35])[0]
        return "ticket.opened", told
    return "ticket.closed", {**told, "resolution": "solved"}


def _contact(random: Random) -> tuple[str, dict[str, Any]]:
    return "contact.made", {
        "channel": random.choice(["email", "phone", "chat"]),
        "sentiment": random.choices(["negative", "neutral", "positive"], [0.35, 0.4, 0.25])[0],
        "agent": f"a-{random.randint(1, 99):02d}",
    }


_MAKERS = {"orders": _order, "tickets": _ticket, "contacts": _contact}
