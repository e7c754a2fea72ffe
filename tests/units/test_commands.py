"""What people tell: each command changes what it is about, or is refused for a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from monitor.domain.assess import assess
from monitor.domain.commands import Obeyed, Rejected, obey
from monitor.domain.observe import fingerprint, observe
from monitor.domain.rules import Rule
from monitor.domain.state import Absence, Acknowledged, Left, Snoozed, Standing, State
from monitor.engine.fetched import DAWN
from schemas.commands import CustomerCommand
from schemas.events import COMMANDS
from schemas.rejections import Rejection
from tests.laws.strategies import at, fact, rule_set

RULES = rule_set({"name": "overdue", "kind": "silence", "of": "order.placed", "quiet_for": "7d"}).by_name
DAY = 24
NOW = at(8 * DAY)

KNOWN = observe(State(), fact("order.placed", {"amount": 1.0}, hour=0))
WARNED = assess("ada", KNOWN, (), RULES.values(), NOW)[1]
(WARNING,) = WARNED
ENDED = (Standing("overdue", None, "resolved", 2, WARNING.id, WARNING.since, 1),)
MEANT = {"warning": WARNING.id}


def command(kind: str, data: dict[str, Any] | None = None, *, hour: float = 8 * DAY) -> CustomerCommand:
    told = {"specversion": "1.0", "id": "c-1", "source": "/desk", "subject": "ada", "time": at(hour)}
    return COMMANDS.validate_python({**told, "type": kind, "data": data or {}})  # type: ignore[return-value]


def obeyed(
    kind: str,
    data: dict[str, Any] | None = None,
    *,
    state: State = KNOWN,
    standing: tuple[Standing, ...] = WARNED,
    rules: dict[str, Rule] = RULES,
    now: datetime = NOW,
    hour: float = 8 * DAY,
) -> Obeyed:
    done = obey("ada", state, standing, rules, command(kind, data, hour=hour), now)
    assert isinstance(done, Obeyed), done
    return done


def test_an_obeyed_command_is_known_by_its_fingerprint() -> None:
    done = obeyed("churn.declared")
    assert fingerprint(command("churn.declared")) in done.state.seen
    assert done.state.events == KNOWN.events


def test_a_warning_that_is_acknowledged_says_by_whom_and_on_what_it_rests() -> None:
    done = obeyed("warning.acknowledged", MEANT | {"by": "bo", "note": "calls at noon", "until": at(9 * DAY)})
    (told,) = done.told
    assert (told.told, told.at, told.warning) == ("acknowledged", NOW, done.standing[0])
    assert told.evidence is not None
    assert told.evidence.title == "no order.placed for 8 days, expected within 7 days"
    assert done.standing[0].acknowledged == Acknowledged(NOW, "bo", "calls at noon", at(9 * DAY))
    assert (done.standing[0].id, done.standing[0].sequence) == (WARNING.id, 2)


def test_nobody_takes_care_of_a_warning_any_more() -> None:
    taken = obeyed("warning.acknowledged", MEANT)
    done = obeyed("warning.unacknowledged", MEANT, standing=taken.standing)
    assert [each.told for each in done.told] == ["unacknowledged"]
    assert (done.standing[0].acknowledged, done.standing[0].sequence) == (None, 3)


def test_a_warning_can_wait() -> None:
    done = obeyed("warning.snoozed", MEANT | {"until": at(9 * DAY), "reason": "away", "by": "bo"})
    assert [each.told for each in done.told] == ["snoozed"]
    assert done.standing[0].snoozed == Snoozed(NOW, at(9 * DAY), "away", "bo")


@pytest.mark.parametrize("standing", [WARNED, ENDED])
def test_an_outcome_is_told_of_warnings_that_stand_and_of_those_that_are_over(
    standing: tuple[Standing],
) -> None:
    done = obeyed("warning.labelled", MEANT | {"outcome": "saved"}, standing=standing)
    (told,) = done.told
    assert (told.told, told.outcome, told.warning.phase) == ("labelled", "saved", standing[0].phase)
    assert (told.evidence is None) == (standing is ENDED)
    assert told.warning.sequence == standing[0].sequence + 1


def test_a_warning_whose_rule_is_gone_is_told_without_evidence() -> None:
    (told,) = obeyed("warning.acknowledged", MEANT, rules={}).told
    assert (told.evidence, told.kind_of_churn) == (None, "unknown")


def test_an_absence_begins_now() -> None:
    done = obeyed("absence.planned", {"until": at(20 * DAY), "reason": "vacation"})
    assert done.state.about is not None
    assert done.state.about.absences == (Absence(NOW, at(20 * DAY), "vacation"),)
    assert done.told == []


def test_an_absence_that_lasts_gets_another_end() -> None:
    first = obeyed("absence.planned", {"until": at(20 * DAY)})
    done = obeyed("absence.planned", {"until": at(15 * DAY)}, state=first.state, now=at(10 * DAY))
    assert done.state.about is not None
    assert done.state.about.absences == (Absence(NOW, at(15 * DAY)),)


def test_absences_that_are_over_are_remembered_up_to_a_number() -> None:
    state = KNOWN
    for day in (10, 20, 30, 40, 50):
        state = obeyed(
            "absence.planned", {"until": at((day + 5) * DAY)}, state=state, now=at(day * DAY)
        ).state
    assert state.about is not None
    assert [each.start for each in state.about.absences] == [at(day * DAY) for day in (20, 30, 40, 50)]


def test_a_customer_that_is_declared_lost_left_now() -> None:
    done = obeyed("churn.declared", {"kind": "voluntary", "reason": "price"})
    assert done.state.about is not None
    assert done.state.about.left == Left(NOW, "voluntary", "price")


@pytest.mark.parametrize(("hour", "counted"), [(7 * DAY, at(7 * DAY)), (9 * DAY, NOW)])
def test_a_move_is_remembered_for_when_it_happened_as_far_as_the_clock_has_come(
    hour: float, counted: datetime
) -> None:
    rules = rule_set({"name": "moved", "kind": "signal", "of": "customer.moved"}).by_name
    state = obeyed("customer.moved", hour=hour).state
    (finding,) = rules["moved"].judge(state, NOW)[0]
    assert finding.since == counted


OTHER = {"warning": "0123456789abcdef"}
REFUSED: list[tuple[str, dict[str, Any], tuple[Standing, ...], Rejection]] = [
    ("warning.acknowledged", OTHER, WARNED, Rejection.unknown_warning),
    ("warning.unacknowledged", OTHER, WARNED, Rejection.unknown_warning),
    ("warning.snoozed", OTHER | {"until": at(9 * DAY), "reason": ""}, WARNED, Rejection.unknown_warning),
    ("warning.labelled", OTHER | {"outcome": "lost"}, WARNED, Rejection.unknown_warning),
    ("warning.acknowledged", MEANT, ENDED, Rejection.already_closed),
    ("warning.unacknowledged", MEANT, ENDED, Rejection.already_closed),
    ("warning.snoozed", MEANT | {"until": at(9 * DAY), "reason": ""}, ENDED, Rejection.already_closed),
    ("warning.unacknowledged", MEANT, WARNED, Rejection.not_acknowledged),
    ("warning.acknowledged", MEANT | {"until": NOW}, WARNED, Rejection.end_in_the_past),
    ("warning.snoozed", MEANT | {"until": at(0), "reason": ""}, WARNED, Rejection.end_in_the_past),
    ("absence.planned", {"until": NOW}, WARNED, Rejection.end_in_the_past),
    ("customer.erased", {}, WARNED, Rejection.not_yet),
]


@pytest.mark.parametrize(("kind", "data", "standing", "reason"), REFUSED)
def test_what_makes_no_sense_is_refused_with_its_reason(
    kind: str, data: dict[str, Any], standing: tuple[Standing, ...], reason: Rejection
) -> None:
    done = obey("ada", KNOWN, standing, RULES, command(kind, data), NOW)
    assert isinstance(done, Rejected)
    assert done.reason is reason
    assert done.detail


def test_an_acknowledgement_that_has_lapsed_cannot_be_taken_back() -> None:
    taken = obeyed("warning.acknowledged", MEANT | {"until": at(9 * DAY)})
    late = obey("ada", KNOWN, taken.standing, RULES, command("warning.unacknowledged", MEANT), at(9 * DAY))
    assert isinstance(late, Rejected)
    assert late.reason is Rejection.not_acknowledged


def test_a_customer_of_whom_nothing_is_known_is_refused() -> None:
    done = obey("ada", State(), (), RULES, command("churn.declared"), NOW)
    assert isinstance(done, Rejected)
    assert done.reason is Rejection.unknown_customer


def test_nothing_can_be_said_before_the_clock_has_begun() -> None:
    done = obey("ada", KNOWN, WARNED, RULES, command("customer.moved"), DAWN)
    assert isinstance(done, Rejected)
    assert done.reason is Rejection.not_yet


def test_people_can_say_so_much_and_no_more() -> None:
    long = MEANT | {"note": "x" * 2000}
    taken = obeyed("warning.acknowledged", long)
    waits = {"until": at(9 * DAY), "reason": "y" * 2000}
    assert obeyed("warning.snoozed", MEANT | waits, standing=taken.standing).standing[0].acknowledged
    wide = {**waits, "reason": "\N{EURO SIGN}" * 2000}
    done = obey("ada", KNOWN, taken.standing, RULES, command("warning.snoozed", MEANT | wide), NOW)
    assert isinstance(done, Rejected)
    assert done.reason is Rejection.row_too_large
