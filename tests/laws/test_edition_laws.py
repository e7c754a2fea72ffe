"""Laws of editions: what the command line says of them is what lanes do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.rules import compile_rules
from monitor.engine.editions import FIRST, Editions
from monitor.engine.editions import Edition as Compiled
from monitor.offline.rule_editions import Published, in_force, planned
from schemas.editions import Edition, RulesApplied
from schemas.rules import RuleFile

DAWN = datetime(2026, 1, 1, tzinfo=UTC)
HORIZON = 12
NO_RULES = RuleFile(version=1, rules=())


def day(number: int) -> datetime:
    return DAWN + timedelta(days=number)


def published(begins: list[int | None]) -> list[Published]:
    """Editions in the order of their topic, each from a day on, or at once."""
    told = [Edition(rules=NO_RULES, effective_from=None if each is None else day(each)) for each in begins]
    return [
        Published(
            number,
            RulesApplied(
                specversion="1.0",
                id="1",
                source="/",
                subject="rules",
                type="rules.applied",
                time=DAWN,
                data=each,
            ),
        )
        for number, each in enumerate(told)
    ]


def walked(begins: list[int | None], start: int) -> list[int]:
    """The numbers by which a lane judges as its clock goes from a day on, each once."""
    rules = compile_rules(NO_RULES)
    known = Editions(
        rules, [Compiled(n, rules, None if each is None else day(each)) for n, each in enumerate(begins)]
    )
    numbers = [FIRST]
    for each in range(start, HORIZON + 1):
        due = known.due(numbers[-1], day(each))
        numbers += [due.number] if due else []
    return numbers


@given(st.lists(st.none() | st.integers(0, HORIZON), max_size=6), st.integers(0, HORIZON))
def test_lanes_judge_by_the_edition_in_force_and_then_by_those_planned(
    begins: list[int | None], now: int
) -> None:
    told = published(begins)
    current = in_force(told, day(now))
    coming = [each.number for each in planned(told, day(now))]
    assert walked(begins, now) == [FIRST, *([current.number] if current else []), *coming]
