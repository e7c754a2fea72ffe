"""What goes with a warning: the value at risk, the step to take next, the channel, how old the profile is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from monitor.domain.advice import USUAL, Suggested, ValueAtRisk, adviser, kind_of_churn, value_at_risk
from monitor.domain.observe import observe
from monitor.domain.profile import with_profile
from monitor.domain.state import State, with_about
from schemas.advice import Advice, StepFor
from schemas.fields import REASONS, ChurnKind, Tier
from schemas.rule_parts import NextStep
from tests.laws.strategies import at, fact
from tests.units.test_profile import FULL, told

DAY = 24
DEFAULT = Advice()
EMPTY: dict[str, Any] = {}
YEAR = timedelta(days=365)


def bought(*days: float, refunded: float = 0.0, **content: Any) -> State:
    state = State()
    for place, day in enumerate(days):
        order = fact("order.placed", {"amount": 100.0, **content}, hour=day * DAY, name=f"o{place}")
        state = observe(state, order)
    return (
        observe(state, fact("order.refunded", {"amount": refunded}, hour=0, name="r")) if refunded else state
    )


WORTH: list[tuple[State, float, str]] = [
    (bought(0), 100.0, "sales"),  # of a first year no more is expected than it brought
    (bought(0, 30, 60), 300.0, "sales"),
    (bought(*range(0, 730, 73)), 500.0, "sales"),  # ten orders, one every 73 days
    (bought(*range(0, 730, 73), margin=30.0), 150.0, "margin"),
    (bought(*range(0, 730, 73), refunded=250.0), 375.0, "sales"),
    (bought(*range(0, 730, 73), margin=30.0, refunded=500.0), 75.0, "margin"),
    (bought(0, refunded=200.0), 0.0, "sales"),
    (bought(0, margin=-5.0), 0.0, "margin"),
]


@pytest.mark.parametrize(("state", "amount", "basis"), WORTH)
def test_the_value_at_risk_is_a_year_at_the_customers_own_pace(
    state: State, amount: float, basis: str
) -> None:
    assert value_at_risk(state, YEAR) == ValueAtRisk(amount, basis, 365.0)  # type: ignore[arg-type]


def test_the_horizon_is_a_choice() -> None:
    assert value_at_risk(bought(*range(0, 730, 73)), 2 * YEAR) == ValueAtRisk(1000.0, "sales", 730.0)


@pytest.mark.parametrize("state", [State(), bought(0, 1, amount=1.7e308)])
def test_what_nobody_can_know_is_not_told(state: State) -> None:
    assert value_at_risk(state, YEAR) is None


def step(
    kind: ChurnKind = "unknown",
    reason: str | None = None,
    *,
    tables: Advice = DEFAULT,
    own: NextStep | None = None,
    profile: dict[str, Any] = EMPTY,
    **about: Any,
) -> str:
    state = with_about(with_profile(bought(0), told(**profile)), **about)
    suggested = adviser(tables, own, kind, reason).advise("ada", state, at(0)).next_step
    assert suggested is not None
    return suggested.step


@pytest.mark.parametrize(
    ("kind", "reason", "tier", "expected"),
    [
        ("deliberate", "service", "important", "none"),
        ("involuntary", "moved", None, "none"),
        ("involuntary", "payment", "important", "billing"),
        ("unknown", "payment", None, "billing"),
        ("unknown", "quality", "important", "fix_first"),
        ("voluntary", "trust", None, "fix_first"),
        ("unknown", "service", "important", "call"),
        ("unknown", "service", "ordinary", "apology"),
        ("unknown", "price", "important", "call"),
        ("unknown", "price", "ordinary", "offer"),
        ("unknown", "a word of ours", None, "call"),
        ("unknown", None, None, "call"),
    ],
)
def test_the_step_follows_kind_reason_and_tier(
    kind: ChurnKind, reason: str | None, tier: Tier | None, expected: str
) -> None:
    assert step(kind, reason, tier=tier) == expected


def test_there_is_a_step_for_every_warning() -> None:
    for kind in get_args(ChurnKind):
        for reason in (None, *REASONS):
            for tier in (None, *get_args(Tier)):
                state = with_about(bought(0), tier=tier)
                advice = adviser(DEFAULT, None, kind, reason).advise("ada", state, at(0))
                assert advice.next_step is not None
                assert "ada" in advice.next_step.text


def test_the_steps_of_a_file_come_before_those_that_are_built_in() -> None:
    tables = Advice(next_steps=(StepFor(step="offer", reason="service"),))
    assert step(reason="service", tables=tables) == "offer"
    assert step(reason="trust", tables=tables) == "fix_first"


def test_the_step_of_a_rule_comes_first_of_all_but_not_for_who_is_let_go() -> None:
    offer = NextStep(step="offer")
    assert step(reason="service", own=offer) == "offer"
    assert step(reason="service", own=offer, profile={"policy": "let_go"}) == "none"
    assert step("deliberate", own=offer, profile={"policy": "let_go"}) == "offer"  # a rule about those alone


TEXT = "Call {name} of {company} ({customer}, {owner}; {preferences}) {{soon}}"


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ({}, "Call ada of ada (ada, nobody; none known) {soon}"),
        ({"name": "Ada"}, "Call Ada of Ada (ada, nobody; none known) {soon}"),
        ({"company": "Engines {x}"}, "Call Engines {x} of Engines {x} (ada, nobody; none known) {soon}"),
        (FULL | {"policy": None}, "Call Ada Lovelace of Engines Ltd (ada, cy; contact: before noon) {soon}"),
    ],
)
def test_texts_are_filled_from_the_profile(profile: dict[str, Any], text: str) -> None:
    own = adviser(DEFAULT, NextStep(step="call", text=TEXT), "unknown", None)
    advice = own.advise("ada", with_profile(bought(0), told(**profile)), at(0))
    assert advice.next_step == Suggested("call", text)


@pytest.mark.parametrize(
    "text", ["{nmae}", "{name.upper}", "{name!r}", "{name:>9}", "{0}", "{}", "{name", "}", ""]
)
def test_a_text_with_other_places_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match=r"text"):
        NextStep(step="call", text=text)


@pytest.mark.parametrize(
    ("profile", "days", "channel", "stale"),
    [
        (None, 0, None, None),
        ({}, 365, None, False),
        ({"preferred_channel": "mail"}, 366, "mail", True),
    ],
)
def test_channel_and_age_are_those_of_the_profile(
    profile: dict[str, Any] | None, days: int, channel: str | None, stale: bool | None
) -> None:
    event = told(**(profile or {}))
    state = bought(0) if profile is None else with_profile(bought(0), event)
    advice = USUAL.advise("ada", state, event.time + timedelta(days=days))
    assert (advice.channel, advice.stale_profile) == (channel, stale)


def test_who_is_let_go_leaves_because_we_want_it_so() -> None:
    assert kind_of_churn(with_profile(State(), told(policy="let_go")), "voluntary") == "deliberate"
    assert kind_of_churn(with_profile(State(), told()), "voluntary") == "voluntary"
    assert kind_of_churn(State(), "unknown") == "unknown"
