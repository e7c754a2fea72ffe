"""What is allowed in a rule file and hardly meant; and rules under which too many customers would stand."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.adapters.rule_files import SHIPPED
from monitor.domain.rules import compile_rules
from monitor.offline.files import sources
from monitor.offline.flagged import Flagged, Flags, too_many
from monitor.offline.history import History
from monitor.offline.rule_doubts import doubts
from schemas.rule_files import checked_rules, read_rules
from tests.conftest import ROOT
from tests.events import event, order, written

HEAD = "version: 1\nrules:\n"
QUIET = "  - name: quiet\n    kind: silence\n    of: order.placed\n    quiet_for: 30d\n"
OTHER = QUIET.replace("name: quiet", "name: other")
OWN = """\
  - name: own
    kind: silence
    of: order.placed
    personal: {factor: 3, floor: 14d, ceiling: 90d, fallback: 60d}
"""
COUNT = """\
  - name: often
    kind: count
    n: 2
    within: 9d
    of:
      - {type: ticket.opened, where: {kind: [complaint, incident]}}
"""


def doubtful(text: str, head: str = HEAD) -> list[str]:
    read = read_rules(head + text, "FILE")
    file, problems = checked_rules(read)
    assert file is not None, problems
    return list(map(str, doubts(file, read)))


@pytest.mark.parametrize("text", [QUIET, OWN, COUNT, QUIET + OTHER.replace("30d", "31d")])
def test_what_is_meant_is_not_doubted(text: str) -> None:
    assert doubtful(text) == []


def test_a_day_of_business_hours_is_doubted_for_it_is_no_working_day() -> None:
    waits = "  - {name: waits, kind: ageing, of: ticket.opened, older_than: 2d,\n"
    waits += "     business_hours: {from: 09:00, to: 17:00, time_zone: UTC}}\n"
    assert doubtful(waits) == [
        "FILE:3: rules[0].older_than: 2d is 48 business hours, not working days; give hours, such as 8h"
    ]
    assert doubtful(waits.replace("2d", "48h")) == []
    assert doubtful(waits.replace("09:00", "00:00").replace("older_than: 2d", "older_than: 90m")) == []


def test_what_ships_is_not_doubted() -> None:
    assert doubtful((ROOT / SHIPPED).read_text(), head="") == []


def test_a_finding_that_can_hardly_hold_for_so_long_is_doubted() -> None:
    signal = "  - {name: leaves, kind: signal, of: quote.lost, for: 90d}\n"
    assert doubtful(signal) == ["FILE:3: rules[0].for: a finding lasts 90d, unless it comes again; take less"]
    assert doubtful(signal.replace("90d", "10d, lasts: 11d")) == []


def test_a_file_in_which_all_is_off_is_doubted() -> None:
    off = "    mode: off\n"
    assert doubtful(QUIET + off) == [
        "FILE:2: rules: no rule is on, so nobody is ever warned of; give one `mode: live`"
    ]
    assert doubtful(QUIET + off + "    scopes: [{segment: wholesale, mode: live}]\n") == []
    assert doubtful(QUIET + off + OTHER) == [
        "FILE:8: rules[1]: warns whenever quiet does; drop one of the two, or make it a step"
    ]


def test_a_rule_that_differs_in_name_and_severity_alone_is_doubted() -> None:
    (told,) = doubtful(QUIET + OTHER + "    severity: critical\n")
    assert told.startswith("FILE:7: rules[1]: warns whenever quiet does")


@pytest.mark.parametrize(
    ("fallback", "told"),
    [("7d", "7d is below the floor of 14d"), ("120d", "120d is above the ceiling of 90d")],
)
def test_a_fallback_outside_of_its_bounds_is_doubted(fallback: str, told: str) -> None:
    assert doubtful(OWN.replace("60d", fallback)) == [
        f"FILE:6: rules[0].personal.fallback: {told}; is it meant to be?"
    ]


def test_a_choice_that_another_has_already_is_doubted_once() -> None:
    same = COUNT.splitlines()[-1]
    narrower = same.replace("[complaint, incident]", "complaint, severity: high")
    useless = "changes nothing, for another choice has all of it; drop it"
    assert doubtful(COUNT + same) == [f"FILE:9: rules[0].of[1]: {useless}"]
    assert doubtful(COUNT + narrower) == [f"FILE:9: rules[0].of[1]: {useless}"]
    assert doubtful(COUNT + "      - ticket.opened\n") == [f"FILE:8: rules[0].of[0]: {useless}"]
    assert doubtful(COUNT + same.replace("complaint, incident", "complaint, question")) == []


def test_a_step_that_is_decades_away_is_doubted() -> None:
    far = QUIET.replace("30d", "400d") + "    steps:\n      - {severity: critical, times: 10}\n"
    assert doubtful(far) == ["FILE:8: rules[0].steps[0]: 10 × 400d are more than ten years; take fewer times"]


RULES = (
    HEAD
    + QUIET
    + "  - {name: waits, kind: ageing, of: ticket.opened, until: ticket.replied, older_than: 2d}\n"
)


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ada and ben are quiet one after the other; of cleo, who is never, two tickets wait at one time; dan is well."""
    lines = [
        order("ada", "2025-01-01"),
        order("cleo", "2025-01-01"),
        event("ticket.opened", "cleo", "2025-01-01", ticket_id="T1"),
        event("ticket.opened", "cleo", "2025-01-02", ticket_id="T2"),
        *(event("ticket.replied", "cleo", "2025-01-09", ticket_id=each) for each in ("T1", "T2")),
        order("cleo", "2025-01-20"),
        order("ada", "2025-02-05"),
        order("ben", "2025-02-05"),
        order("cleo", "2025-02-10"),
        order("dan", "2025-02-20"),
        order("ada", "2025-02-25"),
        order("cleo", "2025-03-05"),
    ]
    return History(
        sources([written(tmp_path / "events.jsonl", *lines)]), until=datetime(2025, 3, 8, tzinfo=UTC)
    )


