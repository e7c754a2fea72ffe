"""Several files as inputs of one lane: merged by time, whatever their sizes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.rules import compile_rules
from monitor.engine.events import warning_json
from monitor.offline import replay as replays
from monitor.offline.feeds import Feed
from monitor.offline.records import RawRecord
from monitor.offline.replay import Replay
from monitor.offline.tally import EXAMPLES, Tally
from schemas.dead_letters import Reason
from schemas.rule_files import parse_rules
from tests.events import event, order

RULES = compile_rules(
    parse_rules(
        """
version: 1
rules:
  - {name: overdue, kind: silence, of: order.placed, quiet_for: 3d}
  - {name: cross, kind: count, of: [{type: contact.made, where: {sentiment: negative}}], n: 2, within: 4d}
""",
        "rules",
    )
)
START = datetime(2025, 12, 1, tzinfo=UTC)
DAWN = datetime(2025, 1, 1, tzinfo=UTC)


def over(*files: Sequence[bytes]) -> Replay:
    feeds = [
        Feed(
            f"{name}", [RawRecord(f"{name}:{at + 1}", at, value, at) for at, value in enumerate(file)], START
        )
        for name, file in enumerate(files)
    ]
    return Replay(feeds, RULES, started=START)


def told(replay: Replay) -> list[bytes]:
    return [warning_json(each) for stretch in replay for each in stretch.transitions]


def tallied(replay: Replay) -> Tally:
    tally = Tally()
    for stretch in replay:
        tally.add(stretch)
    return tally


def day(number: float) -> str:
    return f"{DAWN + timedelta(days=number):%FT%TZ}"


@given(
    happened=st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.booleans(), st.integers(0, 2)), max_size=40
    ),
    chunk=st.integers(1, 7),
)
def test_cutting_the_events_into_files_changes_nothing(
    happened: list[tuple[int, str, bool, int]], chunk: int
) -> None:
    # No two at one time: then their order is the files' alone.
    inputs = sorted(
        (number + place / 100, who, is_order, file)
        for place, (number, who, is_order, file) in enumerate(happened)
    )
    files: list[list[bytes]] = [[], [], []]
    for number, who, is_order, file in inputs:
        made = (
            order(who, day(number))
            if is_order
            else event("contact.made", who, day(number), sentiment="negative")
        )
        files[file].append(made)
    whole = sorted((line for file in files for line in file), key=lambda line: line.split(b'"time": ')[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replays, "CHUNK", chunk)
        assert told(over(*files)) == told(over(whole))


def test_a_file_is_not_read_far_ahead_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "CHUNK", 2)
    drawn: list[str] = []

    def records(name: str, days: range) -> Iterator[RawRecord]:
        for at in days:
            drawn.append(name)
            yield RawRecord(f"{name}:{at}", at, order(name, day(at)), at)

    feeds = [
        Feed(name, records(name, days), START) for name, days in (("a", range(100)), ("b", range(50, 52)))
    ]
    told(Replay(feeds, RULES, started=START))
    first, second = (at for at, name in enumerate(drawn) if name == "b")
    assert first <= 2
    assert second - 50 in range(6), "b's second order came when a had come to the first"


def test_the_span_begins_at_the_earliest_event_that_was_applied() -> None:
    replay = over([b"broken", order("a", day(5))], [order("b", day(2)), order("b", day(9))])
    told(replay)
    assert (replay.began, replay.clock) == (DAWN + timedelta(days=2), DAWN + timedelta(days=9))


def test_no_events_make_no_time() -> None:
    replay = over([], [b"broken"])
    assert told(replay) == []
    assert (replay.began, replay.clock) == (None, None)


def test_the_same_event_in_two_files_counts_once() -> None:
    same = order("a", day(1), event_id="once")
    assert tallied(over([same], [same])).records == Counter(applied=1, repeated=1)


def test_what_belongs_on_other_topics_is_passed_over() -> None:
    profile, command = event("profile.updated", "a", day(1)), event("customer.erased", "a", day(2))
    tally = tallied(over([profile, command, order("a", day(3))]))
    assert (tally.records, tally.lost) == (Counter(applied=1, not_a_fact=2), 0)


def test_of_each_reason_the_first_dead_letters_are_kept_as_examples_without_their_content() -> None:
    tally = tallied(over([b"{" * length for length in range(1, 10)]))
    losses = tally.losses[Reason.broken_json]
    assert losses.count == 9
    assert [lost.place for lost in losses.examples] == [f"0:{line}" for line in range(1, EXAMPLES + 1)]
    assert {lost.raw for lost in losses.examples} == {b""}
