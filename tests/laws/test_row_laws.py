"""The laws of rows: bytes and back, upgrades, and no growth beyond the bound, whatever a customer sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.objects import CASES
from monitor.domain.rules import RuleSet
from monitor.domain.state import NEW, UPGRADES, VERSION, Row, from_bytes, to_bytes
from monitor.engine.admission import Refused
from monitor.engine.customers import Customers
from schemas.dead_letters import Reason
from schemas.events import Fact
from schemas.rule_parts import FILTERS, allowed_values
from tests.laws.lanes import committed, logs, new_lane, play
from tests.laws.strategies import Told, at, fact, rule_set, rule_sets, stories

moderate = settings(max_examples=50)

WIDE = "\U0001d54f"  # four bytes in UTF-8, and one character to the contract
LARGEST = 65_536
WORST_STATE = 25_000
"""Bytes of the worst facts: 16 tickets with ids of 512 bytes, 32 of the longest flavours, 8 categories and 4 regions
with names of 512 bytes, every ring and score full."""

WORST_WARNING = 640
"""Bytes of the worst warning in a row: about a ticket with such an id, by a rule with the longest name."""


def long_name(number: int) -> str:
    return f"rule_{number:_>59}"


def ticket(number: int) -> str:
    return f"{number:{WIDE}>128}"


def ageing(number: int = 0, **changes: Any) -> dict[str, Any]:
    rule = {
        "name": long_name(number),
        "kind": "ageing",
        "of": "ticket.opened",
        "until": "ticket.closed",
        "older_than": "1h",
    }
    return rule | changes


def counting(number: int, kind: str) -> dict[str, Any]:
    return {"name": long_name(number), "kind": "count", "of": kind, "n": 1, "within": "30d"}


ONE_OF_EACH = rule_set(
    ageing(0),
    counting(1, "ticket.opened"),
    {"name": long_name(2), "kind": "silence", "of": ["order.placed", "contact.made"], "quiet_for": "2h"},
)


class Sizes:
    """Rows of a lane's customers, measured after every single event and deadline."""

    def __init__(self, rules: RuleSet, largest: int = 10**9) -> None:
        self.customers = Customers(rules, lambda _: None, largest=largest)
        self.size = len(to_bytes(NEW))

    def apply(self, event: Fact) -> int:
        """By how many bytes the row grows at most, by an event or by one deadline before it."""
        growth = self.pass_to(event.time)
        assert self.customers.apply(event, event.time) in {"applied", "repeated"}
        return max(growth, self._grown())

    def pass_to(self, moment: datetime) -> int:
        """By how many bytes the row grows at most by one of the deadlines before a moment."""
        growth, deadlines = 0, self.customers.deadlines
        while (due := deadlines.first()) is not None and due < moment:
            self.customers.fire()
            growth = max(growth, self._grown())
        return growth

    def _grown(self) -> int:
        changed, _ = self.customers.take()
        before, self.size = self.size, max((len(raw) for raw in changed.values()), default=self.size)
        return self.size - before


def longest_flavours() -> Iterator[tuple[str, dict[str, Any]]]:
    """Contacts of many flavours, those with the longest names first."""
    fields = FILTERS["contact.made"]
    choices = product(*(allowed_values("contact.made", field) for field in fields))
    for values in sorted(choices, key=lambda values: -sum(map(len, values))):
        yield "contact.made", dict(zip(fields, values, strict=True))


def order_of_all(number: int) -> dict[str, Any]:
    """An order that tells all that is kept of one."""
    lines = ({"category": ticket(number)},)
    return {"amount": 1.0, "order_id": f"O{number}", "lines": lines, "region": ticket(number)}


def worst_life() -> Iterator[Fact]:
    """Everything that a row has room for, at its longest."""
    hour = 0.0
    for place, (kind, data) in enumerate(longest_flavours()):
        if place == 32:
            break
        for _ in range(16):
            hour += 0.001
            yield fact(kind, data, hour=hour, name=f"c{hour}")
    for number in range(CASES):
        for kind in ("opened", "replied", "resolved", "closed", "reopened"):
            hour += 0.001
            yield fact(f"ticket.{kind}", {"ticket_id": ticket(number)}, hour=hour, name=f"t{hour}")
    for number in range(8):
        for kind, data in (
            ("order.placed", order_of_all(number)),
            ("survey.answered", {"score": 50.0}),
        ):
            hour += 0.001
            yield fact(kind, data, hour=hour, name=f"o{hour}")


@moderate
@given(rules=rule_sets, story=stories(most=30))
def test_a_row_comes_back_from_its_bytes(rules: RuleSet, story: list[Told]) -> None:
    for row in committed(play(new_lane(rules), logs(story))).states().values():
        assert from_bytes(to_bytes(row)) == row
        assert to_bytes(from_bytes(to_bytes(row))) == to_bytes(row)


