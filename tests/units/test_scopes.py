"""Scopes: what a rule is told to be for whom, in evidence, in lists and where a customer is explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.domain.assess import assess
from monitor.domain.observe import observe
from monitor.domain.profile import with_profile
from monitor.domain.rules import compile_rules
from monitor.domain.state import Row, State, with_about
from monitor.offline.explain import Explanation, explained
from monitor.offline.rule_words import as_rows
from schemas.fields import Tier
from schemas.rules import RuleFile, rules_version
from tests.commands import churn_monitor
from tests.laws.strategies import TIERED, at, fact
from tests.units.test_profile import told as profile_told

OWN = {"factor": 3, "floor": "2d", "fallback": "20d"}
QUIET: dict[str, Any] = {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "10d"}
SCOPES: list[dict[str, Any]] = [
    {"segment": ["wholesale", "export"], "quiet_for": "6d", "severity": "watch"},
    {"segment": "internal", "mode": "off"},
    {"tier": "important", "personal": OWN},
    {"customer": "cleo", "quiet_for": "3d", "for": "1d"},
]


def file_of(*scopes: dict[str, Any]) -> RuleFile:
    rule = QUIET | {"scopes": scopes or SCOPES}
    return RuleFile.model_validate({"version": 1, "customers": TIERED, "rules": [rule]})


def known(*segments: str, tier: Tier | None = None) -> State:
    """Who has ordered once, is in these segments and of this tier."""
    state = observe(State(), fact("order.placed", {"amount": 1.0}, hour=0))
    if segments:
        state = with_profile(state, profile_told(segments=segments))
    return with_about(state, tier=tier) if tier else state


def explain(customer: str, state: State) -> Explanation:
    """The customer on day 40, warned of what is found by then."""
    file, now = file_of(), at(40 * 24)
    rules = compile_rules(file)
    told, standing, _ = assess(customer, state, (), rules.of(customer).rules, now)
    return explained(customer, Row(state=state, warnings=standing), file, rules, told, now)


@pytest.mark.parametrize(
    ("customer", "state", "told"),
    [
        ("ada", known(), ("default", "a fixed limit, the same for every customer", "10 days")),
        ("ada", known("small"), ("default", "a fixed limit, the same for every customer", "10 days")),
        ("ada", known("export", "small"), ("segment", "the limit set for segment export", "6 days")),
        ("cleo", known("export"), ("customer", "the limit set for this customer", "3 days")),
        (
            "ada",
            known("export", tier="important"),
            (
                "tier",
                "only 1 order so far, too few for a rhythm: the fallback, as set for tier important",
                "20 days",
            ),
        ),
    ],
)
def test_the_evidence_says_which_scope_applied(
    customer: str, state: State, told: tuple[str, str, str]
) -> None:
    (stands,) = explain(customer, state).standing
    evidence = stands.warning.evidence
    assert (evidence["origin"], evidence["basis"], evidence["threshold"]) == told


def test_where_the_rule_is_off_the_explanation_says_so() -> None:
    (lacking,) = explain("ada", known("internal")).lacks
    assert (lacking.rule, lacking.needs) == ("quiet", "is off for this customer")


def test_a_list_tells_each_scope_below_its_rule() -> None:
    (rule,) = file_of().rules
    rows = [(row["name"], row["severity"], row["mode"], row["warns when"]) for row in as_rows(rule)]
    assert rows == [
        ("quiet", "warning", "live", "quiet for 10d"),
        ("  segment wholesale or export", "watch", "live", "quiet for 6d"),
        ("  segment internal", "warning", "off", "quiet for 10d"),
        (
            "  tier important",
            "warning",
            "live",
            "quiet for 3 × own rhythm (at least 2d, 20d below 1 gap)",
        ),
        ("  customer cleo", "warning", "live", "quiet for 3d, held for 1d"),
    ]


def test_a_list_for_scripts_has_them_as_they_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        json.dumps({"version": 1, "customers": TIERED, "rules": [QUIET | {"scopes": SCOPES[:1]}]})
    )
    (rule,) = json.loads(churn_monitor("rules", "list", path, "--json").out)
    (scope,) = rule["scopes"]
    assert scope == {
        "segment": ["wholesale", "export"],
        "severity": "watch",
        "quiet_for": "6d",
        "warns_when": "quiet for 6d",
    }


def test_the_version_is_that_of_what_scopes_mean() -> None:
    days, hours = {"segment": "a", "quiet_for": "6d"}, {"segment": ["a"], "quiet_for": "144h"}
    assert rules_version(file_of(days)) == rules_version(file_of(hours))
    assert rules_version(file_of(days)) != rules_version(file_of(days | {"quiet_for": "7d"}))


def test_customers_with_the_same_scopes_share_their_rules() -> None:
    rules = compile_rules(
        file_of({"customer": ["ada", "bo"], "keep": "1d"}, {"customer": "cy", "keep": "2d"})
    )
    assert rules.of("ada") is rules.of("bo")
    assert rules.of("cy") is not rules.of("ada")
    assert rules.of("dan") is rules
