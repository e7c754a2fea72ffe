"""Files of events as what can be put on the input topics: judged as a lane would, merged by time, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter
from typing import NamedTuple

from monitor.domain.rules import RuleSet
from monitor.engine.admission import Admission, Refused
from monitor.offline.feeds import Feed, FileRecord
from monitor.offline.history import History
from monitor.offline.records import Tell
from monitor.offline.replay import CHUNK, Lost, row_lost
from monitor.offline.tally import Losses
from schemas.dead_letters import Reason
from schemas.events import EVENT_TYPES, Fact

NO_RULES = RuleSet((), "")


class Placed(NamedTuple):
    """An event, the topic that it belongs on, and its text as it stands in the file."""

    fact: Fact
    topic: str
    value: bytes


class FileEvents:
    """The events of a history, by time across its files; iterate them once.

    `losses` are what no lane could read, by reason; `passed_over` are no orders, tickets or contacts.
    """

    def __init__(self, history: History, started: datetime, tell: Tell) -> None:
        self.losses: dict[Reason, Losses] = {}
        self.passed_over = Counter[str]()
        self._admission = Admission(history.limits._replace(keyed=False))
        self._run = history.run(NO_RULES, started=started, tell=tell)

    @property
    def consumed(self) -> int:
        """How many bytes on disk are read."""
        return self._run.consumed

    @property
    def behind_the_end(self) -> int:
        """How many events lie behind the end of the history."""
        return self._run.skipped

    def __iter__(self) -> Iterator[Placed]:
        timed = merge(*map(self._timed, self._run.feeds), key=itemgetter(0))
        return (placed for _, placed in timed)

    def _timed(self, feed: Feed) -> Iterator[tuple[datetime, Placed]]:
        while not feed.ended:
            fetched, rejected = feed.fetch(CHUNK)
            for row in rejected:
                self._lose(row_lost(row))
            for record in fetched.records:
                if isinstance(record, FileRecord) and (placed := self._placed(record)) is not None:
                    yield placed.fact.time, placed

    def _placed(self, record: FileRecord) -> Placed | None:
        match self._admission.fact(record):
            case Refused(Reason.wrong_topic, _):
                self.passed_over["not_a_fact"] += 1
            case Refused(reason, detail):
                self._lose(Lost(record.place, reason, detail, record.value))
            case str(ignored):
                self.passed_over[ignored] += 1
            case fact:
                return Placed(fact, EVENT_TYPES[fact.type].input, record.value)
        return None

    def _lose(self, lost: Lost) -> None:
        self.losses.setdefault(lost.reason, Losses()).add(lost)
