"""The orders of a history as purchases, read as the engine reads them; everything else in it is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.domain.observe import fingerprint
from monitor.domain.rules import RuleSet
from monitor.domain.state import REMEMBERED
from monitor.engine.admission import Admission, Refused
from monitor.engine.fetched import DAWN
from monitor.offline.backtest.purchases import Orders, Purchases, purchases
from monitor.offline.history import History, Show
from monitor.offline.records import Tell
from monitor.offline.replay import CHUNK
from schemas.events import Fact

NO_RULES = RuleSet((), "")


def read_purchases(history: History, started: datetime, tell: Tell, show: Show) -> Purchases:
    """Read all orders; the history ends with its last event, or where it is told to."""
    orders, seen, end = Orders(), dict[str, bytes](), history.until
    for fact in _facts(history, started, tell, show):
        if history.until is None and (end is None or fact.time > end):
            end = fact.time
        if fact.type == "order.placed" and not _repeated(fact, seen):
            orders.add(fact.subject, fact.time, fact.data.amount)
    return purchases(orders, end)


def _facts(history: History, started: datetime, tell: Tell, show: Show) -> Iterator[Fact]:
    run = history.run(NO_RULES, started=started, tell=tell)
    admission = Admission(history.limits._replace(keyed=False))
    for feed in run.feeds:
        while not feed.ended:
            facts = [admission.fact(record) for record in feed.fetch(CHUNK).fetched.records]
            yield from (fact for fact in facts if not isinstance(fact, Refused | str))
            if facts:
                show(run.consumed, DAWN)


def _repeated(fact: Fact, seen: dict[str, bytes]) -> bool:
    """Whether the same event came before, as far back as a row remembers."""
    mark, known = fingerprint(fact), seen.get(fact.subject, b"")
    seen[fact.subject] = (known + mark)[-8 * REMEMBERED :]
    return mark in known
