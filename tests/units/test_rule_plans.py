"""Editions on their topic: as bytes and back, what a new one is based on, pausing and resuming."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.adapters.rule_files import load_rule_file
from monitor.offline.rule_editions import Published, has_followed, in_force, place_of, planned
from monitor.offline.rule_edits import KeyEdit
from monitor.offline.rule_plan import base_at, history, paused, plan, resumed
from schemas.binding import structured
from schemas.editions import Edition, RulesApplied
from schemas.errors import ConfigError
from schemas.rule_files import parse_rules
from schemas.rules import RuleFile, rules_version
from schemas.steps import StepRecord

NOW = datetime(2026, 6, 10, tzinfo=UTC)
DAY = timedelta(days=1)
LATER = NOW + 3 * DAY


def file(days: int = 30, mode: str = "live") -> RuleFile:
    return parse_rules(
        f"version: 1\nrules: [{{name: quiet, kind: silence, of: order.placed, quiet_for: {days}d, mode: {mode}}}]",
        "rules.yaml",
    )


def event(rules: RuleFile, *, at: datetime = NOW, **edition: Any) -> RulesApplied:
    return RulesApplied(
        specversion="1.0",
        id="1",
        source="/tests",
        type="rules.applied",
        subject="rules",
        time=at,
        data=Edition(rules=rules, **edition),
    )


def published(*events: RulesApplied) -> list[Published]:
    return [Published(number, each) for number, each in enumerate(events)]


def step(edition: int, anew: tuple[str, str | None] | None = None) -> StepRecord:
    return StepRecord(partition=0, step=1, ranges={}, rules="v", edition=edition, anew=anew)


AS_WRITTEN = {
    "shipped": load_rule_file(None),
    "off": file(mode="off"),
    "null is not the default": parse_rules(
        "version: 1\ncustomers: {lost_after: {prior: null, ceiling: null}}\nrules: []", "rules.yaml"
    ),
    "a key by another name": parse_rules(
        "version: 1\ncustomers: {tiers: {important: {sales_from: 1, or: {segments: gold}}}}\nrules: []",
        "rules.yaml",
    ),
}


@pytest.mark.parametrize("name", AS_WRITTEN)
def test_an_edition_means_the_same_after_its_way_over_the_topic(name: str) -> None:
    _, value = structured(event(AS_WRITTEN[name], changed=("quiet",), by="ada"))
    read = RulesApplied.model_validate_json(value).data
    assert read.rules == AS_WRITTEN[name]
    assert rules_version(read.rules) == rules_version(AS_WRITTEN[name])
    assert (read.changed, read.by, read.open_warnings) == (("quiet",), "ada", "judge")


def test_without_editions_the_file_is_the_base() -> None:
    base = base_at([], file(), NOW)
    assert (base.rules, base.edition, base.replaces, base.past) == (file(), None, [], [])


def test_an_edition_is_based_on_the_one_in_force_and_takes_the_place_of_plans() -> None:
    told = published(
        event(file(1)), event(file(2), effective_from=NOW - DAY), event(file(3), effective_from=LATER)
    )
    base = base_at(told, file(), NOW)
    assert (base.rules, base.edition, base.replaces) == (file(2), told[1], [told[2]])
    assert base.past == [file(1), file()]


def test_one_for_later_is_based_on_the_plan_that_begins_before_it() -> None:
    told = published(event(file(1)), event(file(2), effective_from=LATER))
    base = base_at(told, file(), LATER + DAY)
    assert (base.rules, base.replaces) == (file(2), [])


def test_a_plan_names_what_changes_in_its_edition() -> None:
    found = plan(base_at([], file(), NOW), Edition(rules=file(20), by="ada"), {"quiet": 2})
    assert (found.edition.changed, found.edition.by, found.does_nothing()) == (("quiet",), "ada", False)
    assert [each.standing for each in found.fates] == [2]


def test_the_same_rules_do_nothing_unless_they_take_the_place_of_a_plan() -> None:
    coming = published(event(file(1)), event(file(2), effective_from=LATER))
    for told, nothing in ((coming[:1], True), (coming, False)):
        assert plan(base_at(told, file(), NOW), Edition(rules=file(1)), {}).does_nothing() is nothing


def test_where_editions_stand() -> None:
    told = published(
        event(file(1), at=NOW - 9 * DAY),
        event(file(2), at=NOW - 8 * DAY, effective_from=NOW - DAY),
        event(file(3), at=NOW - 5 * DAY),
        event(file(4), at=NOW - 4 * DAY, effective_from=LATER),
        event(file(5), at=NOW - 3 * DAY, effective_from=LATER + DAY),
    )
    assert [place_of(each, told, NOW) for each in told] == [
        "past",
        "replaced",
        "in force",
        "planned",
        "planned",
    ]
    assert (in_force(told, NOW), planned(told, NOW)) == (told[2], told[3:])
    assert planned(told, LATER) == told[4:]


def test_on_the_event_clock_one_that_lies_ahead_of_the_lanes_and_was_overtaken_never_came() -> None:
    told = published(event(file(1), at=LATER, effective_from=NOW + DAY), event(file(2), at=LATER))
    assert [place_of(each, told, NOW) for each in told] == ["replaced", "in force"]


def test_an_edition_changes_the_one_that_came_before_it() -> None:
    told = published(event(file(1)), event(file(2), effective_from=LATER), event(file(3)))
    (_, _, first), (_, never, _), (_, _, last) = history(told, NOW)
    assert (first, never) == (None, "replaced")
    assert last is not None
    assert last.rules[0].keys == (KeyEdit("quiet_for", "1d", "3d"),)


def test_a_paused_rule_is_resumed_as_it_was() -> None:
    told = published(event(file(1, "shadow")), event(file(2, "off")), event(file(2, "off")))
    base = base_at(told, file(), NOW)
    assert resumed(base, "quiet") == file(2, "shadow")
    assert resumed(base_at(told[:1], file(), NOW), "quiet") == file(1, "shadow")
    assert paused(base_at(told[:1], file(), NOW), "quiet") == file(1, "off")


def test_one_that_was_in_the_first_file_as_it_was_there() -> None:
    told = published(event(file(mode="off")))
    assert resumed(base_at(told, file(mode="shadow"), NOW), "quiet") == file(mode="shadow")
    assert resumed(base_at(told, file(mode="off"), NOW), "quiet") == file(mode="live")


def test_a_name_that_is_none_is_guessed() -> None:
    with pytest.raises(ConfigError, match="no rule in force is called 'quite'; did you mean quiet"):
        paused(base_at([], file(), NOW), "quite")
    with pytest.raises(ConfigError, match="`churn-monitor rules list --live` shows all"):
        resumed(base_at([], file(), NOW), "complaints")


def test_a_lane_has_followed_when_its_last_customer_was_judged() -> None:
    followed = [step(3), step(4), step(3, ("ben", None))]
    behind = [None, step(2), step(2, ("ben", None)), step(3, ("", "ben"))]
    assert [has_followed(each, 3) for each in [*followed, *behind]] == [True] * 3 + [False] * 4
