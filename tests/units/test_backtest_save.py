"""`backtest --save-rules`: the rule file that was judged with thresholds put in, and nothing else changed."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml

from monitor.adapters.rule_files import load_rule_file, rule_text
from monitor.offline.rule_edits import edits
from monitor.offline.rule_texts import LimitEdit, with_limits
from schemas.rule_files import parse_rules, read_rules
from schemas.rules import RuleFile
from tests.commands import churn_monitor
from tests.units.test_backtest_command import RULES, orders, rules

__all__ = ["orders", "rules"]

THRESHOLDS = {"quiet_for", *(f"personal.{key}" for key in ("factor", "floor", "ceiling", "fallback"))}
EVENLY = {*THRESHOLDS, *(f"personal.{key}" for key in ("min_gaps", "prior", "prior.gap", "prior.weight"))}
WANTED = {
    "personal": {"factor": 2.5, "floor": "3d", "fallback": "50d", "prior": {"gap": "9d", "weight": 1.5}}
}
PERSONAL = {
    "block": """
version: 1
rules:
  # above
  - name: overdue  # beside
    kind: silence
    of: order.placed
    # of the threshold
    personal:
      # of the factor
      factor: 3    # three
      floor: 14d
      # of the ceiling
      ceiling: 180d
      fallback: 60d
      prior:
        gap: 30d
        weight: 2

      # of the end
    severity: watch
""",
    "braces": """
version: 1
rules:
  - name: overdue
    kind: silence
    of: order.placed
    personal: {factor: 3, ceiling: 180d, floor: 14d, fallback: 60d}  # beside
""",
    "all in braces": """
version: 1
rules:
  - {name: other, kind: silence, of: order.placed, quiet_for: 3d}
  - {personal: {ceiling: 180d, factor: 3, floor: 14d, fallback: 60d}, name: overdue, kind: silence, of: order.placed}
""",
    "one number": """
version: 1
rules:
  - quiet_for: 40d  # beside
    name: overdue
    kind: silence
    of: order.placed
""",
}


def saved(tmp_path: Path, *words: object) -> tuple[RuleFile, str]:
    path = tmp_path / "saved.yaml"
    ran = churn_monitor("backtest", *words, "--save-rules", path)
    assert ran.code == 0, ran.err
    return load_rule_file(path), path.read_text()


@pytest.mark.parametrize(("more", "may_differ"), [([], THRESHOLDS), (["--classes"], EVENLY)])
def test_only_thresholds_of_the_rules_that_ship_differ(
    orders: Path, tmp_path: Path, more: list[str], may_differ: set[str]
) -> None:
    new, text = saved(tmp_path, orders, *more)
    changed = edits(load_rule_file(None), new)
    assert changed.names()[:2] == ("purchase_overdue", "no_second_order")[: len(changed.rules)]
    assert {each.key for rule in changed.rules for each in rule.keys} - may_differ == set()
    old = rule_text(None).splitlines()
    gone = [line[2:] for line in difflib.ndiff(old, text.splitlines()) if line.startswith("- ")]
    assert gone
    assert [line for line in gone if line.lstrip().startswith("#")] == []
    assert text.count("# Set by `churn-monitor backtest orders.csv --false-alarms 10%") == len(changed.rules)


def test_what_is_saved_is_what_was_proposed(orders: Path, rules: Path, tmp_path: Path) -> None:
    new, text = saved(tmp_path, orders, "--rules", rules, "--classes", "--false-alarms", "5%")
    by_name = {rule.name: rule for rule in new.rules}
    assert by_name["overdue"].model_dump()["personal"]["prior"] is not None
    assert by_name["quiet"].model_dump()["personal"] is not None
    assert by_name["shut"] == parse_rules(RULES, "before").rules[2]
    assert "--rules rules.yaml --false-alarms 5% --classes`" in " ".join(text.replace("#", "").split())


@pytest.mark.parametrize("form", PERSONAL)
def test_a_limit_is_put_in_however_it_is_written(form: str) -> None:
    text = PERSONAL[form]
    place = len(parse_rules(text, form).rules) - 1
    new = with_limits(text, read_rules(text, form), [LimitEdit(place, WANTED, ["why", "and how"])])
    content = yaml.safe_load(text)
    content["rules"][place].pop("quiet_for", None)
    content["rules"][place] |= WANTED
    assert yaml.safe_load(new) == content
    assert parse_rules(new, form).rules
    for comment in (line[line.index("#") :] for line in text.splitlines() if "#" in line):
        assert comment in new
    assert new.index("# why\n") < new.index("# and how\n") < new.index("personal:")


def test_shared_parts_are_refused_rather_than_changed_elsewhere(orders: Path, tmp_path: Path) -> None:
    shared, path = tmp_path / "shared.yaml", tmp_path / "saved.yaml"
    shared.write_text("""
version: 1
rules:
  - {name: first, kind: silence, of: order.placed, personal: &own {factor: 9, floor: 1d, fallback: 9d}}
  - {name: second, kind: silence, of: order.placed, mode: shadow, personal: *own}
""")
    ran = churn_monitor("backtest", orders, "--rules", shared, "--save-rules", path)
    assert (ran.code, path.exists()) == (2, False)
    assert "are there aliases?" in ran.err


def test_no_file_is_written_over_unless_forced(orders: Path, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(RULES)
    refused = churn_monitor("backtest", orders, "--rules", path, "--save-rules", path)
    assert (refused.code, path.read_text()) == (2, RULES)
    assert "is there already; name another, or add --force" in refused.err
    forced = churn_monitor("backtest", orders, "--rules", path, "--save-rules", path, "--force")
    assert forced.code == 0, forced.err
    assert "quiet: quiet_for 40d →" in forced.err
    assert f"churn-monitor rules check {path} --history {orders}" in forced.err
    assert churn_monitor("rules", "check", path).code == 0


def test_where_nothing_is_learned_nothing_is_saved(tmp_path: Path) -> None:
    single, path = tmp_path / "orders.csv", tmp_path / "saved.yaml"
    single.write_text("customer,date,amount\nada,2025-01-01,5\n")
    ran = churn_monitor("backtest", single, "--save-rules", path)
    assert (ran.code, path.exists()) == (1, False)
    assert "is not written: no other threshold is proposed" in ran.err


@pytest.mark.parametrize("option", ["--classes", "--force"])
def test_options_of_saving_need_it(orders: Path, option: str) -> None:
    ran = churn_monitor("backtest", orders, option)
    assert ran.code == 2
    assert f"{option}: given without --save-rules" in ran.err
