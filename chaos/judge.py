"""The second judge: who must stand under a warning in the end, by a few plain lines for each rule, without the engine.

It reads what lies on the inputs and knows chaos/rules.yaml by heart; of off_rhythm it knows nothing. It takes events in
order of time, counts each once, and asks one question: what is true at this moment?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
JUDGED = ("lost_touch", "gone_quiet", "complains", "unanswered", "called_off")


class Stands(NamedTuple):
    """A warning that stands: by which rule, about whom and what."""

    rule: str
    customer: str
    about: str | None = None


class _Customer:
    def __init__(self) -> None:
        self.times: defaultdict[str, list[datetime]] = defaultdict(list)
        self.complaints: list[datetime] = []
        self.opened: dict[str, datetime] = {}
        self.resolved: set[str] = set()


class Judge:
    """Takes in the records of orders, tickets and contacts; `stands` is the answer."""

    def __init__(self, prefix: str) -> None:
        self.events = 0
        self._prefix = prefix
        self._known: set[str] = set()
        self._customers: defaultdict[str, _Customer] = defaultdict(_Customer)

    def take(self, key: bytes | None, value: bytes | None) -> None:
        """Take in one record; whatever is no event of the stream's own customers is none of ours."""
        if key is None or value is None or not key.startswith(self._prefix.encode()):
            return
        event = msgspec.json.decode(value)
        if event["id"] in self._known:
            return
        self._known.add(event["id"])
        self.events += 1
        _note(self._customers[event["subject"]], event)

    def stands(self, now: datetime) -> set[Stands]:
        """All that is true at this moment."""
        return {each for name, customer in self._customers.items() for each in _true_of(name, customer, now)}


def _note(customer: _Customer, event: dict[str, Any]) -> None:
    kind, time, told = event["type"], datetime.fromisoformat(event["time"]), event["data"]
    customer.times[kind].append(time)
    if told.get("severity") == "high" or told.get("sentiment") == "negative":
        customer.complaints.append(time)
    if kind == "ticket.opened":
        customer.opened[told["ticket_id"]] = time
    if kind == "ticket.resolved":
        customer.resolved.add(told["ticket_id"])


def _true_of(name: str, customer: _Customer, now: datetime) -> Iterator[Stands]:
    ordered = max(customer.times["order.placed"], default=None)
    if ordered is not None and now - ordered >= 20 * SECOND:
        yield Stands("lost_touch", name)
    if ordered is not None and now - ordered >= 90 * SECOND:
        yield Stands("gone_quiet", name)
    if sum(now - time < 3 * MINUTE for time in customer.complaints) >= 3:
        yield Stands("complains", name)
    for ticket, opened in customer.opened.items():
        if ticket not in customer.resolved and now - opened >= 45 * SECOND:
            yield Stands("unanswered", name, ticket)
    off = [time for time in customer.times["order.cancelled"] if now - time < 4 * MINUTE]
    if any(ordered is None or time > ordered for time in off):
        yield Stands("called_off", name)


def standing(values: Iterable[bytes]) -> set[Stands]:
    """The warnings that stand according to the compacted topic, of the rules that are judged here."""
    told = (msgspec.json.decode(value)["data"] for value in values)
    return {Stands(each["rule"], each["customer"], each["about"]) for each in told if each["rule"] in JUDGED}
