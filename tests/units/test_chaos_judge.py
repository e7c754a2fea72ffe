"""The second judge: who must stand at a moment, by plain lines; and it says the same as the engine does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chaos.judge import JUDGED, Judge, Stands, standing
from chaos.town import RULES
from monitor.adapters.rule_files import load_rules
from monitor.engine.customers import Customers
from monitor.engine.passage import Passage
from schemas.events import FACTS

BEGIN = datetime(2026, 6, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


class Story:
    """Events told one after the other, to a judge and to the engine."""

    def __init__(self) -> None:
        self.judge = Judge("c-")
        self.told: list[tuple[datetime, bytes]] = []

    def tell(self, seconds: float, kind: str, customer: str = "c-ada", **data: Any) -> bytes:
        event = {"specversion": "1.0", "id": f"{len(self.told)}", "source": "/chaos", "type": kind}
        value = msgspec.json.encode({**event, "subject": customer, "time": at(seconds), "data": data})
        self.judge.take(customer.encode(), value)
        self.told.append((at(seconds), value))
        return value

    def stands(self, seconds: float) -> set[tuple[str, str | None]]:
        """By the judge; the engine has to agree."""
        must = self.judge.stands(at(seconds))
        assert must == self._by_the_engine(at(seconds))
        return {(each.rule, each.about) for each in must}

    def _by_the_engine(self, now: datetime) -> set[Stands]:
        customers = Customers(load_rules(RULES), lambda _: None)
        passage = Passage(customers, BEGIN - timedelta(days=1), ("orders",))
        for place, (time, value) in enumerate(sorted(self.told)):
            fact = FACTS.validate_json(value)
            passage.apply([(time, 0, place, None, fact)])  # type: ignore[list-item]
        passage.pass_to(now)
        return {
            Stands(each.rule, name, each.about)
            for name, row in customers.standing()
            for each in row.warnings
            if each.phase == "firing" and each.rule in JUDGED
        }


def test_a_silence_stands_from_its_moment_on() -> None:
    story = Story()
    story.tell(0, "order.placed", amount=1.0)
    assert story.stands(19.9) == set()
    assert story.stands(20) == {("lost_touch", None)}
    assert story.stands(90) == {("lost_touch", None), ("gone_quiet", None)}
    story.tell(95, "order.placed", amount=1.0)
    assert story.stands(100) == set()


def test_complaints_count_while_they_are_in_the_window() -> None:
    story = Story()
    story.tell(0, "contact.made", sentiment="negative")
    story.tell(10, "ticket.opened", ticket_id="t", severity="high")
    story.tell(11, "ticket.resolved", ticket_id="t")
    story.tell(12, "contact.made", sentiment="positive")
    assert story.stands(15) == set()
    story.tell(20, "contact.made", sentiment="negative")
    assert story.stands(20) == {("complains", None)}
    assert story.stands(179.9) == {("complains", None)}
    assert story.stands(180) == set()


def test_a_ticket_waits_until_it_is_resolved() -> None:
    story = Story()
    story.tell(0, "ticket.opened", ticket_id="a", severity="low")
    story.tell(5, "ticket.opened", ticket_id="b", severity="low")
    assert story.stands(44.9) == set()
    assert story.stands(50) == {("unanswered", "a"), ("unanswered", "b")}
    story.tell(60, "ticket.resolved", ticket_id="a")
    assert story.stands(60) == {("unanswered", "b")}


def test_a_cancellation_stands_until_the_next_order_or_until_it_lapses() -> None:
    story = Story()
    story.tell(0, "order.cancelled")
    assert story.stands(239.9) == {("called_off", None)}
    assert story.stands(240) == set()
    story.tell(241, "order.cancelled")
    assert story.stands(242) == {("called_off", None)}
    story.tell(250, "order.placed", amount=1.0)
    assert story.stands(251) == set()


def test_an_event_that_comes_twice_counts_once_and_strangers_not_at_all() -> None:
    story = Story()
    story.tell(0, "contact.made", sentiment="negative")
    value = story.tell(1, "contact.made", sentiment="negative")
    story.judge.take(b"c-ada", value)
    story.judge.take(b"bad", b"{")
    story.judge.take(None, value)
    assert story.judge.events == 2
    assert story.stands(2) == set()


def test_what_stands_is_read_from_the_compacted_topic() -> None:
    told = {"rule": "unanswered", "customer": "c-ada", "about": "t"}
    other = {"rule": "off_rhythm", "customer": "c-ada", "about": None}
    values = [msgspec.json.encode({"data": each}) for each in (told, other)]
    assert standing(values) == {Stands("unanswered", "c-ada", "t")}
