"""The index of deadlines equals a plain dictionary, whatever is done to it."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from monitor.engine.deadlines import Deadlines
from tests.laws.strategies import at

customers, places = st.sampled_from("abcd"), st.integers(0, 2)
keys = st.tuples(customers, places)
moments = st.integers(0, 6).map(at)


class DeadlinesAreADictionary(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.index = Deadlines()
        self.plain: dict[tuple[str, int], datetime] = {}

    @rule(key=keys, due=moments)
    def set(self, key: tuple[str, int], due: datetime) -> None:
        self.index.set(key[0], [(key[1], due)])
        self.plain[key] = due

    @rule(key=keys)
    def take_away(self, key: tuple[str, int]) -> None:
        self.index.set(key[0], [(key[1], None)])
        self.plain.pop(key, None)

    @rule(customer=customers, deadlines=st.dictionaries(places, st.none() | moments))
    def set_several(self, customer: str, deadlines: dict[int, datetime | None]) -> None:
        self.index.set(customer, deadlines.items())
        for place, due in deadlines.items():
            self.plain.pop((customer, place), None)
            if due is not None:
                self.plain[customer, place] = due

    @precondition(lambda self: self.plain)
    @rule()
    def pop(self) -> None:
        due, key = min((due, key) for key, due in self.plain.items())
        assert self.index.pop() == (due, *key)
        del self.plain[key]

    @precondition(lambda self: not self.plain)
    @rule()
    def pop_nothing(self) -> None:
        with pytest.raises(IndexError):
            self.index.pop()

    @rule()
    def look(self) -> None:
        assert self.index.first() == min(self.plain.values(), default=None)

    @invariant()
    def is_as_long(self) -> None:
        assert len(self.index) == len(self.plain)


TestDeadlines = DeadlinesAreADictionary.TestCase
TestDeadlines.settings = settings(max_examples=100, stateful_step_count=30)


def test_deadlines_come_up_in_order_and_ties_go_by_key() -> None:
    index = Deadlines()
    for (customer, place), hour in {("b", 0): 2, ("a", 1): 2, ("a", 0): 3, ("c", 0): 1}.items():
        index.set(customer, [(place, at(hour))])
    assert [index.pop()[1:] for _ in range(4)] == [("c", 0), ("a", 1), ("b", 0), ("a", 0)]
