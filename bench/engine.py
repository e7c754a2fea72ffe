"""The engine alone, in this process: what reading, judging and telling cost, without Kafka, Faust and a store.

What the lane costs beyond it is the price of fetching, of transactions and of the store.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar
from zlib import crc32

from bench.figures import Figure
from bench.job import RULES, TOPICS, Told
from bench.stage import Stage
from monitor.adapters.rule_files import load_rules
from monitor.domain.rules import RuleSet
from monitor.domain.state import from_bytes, to_bytes
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.editions import Editions
from monitor.engine.fetched import Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from monitor.engine.outputs import outputs

T = TypeVar("T")

NO_ROWS: dict[bytes, bytes] = {}
LANES = 4
AT_ONCE = {"orders": 2_000, "tickets": 500, "contacts": 500}
"""Records of one answer, about as a broker gives them."""

LATER = datetime(2030, 1, 1, tzinfo=UTC)
LATER_MS = int(LATER.timestamp() * 1000)
LONGEST = 1 << 20

FIGURES = (
    Figure("reading", "records to facts, in merged order", "µs/event", 1),
    Figure("judging", "rows opened, observed, judged, packed; deadlines", "µs/event", 1),
    Figure("telling", "what steps tell, as bytes", "µs/event", 1),
    Figure("whole", "the engine in all", "µs/event", 1),
    Figure("shipped", "the same by the rules that ship", "µs/event", 1),
    Figure("opening", "opening a row", "µs", 2),
    Figure("packing", "packing a row", "µs", 2),
    Figure("row", "a row", "bytes"),
)


async def measure(stage: Stage) -> dict[str, float]:
    """The job through four lanes, one after the other."""
    stage.tell("the engine alone")
    spent, rows = run(load_rules(RULES), stage.told)
    stage.tell("the engine alone, rules that ship")
    shipped, _ = run(load_rules(None), stage.told)
    per_event = {name: seconds / len(stage.told) * 1e6 for name, seconds in spent.items()}
    return {
        **per_event,
        "whole": sum(per_event.values()),
        "shipped": sum(shipped.values()) / len(stage.told) * 1e6,
        "opening": _each(from_bytes, rows),
        "packing": _each(to_bytes, [from_bytes(raw) for raw in rows]),
        "row": sum(map(len, rows)) / len(rows),
    }


def run(rules: RuleSet, told: Iterable[Told]) -> tuple[dict[str, float], list[bytes]]:
    """CPU seconds by part, and the rows at the end."""
    logs = _logs(told)
    spent, rows = dict.fromkeys(("reading", "judging", "telling"), 0.0), list[bytes]()
    with _undisturbed():
        for partition, log in enumerate(logs):
            customers = Customers(rules, NO_ROWS.get)
            place = Place(partition, LANES, Editions(rules))
            lane = Lane(place, TOPICS, customers, timing=Timing(follows_wall=False), limits=Limits())
            _play(lane, log, spent)
            rows += [to_bytes(row) for _, row in customers.standing()]
    return spent, rows


def _play(lane: Lane, log: dict[str, list[RawRecord]], spent: dict[str, float]) -> None:
    clock = time.process_time
    for answers in _rounds(log):
        began = clock()
        for answer in answers:
            lane.accept(answer, LATER)
        read = clock()
        spent["reading"] += read - began
        while (step := lane.step(LATER)) is not None:
            judged = clock()
            step.rows()
            for _ in outputs(step, longest=LONGEST):
                pass
            ended = clock()
            spent["judging"] += judged - read
            spent["telling"] += ended - judged
            read = ended


def _rounds(log: dict[str, list[RawRecord]]) -> Iterator[list[Fetched]]:
    """Answers for all inputs, and again, until all is read."""
    at = dict.fromkeys(log, 0)
    while any(at[name] < len(records) for name, records in log.items()):
        answers = []
        for name, records in log.items():
            start, end = at[name], min(len(records), at[name] + AT_ONCE[name])
            answers.append(Fetched(name, start, records[start:end], end, len(records), LATER))
            at[name] = end
        yield answers


def _logs(told: Iterable[Told]) -> list[dict[str, list[RawRecord]]]:
    """The events as the logs of each lane."""
    logs: list[dict[str, list[RawRecord]]] = [{topic: [] for topic in TOPICS} for _ in range(LANES)]
    for topic, customer, value in told:
        key = customer.encode()
        log = logs[crc32(key) % LANES][topic]
        log.append(RawRecord(len(log), LATER_MS, key, value))
    return logs


def _each(do: Callable[[T], object], of: Sequence[T]) -> float:
    """µs of CPU for one of these."""
    began = time.process_time()
    for each in of:
        do(each)
    return (time.process_time() - began) / len(of) * 1e6


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without the garbage collector: a worker's rests nearly always, too."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
