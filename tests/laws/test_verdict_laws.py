"""The laws of a warning's life: one open at most, numbers without gaps, severity only up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.assess import assess
from monitor.domain.life import Transition
from monitor.domain.observe import observe
from monitor.domain.rules import Rule, RuleSet
from monitor.domain.rules.due import Due
from monitor.domain.state import RESOLVED, Standing, State
from monitor.engine.events import warning_json
from schemas.warnings import WarningEvent
from tests.laws.strategies import EPOCH, HOUR, Told, at, facts, rule_sets, stories

ONE = ("ada",)

moderate = settings(max_examples=50)


class Life:
    """One customer, judged by every rule at every event and at every check: the plainest engine there is."""

    def __init__(self, rules: RuleSet) -> None:
        self.rules: tuple[Rule, ...] = rules.of("ada").rules
        self.state, self.now = State(), EPOCH
        self.standing: tuple[Standing, ...] = ()
        self.told: list[Transition] = []
        self.check: datetime | None = None

    def look(self) -> list[Transition]:
        told, self.standing, checks = assess("ada", self.state, self.standing, self.rules, self.now)
        self.check = min((check for check in checks if check is not None), default=None)
        self.told += told
        return told

    def pass_to(self, moment: datetime) -> None:
        while self.check is not None and self.check < moment:
            self.now = self.check
            self.look()
        self.now = max(self.now, moment)

    def live(self, story: list[Told]) -> Iterator[None]:
        """Play a story, stopping after each look."""
        for told, event in zip(story, facts(story), strict=True):
            self.pass_to(at(told.hour + told.late))
            self.state = observe(self.state, event)
            self.look()
            yield
        self.pass_to(self.now + timedelta(days=60))
        yield


def lived(rules: RuleSet, story: list[Told]) -> Life:
    life = Life(rules)
    for _ in life.live(story):
        pass
    return life


def by_subject(told: list[Transition]) -> dict[tuple[str, str | None], list[Transition]]:
    subjects: dict[tuple[str, str | None], list[Transition]] = {}
    for each in told:
        subjects.setdefault((each.warning.rule, each.warning.about), []).append(each)
    return subjects


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_assessing_twice_at_one_moment_decides_nothing_the_second_time(
    rules: RuleSet, story: list[Told]
) -> None:
    life = Life(rules)
    for _ in life.live(story):
        standing, check = life.standing, life.check
        assert life.look() == []
        assert (life.standing, life.check) == (standing, check)


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE), wait=st.floats(0, 1))
def test_between_two_checks_nothing_is_told(rules: RuleSet, story: list[Told], wait: float) -> None:
    life = Life(rules)
    for _ in life.live(story):
        before = life.now
        until = life.check or before + timedelta(days=100)
        life.now = before + (until - before - timedelta(microseconds=1)) * wait
        assert life.look() == []
        life.now = before


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_of_one_rule_and_subject_one_warning_stands_at_most(rules: RuleSet, story: list[Told]) -> None:
    life = Life(rules)
    for _ in life.live(story):
        subjects = [(warning.rule, warning.about) for warning in life.standing]
        assert len(set(subjects)) == len(subjects)


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_what_stands_is_what_the_rules_find(rules: RuleSet, story: list[Told]) -> None:
    life = Life(rules)
    for _ in life.live(story):
        found = [each for each in life.standing if each.phase != "resolved" and each.gone is None]
        standing = {(each.rule, each.about) for each in found}
        assert standing == {
            (rule.terms.name, found.about)
            for rule in life.rules
            for found in rule.judge(life.state, life.now)[0]
        }


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_a_life_opens_then_changes_then_ends(rules: RuleSet, story: list[Told]) -> None:
    follows = {
        None: {"pending", "firing"},
        "pending": {"pending", "firing", "resolved"},
        "firing": {"raised", "corrected", "resolved"},
        "raised": {"raised", "corrected", "resolved"},
        "corrected": {"raised", "corrected", "resolved"},
        "resolved": {"pending", "firing"},
    }
    for told in by_subject(lived(rules, story).told).values():
        for before, after in zip([None, *told], told, strict=False):
            assert after.told in follows[before.told if before else None]


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_sequence_numbers_have_no_gaps(rules: RuleSet, story: list[Told]) -> None:
    for told in by_subject(lived(rules, story).told).values():
        assert [each.warning.sequence for each in told] == list(range(1, len(told) + 1))


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_severity_only_goes_up_while_a_warning_stands(rules: RuleSet, story: list[Told]) -> None:
    for told in by_subject(lived(rules, story).told).values():
        for before, after in pairwise(told):
            if before.told != "resolved":
                assert after.warning.severity >= before.warning.severity
            if after.told == "raised":
                assert after.warning.severity > before.warning.severity
            if after.told == "corrected":
                assert after.warning.since != before.warning.since


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_a_warning_keeps_its_id_from_opening_to_end(rules: RuleSet, story: list[Told]) -> None:
    for told in by_subject(lived(rules, story).told).values():
        for before, after in pairwise(told):
            assert (after.warning.id == before.warning.id) or before.told == "resolved"


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_no_two_transitions_share_an_event_id(rules: RuleSet, story: list[Told]) -> None:
    told = [(each.warning.id, each.warning.sequence) for each in lived(rules, story).told]
    assert len(set(told)) == len(told)


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_every_transition_is_a_valid_warning_event(rules: RuleSet, story: list[Told]) -> None:
    for told in lived(rules, story).told:
        event = WarningEvent.model_validate_json(warning_json(told))
        assert event.type == f"warning.{told.told}"
        assert (event.subject, event.time) == ("ada", told.at)
        assert (event.data.cause is None) == (event.data.evidence is not None) == (told.told != "resolved")
        assert event.data.since == told.warning.since
        assert event.data.since <= event.time


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE, late=False))
def test_nothing_is_put_right_where_nothing_came_late(rules: RuleSet, story: list[Told]) -> None:
    for told in lived(rules, story).told:
        assert told.cause != "data corrected"
        if told.told == "corrected":  # an order changes the rhythm, a contact agrees on another moment
            rule = rules.of("ada").by_name[told.warning.rule]
            assert rule.touched_by("order.placed", "order.placed") or isinstance(rule, Due)


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_no_more_ended_warnings_are_remembered_than_a_row_has_room_for(
    rules: RuleSet, story: list[Told]
) -> None:
    life = lived(rules, story)
    assert sum(each.phase == "resolved" for each in life.standing) <= RESOLVED


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_looking_more_often_tells_the_same(rules: RuleSet, story: list[Told]) -> None:
    patient, nervous = lived(rules, story), Life(rules)
    for told, event in zip(story, facts(story), strict=True):
        while nervous.now + 6 * HOUR < at(told.hour + told.late):
            nervous.pass_to(nervous.now + 6 * HOUR)
            nervous.look()
        nervous.pass_to(at(told.hour + told.late))
        nervous.state = observe(nervous.state, event)
        nervous.look()
    nervous.pass_to(nervous.now + timedelta(days=60))
    assert [warning_json(each) for each in nervous.told] == [warning_json(each) for each in patient.told]


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_a_warning_fires_once_it_has_held_for_as_long_as_its_rule_asks_and_not_before(
    rules: RuleSet, story: list[Told]
) -> None:
    for told in by_subject(lived(rules, story).told).values():
        for before, after in pairwise([None, *told]):
            assert after is not None
            since, held_for = after.warning.since, rules.of("ada").by_name[after.warning.rule].terms.held_for
            if after.told == "pending":
                assert after.at < since + held_for
            elif after.told == "firing":
                assert after.at >= since + held_for
                if before is not None and before.told == "pending" and before.warning.since == since:
                    assert after.at == since + held_for


class Watched(Life):
    """A life of which each end is held against what stood before it."""

    def look(self) -> list[Transition]:
        before = {(each.rule, each.about): each for each in self.standing}
        told = super().look()
        for each in told:
            ended = before.get((each.warning.rule, each.warning.about))
            if each.told == "resolved" and ended is not None and ended.phase == "firing":
                self.holds(each, ended)
        return told

    def holds(self, told: Transition, ended: Standing) -> None:
        keep = next(rule.terms.keep for rule in self.rules if rule.terms.name == ended.rule)
        assert told.at == (told.at if ended.gone is None else ended.gone) + keep


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE))
def test_a_warning_ends_once_its_finding_has_been_gone_for_as_long_as_its_rule_keeps_it(
    rules: RuleSet, story: list[Told]
) -> None:
    life = Watched(rules)
    for _ in life.live(story):
        assert [each for each in life.standing if each.gone is not None and each.phase != "firing"] == []
