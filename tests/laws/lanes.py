"""Lanes for the laws: logs with gaps in their offsets, answers of any size, a store of what steps commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations, product
from typing import Any, NamedTuple

from hypothesis import strategies as st

from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet
from monitor.domain.state import Row, from_bytes
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import FIRST, Edition, Editions
from monitor.engine.fetched import CLOCK, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.outputs import Output, outputs
from monitor.engine.step import Step, is_lane_key, lane_key, lane_row_from_bytes
from schemas.events import EVENT_TYPES, Fact
from tests.laws.strategies import DAYS, HOUR, Told, at, facts, hours, long_lists

NAMES = ("orders", "tickets", "contacts")
PLAIN = Timing(follows_wall=False)
END = at(24 * (DAYS + 60))
LONGEST = 1_000_000


class Log(NamedTuple):
    """One input's partition: records at ascending offsets, and the position after them."""

    records: tuple[RawRecord, ...]
    end: int

    def answer(
        self, name: str, start: int, most: int, *, asked: datetime = END, end: int | None = None
    ) -> Fetched:
        """What the log says when asked for `most` records from `start`, its end being at `end`."""
        end = self.end if end is None else end
        rest = [record for record in self.records if start <= record.offset < end]
        taken = rest[:most]
        following = end if len(taken) == len(rest) else taken[-1].offset + 1 if taken else start
        return Fetched(name, start, taken, following, end, asked)


Logs = dict[str, Log]


class Turn(NamedTuple):
    """One round of answers: how many records of each input. Some claim that there
    are no more; steps may follow."""

    most: dict[str, int]
    claim_ends: frozenset[str]
    steps: bool
    waits: int


_ASKED = (*NAMES, CLOCK)
_SIZES = [dict(zip(_ASKED, sizes, strict=True)) for sizes in product(range(5), repeat=len(_ASKED))]
_CLAIMS = [frozenset(names) for many in range(len(_ASKED) + 1) for names in combinations(_ASKED, many)]


def turns(*, claim_ends: bool, most: int = 20) -> st.SearchStrategy[list[Turn]]:
    """Answers in any order and of any size; some may claim that the log ends where they end."""
    claims = st.sampled_from(_CLAIMS) if claim_ends else st.just(_CLAIMS[0])
    return long_lists(
        st.builds(Turn, st.sampled_from(_SIZES), claims, st.booleans(), st.integers(0, 36)), most
    )


moments = st.lists(hours, max_size=3).map(lambda drawn: [*map(at, sorted(drawn)), END])
"""What the clock's log may hold: `time.passed` up to a few moments, and to the end."""


def as_record(event: Fact, offset: int) -> RawRecord:
    """The event as its producer writes it."""
    value = event.model_dump_json(by_alias=True, exclude_none=True).encode()
    return RawRecord(offset, milliseconds(event.time), event.subject.encode(), value)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def passed(until: datetime, offset: int) -> RawRecord:
    """`time.passed`, for the clock's log."""
    told = (
        f'{{"specversion":"1.0","id":"{offset}","source":"/laws","type":"time.passed",'
        f'"time":"{until.isoformat()}","data":{{"until":"{until.isoformat()}"}}}}'
    )
    return RawRecord(offset, milliseconds(until), None, told.encode())


def log_of(records: Iterable[RawRecord], gaps: int = 1) -> Log:
    """A log of these records, with `gaps - 1` positions left out after each."""
    placed = tuple(record._replace(offset=place * gaps) for place, record in enumerate(records))
    return Log(placed, len(placed) * gaps)


def logs_of(events: Sequence[Fact], *, gaps: int = 1, until: Sequence[datetime] = (END,)) -> Logs:
    """Each event in the log of its input, in the order given; time passes until those moments."""
    records: dict[str, list[RawRecord]] = {name: [] for name in NAMES}
    for event in events:
        records[EVENT_TYPES[event.type].input].append(as_record(event, 0))
    records[CLOCK] = [passed(moment, 0) for moment in until]
    return {name: log_of(placed, gaps) for name, placed in records.items()}


def logs(story: Sequence[Told], **more: Any) -> Logs:
    """The logs of a story."""
    return logs_of(facts(story), **more)


class Store:
    """What a lane's table holds: the rows of every step that was committed."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    def commit(self, step: Step) -> None:
        self.rows.update(step.rows())

    def lane(
        self, rules: RuleSet, timing: Timing = PLAIN, *, later: Iterable[Edition] = (), **more: Any
    ) -> Lane:
        """A lane that goes on from here, as a takeover makes it."""
        raw = self.rows.get(lane_key(0))
        row = lane_row_from_bytes(raw) if raw is not None else None
        editions = Editions(rules, later)
        judging = editions.of(row.edition if row else FIRST).rules
        names = lambda: (key.decode() for key, _ in self.customers())  # noqa: E731  short enough
        customers = Customers(judging, self.rows.get, names=names, **more)
        lane = Lane(Place(0, 1, editions), NAMES, customers, timing=timing, limits=Limits(), row=row)
        after = row.left_to_judge(judging.version) if row else None
        customers.load(self.customers(), lane.clock, after, row.outages if row else ())
        return lane

    def customers(self) -> list[tuple[bytes, bytes]]:
        return [(key, raw) for key, raw in self.rows.items() if not is_lane_key(key)]

    def states(self) -> dict[str, Row]:
        return {key.decode(): from_bytes(raw) for key, raw in self.customers()}


def new_lane(rules: RuleSet, timing: Timing = PLAIN, **more: Any) -> Lane:
    """A lane on its first start, that keeps all rows in memory."""
    return Store().lane(rules, timing, **more)


def steps(lane: Lane, now: datetime = END) -> Iterator[Step]:
    """All steps that can be made at a moment."""
    while (step := lane.step(now)) is not None:
        yield step


def play(lane: Lane, logs: Mapping[str, Log], schedule: Sequence[Turn] = ()) -> Iterator[Step]:
    """Hand the logs to a lane: by the schedule first, then whatever is left. The wall clock ends at `END`."""
    now = at(0)
    for turn in schedule:
        now += turn.waits * HOUR
        for name, most in turn.most.items():
            answer = logs[name].answer(name, lane.fetched[name], most, asked=now)
            lane.accept(answer._replace(end=answer.next) if name in turn.claim_ends else answer, now)
        if turn.steps:
            yield from steps(lane, now)
    for name in (CLOCK, *NAMES):
        lane.accept(logs[name].answer(name, lane.fetched[name], 10**6), END)
    yield from steps(lane)
    for name in (CLOCK, *NAMES):  # asked again when the moments on the clock's log are known
        lane.accept(logs[name].answer(name, lane.fetched[name], 10**6, asked=END + timedelta(days=1)), END)
    yield from steps(lane)


def transitions(made: Iterable[Step]) -> list[Transition]:
    return [transition for step in made for transition in step.transitions]


def written(made: Iterable[Step]) -> list[Output]:
    """Everything that steps put on topics, one topic after the other, but for the records of the steps themselves."""
    told = [each for step in made for each in list(outputs(step, longest=LONGEST))[:-1]]
    return sorted(told, key=lambda each: each.topic)


def committed(made: Iterable[Step]) -> Store:
    store = Store()
    for step in made:
        store.commit(step)
    return store
