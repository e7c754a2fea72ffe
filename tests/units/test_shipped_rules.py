"""The rule file that ships: each rule has a story in which it warns, and one in which it keeps quiet."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
import yaml

from monitor.adapters.rule_files import SHIPPED, load_rules
from monitor.domain.life import Transition
from monitor.offline.scenarios import Look, parse_scenario, run_scenario
from monitor.offline.side_by_side import side_by_side
from schemas.errors import ConfigError
from tests.conftest import ROOT

FILE = yaml.safe_load((ROOT / SHIPPED).read_text())
RULES = FILE["rules"]

STORIES = {
    path.stem: yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "tests/scenarios/shipped").glob("*.yaml"))
}
NAMES = [rule["name"] for rule in RULES]


def alone(name: str) -> list[dict[str, Any]]:
    """One rule, live; a score with its parts, in shadow beside it."""
    [rule] = [rule for rule in RULES if rule["name"] == name]
    parts = {part["rule"] for part in rule.get("parts", ())}
    others = [each | {"mode": "shadow"} for each in RULES if each["name"] in parts]
    return [*others, rule | {"mode": "live"}]


def is_met(name: str, story: str) -> tuple[bool, str]:
    told = {"customers": FILE["customers"], "rules": alone(name), "timeline": STORIES[name][story]}
    text = yaml.safe_dump(told)
    looks = [of_live_rules(look) for look in run_scenario(parse_scenario(text, name))]
    return all(look.is_as_expected for look in looks), f"\n{side_by_side(looks)}"


def of_live_rules(look: Look) -> Look:
    return look._replace(
        seen=tuple(each for each in look.seen if not (isinstance(each, Transition) and each.shadow))
    )


def test_it_is_what_is_loaded_where_no_file_is_set() -> None:
    judging = [rule["name"] for rule in RULES if rule.get("mode") != "off"]
    assert [rule.terms.name for rule in load_rules(None).rules] == judging
    assert files("monitor").joinpath("rules.yaml").is_file()


def test_every_rule_has_both_stories() -> None:
    assert sorted(STORIES) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_warns(name: str) -> None:
    met, seen = is_met(name, "warns")
    assert met, seen


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_quiet(name: str) -> None:
    assert not any(look.get("expect") for look in STORIES[name]["keeps_quiet"])
    met, seen = is_met(name, "keeps_quiet")
    assert met, seen


def test_every_number_says_where_it_comes_from() -> None:
    lines = (ROOT / SHIPPED).read_text().splitlines()
    numbered = (
        "factor:",
        "floor:",
        "ceiling:",
        "fallback:",
        "min_gaps:",
        "prior:",
        "n:",
        "within:",
        "older_than:",
        "steps:",
        "quiet_for:",
        "overdue:",
        "ahead:",
        "scores_below:",
        "to:",
        "parts:",
        "at_least:",
        "orders:",
        "usual_from:",
        "keep:",
        "new_for:",
        "probation:",
        "probation_factor:",
        "sales_from:",
        "down_to:",
        "cadence: ",
    )
    for before, line in pairwise(lines):
        if line.strip().startswith(numbered) and line.strip() != "cadence: true":
            assert before.strip().startswith("#"), line


def test_a_rule_file_that_is_no_text_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_rules(path)
