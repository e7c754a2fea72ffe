"""The laws of the lost: they have no warnings but those of rules that stay, and those that end do so with the loss."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.changes import StageChange
from monitor.domain.rules import RuleSet
from monitor.domain.rules.left_out import NotWhileLost
from monitor.domain.stages import is_lost
from tests.laws.lanes import Turn, logs, new_lane, play, turns
from tests.laws.strategies import Told, customer_lives, living, living_sets, plain_rules, stories

moderate = settings(max_examples=100)
ending = plain_rules.map(lambda rule: rule | {"while_lost": "ends"})


@moderate
@given(rules=living_sets, story=stories(most=20), schedule=turns(claim_ends=True))
def test_the_lost_have_warnings_only_of_rules_that_stay(
    rules: RuleSet, story: list[Told], schedule: list[Turn]
) -> None:
    lane = new_lane(rules)
    for _ in play(lane, logs(story), schedule):
        for customer, row in lane.customers.standing():
            here = rules.for_row(customer, row).by_name
            stand = [here[each.rule] for each in row.warnings if each.phase != "resolved"]
            assert not [rule for rule in stand if isinstance(rule, NotWhileLost)]


@moderate
@given(rules=living_sets, story=stories(most=20), schedule=turns(claim_ends=True))
def test_warnings_that_end_with_a_loss_end_in_its_step_at_its_moment(
    rules: RuleSet, story: list[Told], schedule: list[Turn]
) -> None:
    for step in play(new_lane(rules), logs(story), schedule):
        losses = {
            (each.customer, each.at)
            for each in step.changes
            if isinstance(each, StageChange) and is_lost(each.after) and not is_lost(each.before)
        }
        ends = {(each.customer, each.at) for each in step.transitions if each.cause == "lost"}
        assert ends <= losses


@moderate
@given(
    rules=st.builds(living, st.lists(ending, max_size=1), customer_lives()),
    story=stories(most=20),
    schedule=turns(claim_ends=True),
)
def test_where_no_rule_stays_the_lost_have_no_deadlines(
    rules: RuleSet, story: list[Told], schedule: list[Turn]
) -> None:
    lane = new_lane(rules)
    for _ in play(lane, logs(story), schedule):
        if all(is_lost(row.life) for _, row in lane.customers.standing()):
            assert lane.customers.deadlines.first() is None