def test_every_older_version_has_an_upgrade_to_the_next() -> None:
    assert set(UPGRADES) == set(range(1, VERSION))


def test_a_row_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="newer"):
        from_bytes(to_bytes(Row(version=VERSION + 1)))


@pytest.mark.parametrize("raw", [b"", b"{}", b"\xc1", b"\x93\x01\x02\x03"])
def test_bytes_that_no_version_wrote_are_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_bytes(raw)


def test_an_ordinary_row_takes_less_than_a_kibibyte() -> None:
    sizes = Sizes(ONE_OF_EACH)
    for week in range(20):
        sizes.apply(fact("order.placed", {"amount": 1.0}, hour=week * 168, name=f"o{week}"))
    for number in range(3):
        sizes.apply(
            fact("ticket.opened", {"ticket_id": f"T-{number}"}, hour=5000 + number, name=f"t{number}")
        )
    assert sizes.size < 1024


def test_a_row_with_habits_takes_less_than_a_kibibyte_too() -> None:
    sizes, names = Sizes(ONE_OF_EACH), ("tea and coffee", "bread", "cleaning supplies", "paper", "fruit")
    for week in range(20):
        lines = tuple({"category": name} for name in names[week % 2 :])
        order = {"amount": 1.0, "lines": lines, "region": "North"}
        sizes.apply(fact("order.placed", order, hour=week * 168 + 0.5, name=f"o{week}"))
    assert sizes.size < 750


def test_the_worst_row_is_as_bad_as_it_is_said_to_be() -> None:
    sizes = Sizes(rule_set())
    for event in worst_life():
        sizes.apply(event)
    assert WORST_STATE * 0.95 < sizes.size <= WORST_STATE


@settings(max_examples=10)
@given(chance=st.randoms(use_true_random=False))
def test_no_customer_however_hostile_has_more_facts_than_the_worst_row(chance: Random) -> None:
    sizes, life = Sizes(rule_set()), list(worst_life())
    chance.shuffle(life)
    for event in life[: chance.randrange(len(life))]:
        sizes.apply(event)
    assert sizes.size <= WORST_STATE


def test_deadlines_do_not_take_a_row_beyond_its_bound() -> None:
    sizes = Sizes(rule_set(*(ageing(number) for number in range(10))), largest=LARGEST)
    for number in range(CASES):
        sizes.apply(fact("ticket.opened", {"ticket_id": ticket(number)}, hour=1, name=str(number)))
    sizes.pass_to(at(9))
    assert sizes.size <= LARGEST


def test_a_warning_in_a_row_takes_no_more_than_it_is_said_to() -> None:
    sizes = Sizes(rule_set(ageing()))
    sizes.apply(fact("ticket.opened", {"ticket_id": ticket(0)}, hour=1, name="opened"))
    assert WORST_WARNING * 0.9 < sizes.pass_to(at(9)) <= WORST_WARNING


@given(largest=st.integers(300, 3000), story=stories(most=40, customers=("ada",)))
def test_events_do_not_take_a_row_beyond_its_bound(largest: int, story: list[Told]) -> None:
    store = committed(play(new_lane(rule_set(), largest=largest), logs(story)))
    assert all(len(raw) <= largest for _, raw in store.customers())


def test_an_event_for_which_a_row_has_no_room_is_refused_and_changes_nothing() -> None:
    customers = Customers(rule_set(), lambda _: None, largest=1000)
    first = fact("ticket.opened", {"ticket_id": ticket(1)}, hour=1, name="1")
    assert customers.apply(first, at(1)) == "applied"
    before, _ = customers.take()
    refused = customers.apply(fact("ticket.opened", {"ticket_id": ticket(2)}, hour=2, name="2"), at(2))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.row_too_large
    assert customers.take() == ({}, [])
    assert customers.apply(fact("order.placed", {"amount": 1.0}, hour=3, name="3"), at(3)) == "applied"
    assert customers.apply(fact("order.placed", {"amount": 1.0}, hour=3, customer="bo"), at(3)) == "applied"
    after, _ = customers.take()
    assert before["ada"] != after["ada"]
    assert len(after["ada"]) <= 1000


@given(
    story=stories(most=30, customers=("ada",)),
    largest=st.integers(200, 1500),
    ends=st.sets(st.integers(0, 30)),
)
def test_when_a_row_is_full_does_not_depend_on_where_steps_end(
    story: list[Told], largest: int, ends: set[int]
) -> None:
    one, other = (Customers(rule_set(), lambda _: None, largest=largest) for _ in range(2))
    for place, told in enumerate(story):
        event = fact(*told.draft, hour=told.hour, name=str(place))
        if place in ends:
            other.take()
        assert one.apply(event, event.time) == other.apply(event, event.time)
