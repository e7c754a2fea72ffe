"""What makes room in a full row takes its warnings with it: none stands that no rule finds any longer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from monitor.domain.objects import CASES
from monitor.domain.state import FLAVOURS, Standing, from_bytes
from monitor.engine.customers import Customers
from schemas.events import Fact
from tests.laws.strategies import at, fact, rule_set
from tests.laws.test_row_laws import longest_flavours

UNANSWERED = {"kind": "ageing", "of": "ticket.opened", "until": "ticket.replied", "older_than": "1h"}
COMPLAINTS = {
    "kind": "count",
    "of": {"type": "ticket.opened", "where": {"kind": "complaint"}},
    "n": 1,
    "within": "90d",
}


def left_standing(rule: dict[str, Any], events: Iterable[Fact]) -> list[Standing]:
    """The warnings that stand after these events though the rule does not find them."""
    rules = rule_set(rule)
    customers = Customers(rules, lambda _: None)
    now = at(0)
    for event in events:
        now = event.time
        while (due := customers.deadlines.first()) is not None and due < now:
            customers.fire()
        customers.apply(event, now)
    row = from_bytes(customers.take()[0]["ada"])
    found = {finding.about for finding in rules.rules[0].judge(row.state, now)[0]}
    return [each for each in row.warnings if each.phase == "firing" and each.about not in found]


def test_a_ticket_that_makes_room_takes_its_warning_with_it() -> None:
    closed_unanswered = [
        fact("ticket.opened", {"ticket_id": "T"}, hour=0, name="opened"),
        fact("ticket.closed", {"ticket_id": "T"}, hour=1, name="closed"),
    ]
    others = [
        fact("ticket.closed", {"ticket_id": f"T{number}"}, hour=10 + number, name=str(number))
        for number in range(CASES)
    ]
    assert left_standing(UNANSWERED, [*closed_unanswered, *others]) == []


def test_a_flavour_that_makes_room_takes_its_warning_with_it() -> None:
    complaint = fact("ticket.opened", {"ticket_id": "T", "kind": "complaint"}, hour=0, name="complaint")
    others = [
        fact(kind, data, hour=10 + number, name=str(number))
        for number, (kind, data) in zip(range(FLAVOURS), longest_flavours(), strict=False)
    ]
    assert left_standing(COMPLAINTS, [complaint, *others]) == []
