"""A lane of many customers, of whom one is looked at: the others move its clock, and nothing else.

So late events, deadlines and the end of time fall where they would with everyone, at a part of the price.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from difflib import get_close_matches

from monitor.domain.rules import RuleSet
from monitor.domain.state import Row
from monitor.engine.admission import Refused
from monitor.engine.customers import Customers
from schemas.events import Fact

MOST_COMPARED = 50_000
"""Ids that are compared letter by letter: a second's work."""


class OneCustomer(Customers):
    """Customers of whom only `customer` is observed and judged; `others` are the ids of all that were passed over."""

    def __init__(self, rules: RuleSet, customer: str, *, largest: int = 65_536) -> None:
        super().__init__(rules, lambda _: None, largest=largest)
        self.others: set[str] = set()
        self._customer = customer

    def apply(self, fact: Fact, now: datetime) -> Refused | str:
        if fact.subject == self._customer:
            return super().apply(fact, now)
        self.others.add(fact.subject)
        return "applied"

    @property
    def row(self) -> Row | None:
        """The customer's row; None where nothing was told of them."""
        return next((row for _, row in self.standing()), None)


def near_ids(given: str, ids: Iterable[str], most: int = 3) -> list[str]:
    """The ids that may have been meant: in another case, with this as a part, or spelt nearly so."""
    wanted = given.casefold().strip()
    plain = sorted((each.casefold(), each) for each in ids)
    found = [each for bare, each in plain if bare == wanted]
    found += [each for bare, each in plain if wanted and wanted in bare and each not in found][:most]
    if not found:
        alike = {bare: each for bare, each in plain if abs(len(bare) - len(wanted)) <= 2}
        compared = list(alike)[:MOST_COMPARED]
        found = [alike[bare] for bare in get_close_matches(wanted, compared, n=most, cutoff=0.6)]
    return found[:most]
