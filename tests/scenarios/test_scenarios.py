"""Every scenario in this folder is met; one that is not met says so readably."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.offline.scenarios import parse_scenario, run_scenario, side_by_side
from schemas.errors import ConfigError

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


@pytest.mark.parametrize(
    ("timeline", "key"),
    [
        ("[{at: 1d, expect: []}, {at: 0d, expect: []}]", ""),
        ("[{at: 1d, event: {type: order.placed, customer: ada}}]", ""),
        ("[{at: 1d, expect: [{firing: overdue, resolved: overdue, customer: ada}]}]", "timeline.0.expect.0"),
        ("[{at: soon, expect: []}]", "timeline.0.at"),
        ("[{at: 1d, expects: []}]", "timeline.0.expects"),
        ("[{at: 1d, expect: [{firing: overdue, customer: ada, cause: bored}]}]", "timeline.0.expect.0.cause"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused(timeline: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_scenario(f"{RULE}timeline: {timeline}", "wrong.yaml")
    assert caught.value.where == "wrong.yaml"
    assert (caught.value.key or "") == key


@pytest.mark.parametrize(
    "event",
    [
        "{type: order.planned, customer: ada}",
        "{type: time.passed, customer: ada}",
        "{type: ticket.opened, customer: ada}",
        "{type: order.placed, customer: ada, amount: -1}",
    ],
)
def test_an_event_that_breaks_its_contract_is_no_scenario(event: str) -> None:
    scenario = parse_scenario(f"{RULE}timeline: [{{at: 1d, event: {event}, expect: []}}]", "wrong.yaml")
    with pytest.raises(ConfigError):
        run_scenario(scenario)


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(ConfigError, match="not YAML"):
        parse_scenario("rules: [", "wrong.yaml")
