"""The file of a model beside a rule file: what is named there is put in its place, or told apart from nonsense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.rule_files import load_rule_file, load_rules
from schemas.editions import Edition
from schemas.errors import ConfigError
from schemas.rules import RuleFile, rules_version
from tests.commands import churn_monitor
from tests.laws.strategies import fitted

RULES = """\
version: 1
rules:
  - {name: quiet, kind: silence, of: order.placed, quiet_for: 30d}
  - name: leaving
    kind: score
    at_least: 0.5
    parts:
      - {rule: quiet, weight: 1}
      - {model: fits/bgnbd.json, within: 90d, below: 0.3, weight: 2}
"""
MODEL = fitted(0.243, 4.414, 0.793, 2.426)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "fits").mkdir()
    (tmp_path / "rules.yaml").write_text(RULES)
    write(tmp_path, MODEL)
    return tmp_path / "rules.yaml"


def write(folder: Path, model: dict[str, Any]) -> None:
    (folder / "fits" / "bgnbd.json").write_text(json.dumps(model, indent=2))


def part(file: RuleFile) -> Any:
    (rule,) = (rule for rule in file.rules if rule.kind == "score")
    return rule.parts[-1]


def test_the_parameters_stand_in_the_place_of_the_name(rules: Path) -> None:
    found = part(load_rule_file(rules)).model
    assert (found.r, found.alpha, found.a, found.b) == (0.243, 4.414, 0.793, 2.426)


def test_a_model_may_be_written_in_yaml(rules: Path) -> None:
    lines = "".join(f"{key}: {json.dumps(value)}\n" for key, value in MODEL.items())
    (rules.parent / "fits" / "bgnbd.json").write_text(f"# by hand\n{lines}")
    assert part(load_rule_file(rules)).model.alpha == 4.414


def test_other_parameters_are_other_rules(rules: Path) -> None:
    before = load_rules(rules).version
    write(rules.parent, MODEL | {"alpha": 4.415})
    assert load_rules(rules).version != before


def test_an_edition_carries_the_parameters(rules: Path) -> None:
    file = load_rule_file(rules)
    told = Edition(rules=file).model_dump_json(exclude_none=True)
    assert json.loads(told)["rules"]["rules"][1]["parts"][1]["model"] == MODEL
    again = Edition.model_validate_json(told).rules
    assert (again, rules_version(again)) == (file, rules_version(file))


def refused(rules: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_rule_file(rules)
    return str(caught.value).replace(f"{rules.parent}/", "")


def test_a_file_that_is_missing_is_told_where_it_is_named(rules: Path) -> None:
    (rules.parent / "fits" / "bgnbd.json").unlink()
    assert refused(rules) == (
        "rules.yaml:9: rules[1].parts[1].model: no such file: fits/bgnbd.json; "
        "`churn-monitor backtest --save-model` writes one"
    )


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"alpha": -1}, "fits/bgnbd.json:3: alpha: should be greater than 0"),
        ({"version": 2}, "fits/bgnbd.json:14: version: 2 is not allowed; allowed: 1"),
        ({"alpa": 4}, "fits/bgnbd.json:14: alpa: unknown key; did you mean alpha? allowed: "),
    ],
)
def test_what_is_no_model_is_told_with_line_and_key(rules: Path, wrong: dict[str, Any], told: str) -> None:
    write(rules.parent, MODEL | wrong)
    assert refused(rules).startswith(told)


def test_the_check_of_rules_tells_it(rules: Path) -> None:
    assert churn_monitor("rules", "check", rules).code == 0
    write(rules.parent, MODEL | {"r": "many"})
    checked = churn_monitor("rules", "check", rules)
    assert checked.code == 2
    assert "fits/bgnbd.json:2: r: should be a valid number" in checked.err.replace("\n", "")
