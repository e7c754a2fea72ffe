"""What differs between two rule files, and what that means for the warnings that stand."""

from __future__ import annotations

import pytest

from monitor.adapters.rule_files import load_rule_file
from monitor.offline.rule_edits import KeyEdit, edits
from monitor.offline.rule_fates import Fate, fates
from schemas.editions import OpenWarnings
from schemas.rule_files import parse_rules
from schemas.rules import RuleFile

QUIET = "{name: quiet, kind: silence, of: order.placed, quiet_for: 30d}"
SOONER = QUIET.replace("30d", "20d")
OWN = QUIET.replace("quiet_for: 30d", "personal: {factor: 3, floor: 7d, fallback: 60d}")
LOST = "{name: lost, kind: signal, of: quote.lost}"
RISK = "{name: risk, kind: score, parts: [{rule: quiet, weight: 1}, {rule: lost, weight: 1}], at_least: 0.5}"


def file(*rules: str, above: str = "") -> RuleFile:
    return parse_rules(f"version: 1\n{above}rules: [{', '.join(rules)}]", "rules.yaml")


def tiers(border: int) -> str:
    return f"customers: {{new_for: 60d, tiers: {{important: {{sales_from: {border}}}}}}}\n"


def changed(rule: str, *words: str) -> str:
    return rule.replace("}", f", {', '.join(words)}}}")


def test_a_file_differs_in_nothing_from_itself_in_another_order_or_with_its_defaults() -> None:
    assert edits(load_rule_file(None), load_rule_file(None)).are_none()
    assert edits(file(QUIET, LOST), file(LOST, changed(QUIET, "mode: live", "severity: warning"))).are_none()


def test_rules_are_new_gone_off_or_changed_by_keys() -> None:
    after = file(changed(LOST, "mode: off"), SOONER, "{name: moved, kind: signal, of: customer.moved}")
    found = edits(file(QUIET, LOST, RISK), after)
    assert [(each.name, each.kind) for each in found.rules] == [
        ("lost", "off"),
        ("quiet", "changed"),
        ("moved", "new"),
        ("risk", "gone"),
    ]
    assert found.names() == ("lost", "quiet", "moved", "risk")
    assert found.rules[1].keys == (KeyEdit("quiet_for", "30d", "20d"),)
    assert [each.keys for each in found.rules[2:]] == [(), ()]


def test_a_key_within_a_part_is_named_with_it() -> None:
    (edit,) = edits(file(OWN), file(OWN.replace("factor: 3", "factor: 4"))).rules
    assert edit.keys == (KeyEdit("personal.factor", 3.0, 4.0),)


def test_one_threshold_instead_of_another_is_two_keys() -> None:
    (edit,) = edits(file(QUIET), file(OWN)).rules
    assert KeyEdit("quiet_for", "30d", None) in edit.keys
    assert KeyEdit("personal.factor", None, 3.0) in edit.keys


def test_what_is_said_of_customers_differs_by_keys() -> None:
    found = edits(file(QUIET, above=tiers(1000)), file(QUIET, above=tiers(2000)))
    assert (found.rules, found.customers) == ((), (KeyEdit("tiers.important.sales_from", 1000.0, 2000.0),))
    assert not found.are_none()


@pytest.mark.parametrize(
    ("wish", "becomes"), [("judge", "judged anew"), ("keep", "kept"), ("close", "closed")]
)
def test_open_warnings_of_changed_rules_go_as_wished(wish: OpenWarnings, becomes: str) -> None:
    after = file(SOONER, LOST)
    found = fates(edits(file(QUIET, LOST), after), after, {"quiet": 7, "lost": 2}, wish)
    assert found == [Fate("quiet", 7, becomes, "the rule is changed")]  # type: ignore[arg-type]


@pytest.mark.parametrize("wish", ["judge", "keep", "close"])
@pytest.mark.parametrize(
    ("after", "why"),
    [
        (file(LOST), "the rule is gone"),
        (file(LOST, changed(QUIET, "mode: off")), "the rule is off"),
        (file(LOST, changed(QUIET, "mode: shadow")), "the rule is told to nobody"),
    ],
)
def test_those_that_nothing_could_end_are_closed_whatever_is_wished(
    after: RuleFile, why: str, wish: OpenWarnings
) -> None:
    found = fates(edits(file(QUIET, LOST), after), after, {"quiet": 7}, wish)
    assert found == [Fate("quiet", 7, "closed", why)]


def test_so_are_those_of_rules_that_were_gone_before() -> None:
    after = file(QUIET, LOST)
    assert fates(edits(file(QUIET), after), after, {"forgotten": 1}, "keep") == [
        Fate("forgotten", 1, "closed", "the rule is gone")
    ]


def test_a_score_is_judged_anew_where_a_rule_that_it_rests_on_is_another() -> None:
    after = file(SOONER, LOST, RISK)
    found = fates(edits(file(QUIET, LOST, RISK), after), after, {"risk": 3, "lost": 5}, "keep")
    assert found == [Fate("risk", 3, "judged anew", "the rule rests on quiet")]


def test_all_are_judged_anew_where_customers_are_told_apart_in_another_way() -> None:
    after = file(QUIET, above=tiers(2000))
    found = fates(edits(file(QUIET, above=tiers(1000)), after), after, {"quiet": 3}, "close")
    assert found == [Fate("quiet", 3, "judged anew", "`customers:` is changed")]