@pytest.fixture
def flagged(history: History) -> list[Flagged]:
    return flagged_by(RULES, history)


def flagged_by(text: str, history: History) -> list[Flagged]:
    file, _ = checked_rules(read_rules(text, "FILE"))
    assert file is not None
    flags, rules = Flags(), compile_rules(file)
    for stretch in history.run(rules, started=datetime(2025, 6, 1, tzinfo=UTC)).stretches(lambda *_: None):
        flags.take(stretch)
    return flags.of_all(rules, 4)


def test_customers_are_counted_once_and_by_who_stood_at_one_time(flagged: list[Flagged]) -> None:
    assert flagged == [Flagged("quiet", 2, 1, 0.25), Flagged("waits", 1, 1, 0.25)]


def test_who_was_never_warned_of_is_not_counted_and_takes_nobody_away(history: History) -> None:
    held = RULES.replace("older_than: 2d", "older_than: 2d, for: 5d6h")
    assert flagged_by(held, history)[1] == Flagged("waits", 1, 1, 0.25)
    held = RULES.replace("older_than: 2d", "older_than: 2d, for: 9d")
    assert flagged_by(held, history)[1] == Flagged("waits", 0, 0, 0.0)


@pytest.mark.parametrize(("share", "doubted"), [(0.24, 2), (0.25, 0), (1.0, 0)])
def test_a_rule_is_doubted_for_more_than_the_share(
    flagged: list[Flagged], share: float, doubted: int
) -> None:
    text = read_rules(RULES, "FILE")
    file, _ = checked_rules(text)
    assert file is not None
    assert len(list(too_many(flagged, share, file, text))) == doubted


def test_the_doubt_stands_at_the_threshold(flagged: list[Flagged]) -> None:
    text = read_rules(RULES, "FILE")
    file, _ = checked_rules(text)
    assert file is not None
    assert [str(each).split(" had ")[0] for each in too_many(flagged, 0.1, file, text)] == [
        "FILE:6: rules[0].quiet_for: quiet",
        "FILE:7: rules[1].older_than: waits",
    ]
