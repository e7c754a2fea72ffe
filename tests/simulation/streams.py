"""What producers send in a simulated world: good events, late, repeated and simultaneous ones, and bad records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from monitor.adapters.partitioners import belongs_to
from monitor.domain.life import warning_id
from monitor.engine.fetched import CLOCK, COMMANDS, PROFILES, RawRecord
from tests.simulation.broker import Place
from tests.simulation.scenario import BEGIN, END, Scenario

CUSTOMERS = ("ada", "bo", "cy", "dee", "eli", "fay")

KINDS: dict[str, Sequence[tuple[str, dict[str, Any]]]] = {
    "orders": (
        ("order.placed", {"amount": 10.0}),
        ("order.placed", {"amount": 25.5}),
        ("order.cancelled", {}),
    ),
    "tickets": (
        ("ticket.opened", {"ticket_id": "T1", "kind": "complaint"}),
        ("ticket.opened", {"ticket_id": "T2"}),
        ("ticket.replied", {"ticket_id": "T1"}),
    ),
    "contacts": (
        ("contact.made", {"sentiment": "negative"}),
        ("contact.made", {"sentiment": "positive"}),
        ("contact.missed", {"direction": "inbound"}),
    ),
}

PROFILE: Sequence[dict[str, Any] | None] = (
    None,
    {},
    {"segments": ["wholesale"], "province": "Utrecht"},
    {"policy": "let_go", "owner": "kim"},
)

BAD: Sequence[bytes | None] = (
    None,
    b"{",
    b"\xff\xfe",
    b"[]",
    b'{"specversion":"1.0","id":"x","source":"/s","type":"order.imagined","subject":"ada","time":"2026-01-01T00:00:00Z"}',
    b'{"specversion":"1.0","id":"x","source":"/s","type":"order.placed","subject":"ada","time":"2026-01-01T00:00:00"}',
    b'{"specversion":"1.0","id":"x","source":"/s","type":"order.placed","subject":"ada","time":"2199-01-01T00:00:00Z"}',
    b'{"specversion":"1.0","id":"x","source":"/s","type":"order.placed","subject":"bob","time":"2026-01-01T00:00:00Z"}',
)


class Sent(NamedTuple):
    """Records that arrive together, so many seconds after the beginning; `outcome` None: without a transaction."""

    at: float
    place: Place
    records: list[RawRecord]
    outcome: bool | None = None


def sent(given: Scenario, random: Random) -> list[Sent]:
    """All that is sent during the storm, in the order of its arrival."""
    stream = _Stream(given, random)
    batches = [batch for number in range(given.events) for batch in stream.batches(number)]
    batches += [stream.aside(number) for number in range(given.asides)]
    batches += [each for lane in range(given.lanes) for each in stream.moments(lane)]
    return sorted(batches, key=lambda each: each.at)


def last_moment(lane: int, at: float) -> Sent:
    """Time passes to the end of the world."""
    return Sent(at, (CLOCK, lane), [passed(END, milliseconds(BEGIN + timedelta(seconds=at)))])


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def passed(until: datetime, stamp: int) -> RawRecord:
    told = {
        "specversion": "1.0", "id": str(stamp), "source": "/simulation", "type": "time.passed",
        "time": until.isoformat(), "data": {"until": until.isoformat()},
    }  # fmt: skip
    return RawRecord(0, stamp, None, json.dumps(told).encode())


def told(name: str, kind: str, customer: str, second: float, content: dict[str, Any]) -> bytes:
    """An event as its producer writes it."""
    event = {
        "specversion": "1.0", "id": name, "source": "/simulation", "type": kind,
        "subject": customer, "time": (BEGIN + timedelta(seconds=second)).isoformat(), "data": content,
    }  # fmt: skip
    return json.dumps(event).encode()


class _Stream:
    def __init__(self, given: Scenario, random: Random) -> None:
        self._given = given
        self._random = random
        self._verdicts = Random(given.seed)  # noqa: S311  of its own: what else is drawn stays as it was
        self._homes = {
            customer: next(
                lane
                for lane in range(given.lanes)
                if belongs_to(lane, given.lanes, "murmur2")(customer.encode())
            )
            for customer in CUSTOMERS
        }
        self._before: list[tuple[str, bytes, bytes]] = []
        self._ordered: list[tuple[str, float]] = []

    def batches(self, number: int) -> Iterator[Sent]:
        """One event, perhaps with bad neighbours, perhaps told twice; some within a producer's transaction."""
        random, lasts = self._random, self._given.lasts
        second = random.choice((random.uniform(0, lasts - 1), float(random.randint(0, int(lasts) - 1))))
        topic = random.choice(tuple(KINDS))
        customer = random.choice(CUSTOMERS)
        value = self._event(topic, customer, second, number)
        at = self._arrival(second)
        stamp = milliseconds(BEGIN + timedelta(seconds=at))
        lane = self._homes[customer]
        if random.random() < 0.02:
            lane = random.randrange(self._given.lanes)
        records = [RawRecord(0, stamp, customer.encode(), value)]
        if self._before and random.random() < 0.1:
            topic_before, key, repeated = random.choice(self._before)
            if topic_before == topic and self._homes[key.decode()] == lane:
                records.append(RawRecord(0, stamp, key, repeated))
        if random.random() < self._given.bad:
            records.insert(random.randint(0, len(records)), RawRecord(0, stamp, b"ada", random.choice(BAD)))
        self._before.append((topic, customer.encode(), value))
        yield Sent(at, (topic, lane), records, random.choice((None, None, None, True, False)))

    def aside(self, number: int) -> Sent:
        """A profile or a command; commands have their effect when they are read, so only worlds that live have them."""
        random = self._random
        at = random.uniform(0, self._given.lasts - 1)
        customer = random.choice(CUSTOMERS)
        stamp = milliseconds(BEGIN + timedelta(seconds=at))
        if self._given.preloaded or random.random() < 0.4:
            topic, value = PROFILES, self._profile(customer, at, number)
        else:
            topic, value = COMMANDS, self._command(customer, at, number)
        if value is not None and random.random() < self._given.bad:
            customer, value = "ada", random.choice(BAD)
        record = RawRecord(0, stamp, customer.encode(), value)
        return Sent(at, (topic, self._homes[customer]), [record])

    def moments(self, lane: int) -> Iterator[Sent]:
        """A few times, the clock's log tells that time has passed, in order."""
        random = self._random
        for second in sorted(random.uniform(1, self._given.lasts) for _ in range(random.randint(0, 3))):
            at = self._arrival(second)
            stamp = milliseconds(BEGIN + timedelta(seconds=at))
            yield Sent(at, (CLOCK, lane), [passed(BEGIN + timedelta(seconds=second), stamp)])

    def _arrival(self, second: float) -> float:
        late = self._random.random() < self._given.late
        return second + (self._random.uniform(1, 15) if late else 0.0)

    def _profile(self, customer: str, second: float, number: int) -> bytes | None:
        content = self._random.choice(PROFILE)
        return None if content is None else told(f"p{number}", "profile.updated", customer, second, content)

    def _command(self, customer: str, second: float, number: int) -> bytes:
        """Something about the customer, or about a warning that may stand by then."""
        random = self._random
        until = (BEGIN + timedelta(seconds=second + random.uniform(-5, 20))).isoformat()
        began = [each for each in self._ordered if each[0] == customer] or [(customer, 0.0)]
        since = BEGIN + timedelta(seconds=random.choice(began)[1] + 8)
        warning = warning_id(customer, "quiet", None, since)
        kind, content = random.choice(
            (
                ("absence.planned", {"until": until}),
                ("churn.declared", {"kind": "voluntary"}),
                ("customer.moved", {}),
                ("warning.acknowledged", {"warning": warning, "by": "kim"}),
                ("warning.unacknowledged", {"warning": warning}),
                ("warning.snoozed", {"warning": warning, "until": until, "reason": "called"}),
                ("warning.labelled", {"warning": warning, "outcome": "saved"}),
                ("owner.left", {}),
            )
        )
        if self._verdicts.random() < 0.2:
            kind, content = self._verdicts.choice(
                (("source.silent", {}), ("source.silent", {"until": until}), ("source.back", {}))
            )
            customer = self._verdicts.choice(("orders", "orders", "contacts"))
        return told(f"c{random.choice((number, 0))}", kind, customer, second, content)

    def _event(self, topic: str, customer: str, second: float, number: int) -> bytes:
        kind, content = self._random.choice(KINDS[topic])
        if kind == "order.placed":
            self._ordered.append((customer, second))
        return told(f"e{number}", kind, customer, second, content)
