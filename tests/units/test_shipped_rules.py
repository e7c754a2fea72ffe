"""The rule file that ships: each rule has a story in which it warns, and one in which it keeps quiet."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise

import pytest
import yaml

from monitor.adapters.rule_files import SHIPPED, load_rules
from monitor.offline.scenarios import parse_scenario, run_scenario
from monitor.offline.side_by_side import side_by_side
from schemas.errors import ConfigError
from tests.conftest import ROOT

RULES = yaml.safe_load((ROOT / SHIPPED).read_text())["rules"]

WARNS = {
    "purchase_overdue": """
- {at: 0d, event: {type: order.placed, customer: ada}}
- {at: 60d, expect: [{firing: purchase_overdue, customer: ada, severity: warning, since: 60d}]}
- {at: 120d, expect: [{raised: purchase_overdue, customer: ada, severity: critical}]}
- at: 121d
  event: {type: order.placed, customer: ada}
  expect: [{resolved: purchase_overdue, customer: ada, cause: ordered again}]
""",
    "complaints": """
- {at: 0d, event: {type: ticket.opened, customer: ada, ticket_id: T1, kind: complaint}}
- {at: 1d, event: {type: ticket.resolved, customer: ada, ticket_id: T1}}
- {at: 10d, event: {type: contact.made, customer: ada, sentiment: negative}, expect: []}
- at: 20d
  event: {type: contact.made, customer: ada, kind: complaint}
  expect: [{firing: complaints, customer: ada, severity: warning}]
- {at: 21d, event: {type: ticket.opened, customer: ada, ticket_id: T2, severity: critical}, expect: []}
- at: 22d
  event: {type: ticket.resolved, customer: ada, ticket_id: T2}
- at: 23d
  event: {type: contact.made, customer: ada, sentiment: negative}
  expect: [{raised: complaints, customer: ada, severity: critical}]
- {at: 51d, expect: [{resolved: complaints, customer: ada, cause: lapsed}]}
""",
    "complaint_unresolved": """
- {at: 0d, event: {type: ticket.opened, customer: ada, ticket_id: T1, kind: complaint}}
- {at: 1d, event: {type: ticket.replied, customer: ada, ticket_id: T1}, expect: []}
- at: 7d
  expect: [{firing: complaint_unresolved, customer: ada, about: T1, severity: warning, since: 7d}]
- {at: 14d, expect: [{raised: complaint_unresolved, customer: ada, about: T1, severity: critical}]}
- at: 15d
  event: {type: ticket.resolved, customer: ada, ticket_id: T1}
  expect: [{resolved: complaint_unresolved, customer: ada, about: T1, cause: ticket solved}]
""",
    "no_first_reply": """
- {at: 0d, event: {type: ticket.opened, customer: ada, ticket_id: T1}}
- {at: 2d, expect: [{firing: no_first_reply, customer: ada, about: T1, severity: watch, since: 2d}]}
- at: 3d
  event: {type: ticket.replied, customer: ada, ticket_id: T1}
  expect: [{resolved: no_first_reply, customer: ada, about: T1, cause: ticket answered}]
""",
}

KEEPS_QUIET = {
    "purchase_overdue": """
- {at: 0d, event: {type: order.placed, customer: ada}}
- {at: 30d, event: {type: order.placed, customer: ada}}
- {at: 60d, event: {type: order.placed, customer: ada}}
- {at: 149d, event: {type: order.placed, customer: ada}, expect: []}
""",
    "complaints": """
- {at: 0d, event: {type: contact.made, customer: ada, sentiment: negative}}
- {at: 15d, event: {type: contact.made, customer: ada, sentiment: negative}}
- {at: 20d, event: {type: contact.made, customer: ada, sentiment: positive, kind: question}}
- {at: 30d, event: {type: contact.made, customer: ada, sentiment: negative}, expect: []}
""",
    "complaint_unresolved": """
- {at: 0d, event: {type: ticket.opened, customer: ada, ticket_id: T1, kind: complaint}}
- {at: 1d, event: {type: ticket.replied, customer: ada, ticket_id: T1}}
- {at: 6d23h, event: {type: ticket.closed, customer: ada, ticket_id: T1}}
- {at: 30d, expect: []}
""",
    "no_first_reply": """
- {at: 0d, event: {type: ticket.opened, customer: ada, ticket_id: T1}}
- {at: 1d, event: {type: ticket.resolved, customer: ada, ticket_id: T1}}
- {at: 30d, expect: []}
""",
}


def is_met(timeline: str) -> tuple[bool, str]:
    text = yaml.safe_dump({"rules": RULES, "timeline": yaml.safe_load(timeline)})
    looks = run_scenario(parse_scenario(text, "shipped"))
    return all(look.is_as_expected for look in looks), f"\n{side_by_side(looks)}"


def test_it_is_what_is_loaded_where_no_file_is_set() -> None:
    assert [rule.terms.name for rule in load_rules(None).rules] == list(WARNS)
    assert files("monitor").joinpath("rules.yaml").is_file()


def test_every_rule_has_both_stories() -> None:
    assert list(WARNS) == list(KEEPS_QUIET) == [rule["name"] for rule in RULES]


@pytest.mark.parametrize("rule", WARNS)
def test_it_warns(rule: str) -> None:
    met, seen = is_met(WARNS[rule])
    assert met, seen


@pytest.mark.parametrize("rule", KEEPS_QUIET)
def test_it_keeps_quiet(rule: str) -> None:
    met, seen = is_met(KEEPS_QUIET[rule])
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
    )
    for before, line in pairwise(lines):
        if line.strip().startswith(numbered):
            assert before.strip().startswith("#"), line


def test_a_rule_file_that_is_no_text_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_rules(path)
