"""What customers do beside ordering, and the shop's answers: tickets and contacts. Pure and seeded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from monitor.demo.characters import LEAVERS, Customer, Span, whole

QUESTIONS_EACH = timedelta(days=110)
CONTACTS_EACH = timedelta(days=75)
"""How often a customer without a grievance asks something, and is spoken to."""


class Happening(NamedTuple):
    """Something that happened: an event's time, type and content."""

    at: datetime
    type: str
    content: dict[str, object]


def orders(chance: Random, customer: Customer) -> Iterator[Happening]:
    """Every order of a customer, of amounts that are the customer's own."""
    usual = chance.lognormvariate(3.7, 0.6)
    for number, at in enumerate(customer.orders, 1):
        amount = round(max(usual * chance.uniform(0.5, 1.6), 3), 2)
        yield Happening(at, "order.placed", {"order_id": f"{customer.id}-{number}", "amount": amount})


def service(chance: Random, customer: Customer, span: Span) -> Iterator[Happening]:
    """Tickets and contacts of a customer, with the shop's answers; nothing after `span`."""
    for happening in _all(chance, customer, span):
        if happening.at < span.until:
            yield happening


def _all(chance: Random, customer: Customer, span: Span) -> Iterator[Happening]:
    gone = customer.last_order + timedelta(days=10) if customer.kind in LEAVERS else span.until
    for number, at in enumerate(_now_and_then(chance, customer.orders[0], gone, QUESTIONS_EACH), 1):
        kind = chance.choices(("question", "complaint", "suggestion"), (70, 22, 8))[0]
        yield from _ticket(chance, f"{customer.id}-q{number}", at, kind, slow=chance.random() < 0.04)
    for at in _now_and_then(chance, customer.orders[0], gone, CONTACTS_EACH):
        yield _contact(chance, at)
    for number, at in enumerate(customer.grievances, 1):
        yield from _complaint(chance, f"{customer.id}-c{number}", at, slow=customer.kind in LEAVERS)


def _now_and_then(chance: Random, begin: datetime, end: datetime, each: timedelta) -> Iterator[datetime]:
    at = begin
    while (at := at + each * chance.expovariate(1)) < end:
        yield whole(at)


def _complaint(chance: Random, ticket: str, at: datetime, *, slow: bool) -> Iterator[Happening]:
    """A complaint, in writing or by voice; those of leavers are as a rule handled badly."""
    if chance.random() < 0.3:
        said = {"direction": "inbound", "channel": "phone", "kind": "complaint", "sentiment": "negative"}
        yield Happening(at, "contact.made", {**said, "outcome": "effective"})
        return
    yield from _ticket(chance, ticket, at, "complaint", slow=slow and chance.random() < 0.35)


def _ticket(chance: Random, ticket: str, at: datetime, kind: str, *, slow: bool) -> Iterator[Happening]:
    """A ticket with its answers; a slow one waits for days, and half of these for ever."""
    severity = chance.choices(("low", "medium", "high"), (50, 40, 10))[0] if kind == "complaint" else "low"
    yield Happening(at, "ticket.opened", {"ticket_id": ticket, "kind": kind, "severity": severity})
    if slow and chance.random() < 0.5:
        return
    hours = chance.uniform(50, 120) if slow else min(chance.lognormvariate(1.6, 0.9), 40)
    replied = whole(at + timedelta(hours=hours))
    yield Happening(replied, "ticket.replied", {"ticket_id": ticket, "agent": chance.choice("ABCD")})
    solved = whole(replied + timedelta(hours=chance.uniform(1, 200 if slow else 60)))
    yield Happening(solved, "ticket.resolved", {"ticket_id": ticket})


def _contact(chance: Random, at: datetime) -> Happening:
    told = {
        "direction": chance.choice(("inbound", "outbound")),
        "channel": chance.choice(("phone", "mail", "visit")),
        "kind": chance.choice(("sales", "service", "question", "care")),
        "outcome": chance.choices(("effective", "unsuccessful"), (85, 15))[0],
        "sentiment": chance.choices(("positive", "neutral", "negative"), (40, 54, 6))[0],
    }
    return Happening(at, "contact.made", dict(told))
