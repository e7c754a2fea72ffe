"""When the broker was asked what it answered: not later than its answer before, and of the first nothing is known."""

from __future__ import annotations

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from agents.transport import _Answer, _Consumer
from monitor.adapters.clock import WallClock
from monitor.engine.fetched import DAWN

PLACE = TP("orders", 0)


def consumer() -> Any:
    """The part of a consumer that makes batches of answers."""
    made: Any = object.__new__(_Consumer)
    made.app, made._answered, made._told = SimpleNamespace(clock=WallClock()), {}, {}  # noqa: SLF001
    return made


def test_a_first_answer_was_asked_for_before_all_time() -> None:
    batch = consumer()._batch(_Answer(PLACE, 0, 0, 0, round(time.time() * 1000)), ())  # noqa: SLF001, TID251
    assert batch.asked == DAWN


def test_a_later_answer_was_asked_for_when_the_one_before_had_come() -> None:
    reading = consumer()
    told = round(time.time() * 1000)  # noqa: TID251
    reading._batch(_Answer(PLACE, 0, 0, 0, told), ())  # noqa: SLF001
    batch = reading._batch(_Answer(PLACE, 0, 0, 0, told + 500), ())  # noqa: SLF001
    assert abs(batch.asked - reading.app.clock.of_host(told)) < timedelta(seconds=1)
