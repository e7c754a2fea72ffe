"""How many customers of a history each rule would have warned of: ever, and at one time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitor.domain.rules import RuleSet
from monitor.offline.replay import Stretch
from monitor.offline.rule_doubts import threshold_place
from schemas.errors import ConfigError
from schemas.rules import RuleFile
from schemas.yaml_files import YamlText


class Flagged(NamedTuple):
    """A rule, how many customers it ever warned of, and how many stood under its warning at one time at most.

    `share` is that of the latter in all customers.
    """

    rule: str
    customers: int
    at_once: int
    share: float


class Flags:
    """Who was warned of by which rule; memory grows with the customers that were."""

    def __init__(self) -> None:
        self._standing: dict[str, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
        self._ever: dict[str, set[str]] = defaultdict(set)
        self._most: Counter[str] = Counter()

    def take(self, stretch: Stretch) -> None:
        """Note what a stretch told, of shadow rules too."""
        for each in stretch.transitions:
            rule, customer = each.warning.rule, each.customer
            standing = self._standing[rule]
            if each.told == "firing":
                standing[customer].add(each.warning.about)  # a customer may have several tickets
                self._ever[rule].add(customer)
                self._most[rule] = max(self._most[rule], len(standing))
            elif each.told == "resolved":  # which may have been pending, and told nobody
                standing[customer].discard(each.warning.about)
                if not standing[customer]:
                    del standing[customer]

    def of_all(self, rules: RuleSet, customers: int) -> list[Flagged]:
        """The figures of each rule, in the order of the file, given how many customers there are."""
        names = [rule.terms.name for rule in rules.rules]
        most = self._most
        return [
            Flagged(each, len(self._ever[each]), most[each], most[each] / max(customers, 1)) for each in names
        ]


def too_many(
    flagged: Iterable[Flagged], share: float, file: RuleFile, text: YamlText
) -> Iterator[ConfigError]:
    """A doubt for each rule that had more than this share of the customers under warning at one time."""
    for each in flagged:
        if each.share > share:
            told = f"had {each.share:.0%} of the customers under warning at one time, more than {share:.0%}"
            place = threshold_place(file, text, each.rule)
            yield text.error(f"{each.rule} {told}", place, "raise the threshold, or --share")
