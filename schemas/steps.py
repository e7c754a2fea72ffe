"""What a lane applied in one step: enough to do the same step again."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from pydantic import Field

from schemas.fields import Instant, Part


class Range(NamedTuple):
    """Positions in an input: from the first applied up to, not including, the next to apply."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


class LogStart(NamedTuple):
    """The topic behind an input, by the id that Kafka gave it, and the position from which it is read."""

    id: str
    start: Annotated[int, Field(ge=0)]


class StepRecord(Part):
    """One step of one lane: ranges of records by input (without prefix), up to a moment, under which rules.

    `target` is the moment that the step was to reach (null: as far as the records went), `clock` the lane's
    clock after it (null: no time has been seen yet); `counts` are numbers of what followed, by name. `edition` is the
    number of the rules' edition on the topic of rules (-1: the worker's own file), which came into force with the first
    step that has it; `anew` says after which customer and up to which (null: the last) they were judged anew for it.
    Of what lies before `history_until` nobody is told. `logs` are inputs whose topic is known from this step on, or was
    made anew and is read from another position: it changed before the ranges were applied.
    """

    partition: Annotated[int, Field(ge=0)]
    step: Annotated[int, Field(ge=0)]
    ranges: dict[str, Range]
    target: Instant | None = None
    clock: Instant | None = None
    rules: str
    counts: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    edition: Annotated[int, Field(ge=-1)] = -1
    anew: tuple[str, str | None] | None = None
    history_until: Instant | None = None
    logs: dict[str, LogStart] = Field(default_factory=dict)
