"""Every scenario in this folder is met; one that is not met says so readably."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.domain.rules import compile_rules
from monitor.offline.scenarios import parse_scenario, run_scenario
from monitor.offline.side_by_side import side_by_side
from schemas.errors import ConfigError
from schemas.rule_files import parse_rules

HERE = Path(__file__).parent

RULE = "rules: [{name: overdue, kind: silence, of: order.placed, quiet_for: 7d}]\n"


@pytest.mark.parametrize("path", sorted(HERE.glob("*.yaml")), ids=lambda path: path.stem)
def test_scenario(path: Path) -> None:
    looks = run_scenario(parse_scenario(path.read_text(), path.name))
    assert all(look.is_as_expected for look in looks), f"\n{path.stem}:\n{side_by_side(looks)}"


def test_a_scenario_that_is_not_met_shows_both_sides() -> None:
    looks = run_scenario(
        parse_scenario(
            RULE
            + """
timeline:
  - {at: 0d, event: {type: order.placed, customer: ada}}
  - {at: 6d, expect: []}
  - {at: 7d, expect: [{firing: overdue, customer: ada, since: 8d}]}
  - {at: 9d, expect: [{resolved: overdue, customer: ada}]}
""",
            "wrong.yaml",
        )
    )
    assert [look.is_as_expected for look in looks] == [True, False, False]
    first, *lines = side_by_side(looks).splitlines()
    assert first.split() == ["expected", "│", "seen"]
    assert [line.split("│")[0].rstrip() for line in lines] == [
        "6d   nothing",
        "7d ≠ firing overdue of ada, since 8d",
        "9d ≠ resolved overdue of ada",
    ]
    assert [line.split("│ ")[1] for line in lines] == [
        "nothing",
        "firing overdue of ada, severity warning, since 7d, at 7d, sequence 1",
        "nothing",
    ]


REFUSED = {
    "[{at: 1d, expect: []}, {at: 0d, expect: []}]": "2: timeline[1].at: the timeline must go forward",
    "[{at: 1d, event: {type: order.placed, customer: ada}}]": "2: timeline[0]: the last entry must say what to expect",
    "[{at: 1d, expect: [{firing: overdue, resolved: overdue, customer: ada}]}]": (
        "2: timeline[0].expect[0]: give one of pending, firing, raised, corrected, resolved"
    ),
    "[{at: soon, expect: []}]": "2: timeline[0].at: 'soon' is not a duration",
    "[{at: 3 days, expect: []}]": "2: timeline[0].at: '3 days' is not a duration such as 14d, 36h, 1d12h, 90m "
    "or 10s; did you mean 3d?",
    "[{at: 1d, expects: []}]": (
        "2: timeline[0].expects: unknown key; did you mean expect? allowed: at, event, expect, becomes"
    ),
    "[{at: 1d, becomes: [{stage: new, tier: ordinary, customer: ada}]}]": (
        "2: timeline[0].becomes[0]: give either stage or tier"
    ),
    "[{at: 1d, at: 2d, expect: []}]": "2: at: given twice",
    "[{at: 1d, expect: [{firing: overdue, customer: ada, cause: laps}]}]": (
        "2: timeline[0].expect[0].cause: 'laps' is not allowed; did you mean lapsed?"
    ),
}


def test_two_rules_of_a_scenario_have_two_names() -> None:
    twice = RULE.replace("}]", "}, {name: overdue, kind: silence, of: order.placed, quiet_for: 8d}]")
    with pytest.raises(ConfigError, match=r"^wrong.yaml:1: rules\[1\].name: two rules are called so"):
        parse_scenario(f"{twice}timeline: [{{at: 1d, expect: []}}]", "wrong.yaml")


@pytest.mark.parametrize("timeline", REFUSED)
def test_a_scenario_that_makes_no_sense_is_refused(timeline: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_scenario(f"{RULE}timeline: {timeline}", "wrong.yaml")
    assert str(caught.value).startswith(f"wrong.yaml:{REFUSED[timeline]}")


EVENTS = {
    "{type: order.place, customer: ada}": (
        ".type: 'order.place' is no event of a customer's; did you mean order.placed?"
    ),
    "{type: time.passed, customer: ada}": ".type: 'time.passed' is no event of a customer's; allowed: ",
    "{type: ticket.opened, customer: ada}": ": ticket_id: ",
    "{type: order.placed, customer: ada, amount: -1}": ": amount: ",
    "{type: owner.left, customer: ada}": ".type: 'owner.left' is no event of a customer's; allowed: ",
    "{type: churn.declared, customer: ada}": ": refused: nothing is known of this customer",
    "{type: warning.acknowledged, customer: ada, warning: overdue}": ": warning: ",
}


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_breaks_its_contract_is_no_scenario(event: str) -> None:
    script = parse_scenario(f"{RULE}timeline:\n- {{at: 1d, event: {event}, expect: []}}", "wrong.yaml")
    with pytest.raises(ConfigError) as caught:
        run_scenario(script)
    assert str(caught.value).startswith(f"wrong.yaml:3: timeline[0].event{EVENTS[event]}")


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        (
            "{firing: overdew, customer: ada}",
            "firing: no rule is called 'overdew'; did you mean overdue? allowed: overdue",
        ),
        (
            "{firing: overdue, customer: adda}",
            "customer: no event is of this customer; did you mean ada? allowed: ada",
        ),
    ],
)
def test_what_can_never_be_told_is_a_slip_and_no_failure(expected: str, problem: str) -> None:
    script = parse_scenario(
        f"{RULE}timeline:\n- {{at: 0d, event: {{type: order.placed, customer: ada}}, expect: [{expected}]}}",
        "wrong.yaml",
    )
    with pytest.raises(ConfigError) as caught:
        run_scenario(script)
    assert str(caught.value) == f"wrong.yaml:3: timeline[0].expect[0].{problem}"


def test_a_scenario_without_rules_is_judged_by_those_that_are_given() -> None:
    timeline = """
