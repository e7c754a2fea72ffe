"""What people told of a customer, explained: the profile, times away and what they hold back, that they left."""

from __future__ import annotations

import json
from typing import Any

from monitor.cli.explain_facts import fact_lines
from monitor.cli.explain_text import as_record
from monitor.domain.observe import observe
from monitor.domain.profile import with_profile
from monitor.domain.rules import compile_rules
from monitor.domain.state import Absence, Left, Row, State, with_about
from monitor.offline.explain import Explanation, explained
from monitor.offline.explain_ahead import Hold
from schemas.rules import RuleFile
from tests.laws.strategies import at, fact
from tests.units.test_profile import FULL
from tests.units.test_profile import told as profile_told

QUIET: dict[str, Any] = {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "10d"}
DAY = 24
ORDERED = observe(State(), fact("order.placed", {"amount": 1.0}, hour=0))
AWAY = Absence(at(5 * DAY), at(25 * DAY), "vacation")


def explain(state: State, day: float = 20, **rule: Any) -> Explanation:
    file = RuleFile.model_validate({"version": 1, "rules": [QUIET | rule]})
    return explained("ada", Row(state=state), file, compile_rules(file), [], at(day * DAY))


def test_a_planned_absence_holds_a_silence_back() -> None:
    away = with_about(ORDERED, absences=(AWAY,))
    for told in (explain(away), explain(away, orders={"min": 1})):
        (held,) = told.holds
        assert held == Hold("quiet", at(10 * DAY), at(30 * DAY), [], at(25 * DAY))


def test_an_absence_that_came_too_late_holds_nothing_back() -> None:
    late = Absence(at(15 * DAY), at(25 * DAY))
    assert explain(with_about(ORDERED, absences=(late,))).holds == []


def test_both_an_absence_and_an_order_on_its_way_can_hold_a_silence_back() -> None:
    state = ORDERED
    for hour, kind, name in (
        (1, "order.placed", "O1"),
        (2, "order.delivered", "O1"),
        (3, "order.placed", "O2"),
    ):
        amount = {"amount": 1.0} if kind == "order.placed" else {}
        state = observe(state, fact(kind, {"order_id": name, **amount}, hour=hour, name=f"e{hour}"))
    (held,) = explain(with_about(state, absences=(AWAY,)), open_order_holds="40d").holds
    assert (held.until, held.orders, held.away_until) == (at(3 + 40 * DAY), [at(3)], at(25 * DAY))


def test_who_the_customer_is_stands_above_what_they_did() -> None:
    state = with_profile(
        with_about(ORDERED, absences=(AWAY,), left=Left(at(30), "voluntary", "price")), profile_told(**FULL)
    )
    lines = dict(fact_lines(explain(state).known, at(0)))
    assert list(lines)[:4] == ["profile", "policy", "away", "left"]
    assert lines["profile"] == (
        "Ada Lovelace, Engines Ltd, South, b2b, north, owner cy, by phone, as told on 2026-01-01 03:00"
    )
    assert lines["policy"] == "let go: not to be won back, and what is noticed is deliberate churn"
    assert lines["away"] == "from 2026-01-06 to 2026-01-26 (vacation)"
    assert lines["left"] == "declared lost on 2026-01-02 06:00: voluntary, price"


def test_of_whom_nobody_told_anything_nothing_is_shown() -> None:
    assert next(iter(fact_lines(explain(ORDERED).known, at(0))))[0] == "orders"


def test_scripts_find_the_same() -> None:
    record = json.loads(
        as_record(explain(with_about(with_profile(ORDERED, profile_told(**FULL)), absences=(AWAY,))))
    )
    assert record["known"]["profile"]["policy"] == "let_go"
    assert record["known"]["absences"][0]["reason"] == "vacation"
    assert record["holds"][0]["away_until"] == "2026-01-26T00:00:00Z"
