"""A lane's steps as recorded, each with the records that it applied."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from typing import NamedTuple

from monitor.adapters.kafka_logs import LogReader, Record, Show, reading
from monitor.cli.verify_given import INPUTS, step_of
from monitor.engine.outputs import STEPS
from monitor.engine.step import LaneRow
from monitor.offline.proof import Unknown
from schemas.errors import ConfigError
from schemas.settings import Settings
from schemas.steps import StepRecord


class Cursor:
    """One partition of an input, read on as far as a step went."""

    def __init__(self, batches: AsyncIterator[Sequence[Record]]) -> None:
        self._batches = batches
        self._ahead: list[Record] = []
        self._ended = False

    async def up_to(self, position: int) -> list[Record]:
        """The records before a position that were not handed on yet."""
        while not self._ended and (not self._ahead or self._ahead[-1].offset < position - 1):
            batch = await anext(self._batches, None)
            self._ended = batch is None
            self._ahead += batch or ()
        taken = [record for record in self._ahead if record.offset < position]
        self._ahead = self._ahead[len(taken) :]
        return taken

    async def left(self) -> tuple[int, int | None]:
        """How many records nobody has asked for, and the offset of the first."""
        first = self._ahead[0].offset if self._ahead else None
        count = len(self._ahead)
        async for batch in self._batches:
            if batch and first is None:
                first = batch[0].offset
            count += len(batch)
        return count, first


class Repeatable(NamedTuple):
    """A step as it was told on its topic, and the records in its ranges."""

    told: Record
    record: StepRecord
    inputs: Mapping[str, Sequence[Record]]


class Recorded:
    """The steps of one lane, and its `inputs` as far as they were asked for."""

    def __init__(
        self, lane: int, steps: AsyncIterator[Sequence[Record]], inputs: Mapping[str, Cursor]
    ) -> None:
        self.inputs = inputs
        self._lane = lane
        self._steps = steps

    async def after(self, row: LaneRow | None) -> AsyncGenerator[Repeatable, None]:
        """The steps after the one that wrote this row, or all.

        Raises `ConfigError` where the first of them is gone, or what an input held before it was made anew.
        """
        done = row.step if row else 0
        for name, position in (row.applied if row else {}).items():
            await self.inputs[name].up_to(position)
        positions, begun = dict(row.applied) if row else {}, False
        async for told in (each async for some in self._steps for each in some):
            record = step_of(told)
            if record.step <= done and not begun:
                continue
            if record.step > done + 1 and not begun:
                raise _gone(self._lane, done, record.step)
            begun = True
            for name, (_, start) in record.logs.items():
                if start != positions.get(name, 0):
                    raise _made_anew(record, name)
            positions |= {name: end for name, (_, end) in record.ranges.items()}
            inputs = {name: await self.inputs[name].up_to(end) for name, (_, end) in record.ranges.items()}
            yield Repeatable(told, record, inputs)


@asynccontextmanager
async def step_readers(settings: Settings) -> AsyncIterator[dict[str, LogReader]]:
    """A connection for each topic that is read while the others are."""
    async with AsyncExitStack() as stack:
        yield {topic: await stack.enter_async_context(reading(settings)) for topic in (*INPUTS, STEPS)}


@asynccontextmanager
async def recorded(readers: Mapping[str, LogReader], lane: int, show: Show) -> AsyncIterator[Recorded]:
    """A lane's steps, up to the last of this moment."""
    async with AsyncExitStack() as stack:
        inputs = {}
        for name in INPUTS:
            batches = readers[name].whole(name, [lane])
            inputs[name] = Cursor(await stack.enter_async_context(aclosing(batches)))
        steps = readers[STEPS].whole(STEPS, [lane], show)
        yield Recorded(lane, await stack.enter_async_context(aclosing(steps)), inputs)


@contextmanager
def known_rules(record: StepRecord) -> Iterator[None]:
    """Raises `ConfigError` for a step that was judged by rules that are not at hand."""
    try:
        yield
    except Unknown as error:
        where = f"lane {record.partition}, step {record.step}"
        raise ConfigError(
            f"was judged by {error}", where=where, remedy="give that file with --rules"
        ) from None


def _made_anew(record: StepRecord, name: str) -> ConfigError:
    return ConfigError(
        f"lane {record.partition} went on with a topic of {name} that was made anew, by step {record.step}: what it "
        "had read before is gone, and can't be repeated",
        where=f"topic {STEPS}",
        remedy="`churn-monitor state export` now: from that state on, later steps can be repeated",
    )


def _gone(lane: int, done: int, first: int) -> ConfigError:
    begins = f"lane {lane} begins with step {first}"
    problem = f"{begins}: what lies before is gone, and can't be repeated"
    if done:
        problem = f"{begins}, and step {done} is the last that is known: what lies between is gone"
    remedy = "this needs steps and inputs from there on; keep both for as long as you want to repeat them"
    return ConfigError(problem, where=f"topic {STEPS}", remedy=remedy)