timeline:
  - {at: 0d, event: {type: order.placed, customer: ada}}
  - {at: 7d, expect: [{firing: overdue, customer: ada}]}
"""
    rules = compile_rules(parse_rules("version: 1\n" + RULE, "rules.yaml"))
    (look,) = run_scenario(parse_scenario(timeline, "own.yaml"), rules)
    assert look.is_as_expected
    with pytest.raises(ConfigError, match="there are no rules to judge by"):
        run_scenario(parse_scenario(timeline, "own.yaml"))


def test_off_is_a_word_in_a_scenario_too() -> None:
    off = RULE.replace("quiet_for: 7d", "quiet_for: 7d, mode: off")
    (look,) = run_scenario(parse_scenario(f"{off}timeline: [{{at: 1d, expect: []}}]", "off.yaml"))
    assert look.is_as_expected


def test_rules_that_do_not_go_together_are_a_slip() -> None:
    text = """\
rules: [{name: next, kind: due, of: contact.made, cadence: true}]
timeline: [{at: 1d, expect: []}]
"""
    with pytest.raises(ConfigError, match=r"^wrong.yaml:1: rules: next: cadence needs tiers"):
        run_scenario(parse_scenario(text, "wrong.yaml"))


def test_what_belongs_together_stands_beside_each_other() -> None:
    looks = run_scenario(
        parse_scenario(
            RULE
            + """
timeline:
  - {at: 0d, event: {type: order.placed, customer: ada}}
  - {at: 0d, event: {type: order.placed, customer: bo}}
  - at: 9d
    expect: [{raised: overdue, customer: ada}, {firing: overdue, customer: bo}]
""",
            "shifted.yaml",
        )
    )
    assert side_by_side(looks).splitlines()[1:] == [
        "9d ≠ raised overdue of ada │ firing overdue of ada, severity warning, since 7d, at 7d, sequence 1",
        "9d   firing overdue of bo  │ firing overdue of bo",
    ]


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(ConfigError, match="not YAML"):
        parse_scenario("rules: [", "wrong.yaml")
