"""The laws of commands: each is obeyed once or changes nothing, says what it did, and takes bounded room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.domain.assess import assess
from monitor.domain.commands import WORDS, Obeyed, obey
from monitor.domain.observe import fingerprint
from monitor.domain.rules import RuleSet
from monitor.domain.state import NOBODY, Row, Standing, State, to_bytes
from monitor.engine.customers import Customers
from monitor.engine.events import warning_json
from monitor.engine.step import RejectedCommand
from schemas.commands import CustomerCommand
from schemas.events import COMMANDS
from schemas.warnings import WarningEvent
from tests.laws.strategies import EPOCH, Told, at, facts, long_lists, observed, rule_sets, stories

moderate = settings(max_examples=50)
ONE = ("ada",)
ROOM = 200
"""Bytes that a command adds to a row beside what people say: a fingerprint, a mark, the shapes of what is said."""

texts = st.text(max_size=40) | st.sampled_from(["x" * 2000, "\U0001d54f" * 900])
days = st.integers(0, 120)
Draft = tuple[str, dict[str, Any]]

_about_warnings: st.SearchStrategy[Draft] = st.one_of(
    st.tuples(
        st.just("warning.acknowledged"), st.fixed_dictionaries({"note": texts}, optional={"until": days})
    ),
    st.tuples(st.just("warning.unacknowledged"), st.just({})),
    st.tuples(st.just("warning.snoozed"), st.fixed_dictionaries({"until": days, "reason": texts})),
    st.tuples(st.just("warning.labelled"), st.just({"outcome": "saved"})),
)
_about_customers: st.SearchStrategy[Draft] = st.one_of(
    st.tuples(st.just("absence.planned"), st.fixed_dictionaries({"until": days})),
    st.tuples(st.just("churn.declared"), st.just({"kind": "voluntary", "reason": "price"})),
    st.tuples(st.sampled_from(["customer.moved", "customer.erased"]), st.just({})),
)
drafts = st.tuples(_about_warnings | _about_customers, st.integers(0, 4), days)
"""What is said, of which of the warnings, and on which day."""


def said(draft: tuple[Draft, int, int], standing: Sequence[Standing], name: str = "1") -> CustomerCommand:
    (kind, content), which, day = draft
    data = dict(content)
    if kind.startswith("warning."):
        data["warning"] = standing[which % len(standing)].id if standing and which else "0" * 16
    if "until" in data:
        data["until"] = at(24 * data["until"])
    told = {"specversion": "1.0", "id": name, "source": "/desk", "subject": "ada", "time": at(24 * day)}
    return COMMANDS.validate_python({**told, "type": kind, "data": data})  # type: ignore[return-value]


def judged(rules: RuleSet, story: list[Told]) -> tuple[State, tuple[Standing, ...]]:
    state = observed(facts(story))
    return state, assess("ada", state, (), rules.rules, (state.latest or EPOCH) + timedelta(days=20))[1]


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE), draft=drafts)
def test_an_obeyed_command_tells_of_one_warning_at_most_and_leaves_the_others_alone(
    rules: RuleSet, story: list[Told], draft: tuple[Draft, int, int]
) -> None:
    state, standing = judged(rules, story)
    now = (state.latest or EPOCH) + timedelta(days=20)
    command = said(draft, standing)
    done = obey("ada", state, standing, rules.by_name, command, now)
    if not isinstance(done, Obeyed):
        return
    assert fingerprint(command) in done.state.seen
    changed = [
        (before, after) for before, after in zip(standing, done.standing, strict=True) if before != after
    ]
    assert [each.warning for each in done.told] == [after for _, after in changed]
    for (before, after), told in zip(changed, done.told, strict=True):
        assert (after.id, after.phase, after.sequence) == (before.id, before.phase, before.sequence + 1)
        event = WarningEvent.model_validate_json(warning_json(told))
        assert event.type == command.type
        assert (event.data.evidence is None) == (after.phase == "resolved")


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE), said_of=drafts)
def test_what_is_said_of_a_warning_changes_no_judgement(
    rules: RuleSet, story: list[Told], said_of: tuple[Draft, int, int]
) -> None:
    state, standing = judged(rules, story)
    now = (state.latest or EPOCH) + timedelta(days=20)
    done = obey("ada", state, standing, rules.by_name, said(said_of, standing), now)
    if isinstance(done, Obeyed) and done.told:
        told, after, _ = assess("ada", done.state, done.standing, rules.rules, now)
        assert (told, after) == ([], done.standing)


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE), draft=drafts)
def test_a_command_is_obeyed_once_and_a_refused_one_changes_nothing(
    rules: RuleSet, story: list[Told], draft: tuple[Draft, int, int]
) -> None:
    customers = Customers(rules, lambda _: None)
    for event in facts(story):
        customers.apply(event, event.time)
    _, told = customers.take()
    now = max((event.time for event in facts(story)), default=EPOCH)
    command = said(draft, [each.warning for each in told])
    first = customers.heed(command, now)
    changed, _ = customers.take()
    again = customers.heed(command, now)
    assert customers.take() == ({}, [])
    if isinstance(first, RejectedCommand):
        assert changed == {}
        assert again == first
    else:
        assert (first, again) == ("heeded", "unchanged")


@moderate
@given(rules=rule_sets, story=stories(most=20, customers=ONE), drafts=long_lists(drafts, 12))
def test_what_people_say_takes_no_more_room_in_a_row_than_there_is_for_it(
    rules: RuleSet, story: list[Told], drafts: list[tuple[Draft, int, int]]
) -> None:
    state, standing = judged(rules, story)
    size = before = len(to_bytes(Row(state=state, warnings=standing)))
    for place, draft in enumerate(drafts):
        done = obey("ada", state, standing, rules.by_name, said(draft, standing, str(place)), EPOCH)
        if isinstance(done, Obeyed):
            state, standing = done.state, done.standing
            grown = len(to_bytes(Row(state=state, warnings=standing)))
            assert grown <= size + WORDS + ROOM
            size = grown
    about = state.about or NOBODY
    words = [(each.acknowledged, each.snoozed) for each in standing]
    assert len(msgspec.msgpack.encode((words, about.absences, about.left))) <= WORDS
    assert size <= before + WORDS + ROOM * max(1, len(drafts))
