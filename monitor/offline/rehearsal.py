"""The lane that a scenario is played through, and the log that the scenario writes for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from monitor.domain.changes import CustomerChange
from monitor.domain.life import Transition
from monitor.domain.rules import RuleSet
from monitor.engine.admission import Limits
from monitor.engine.asides import NOT_YET
from monitor.engine.customers import Customers
from monitor.engine.editions import Editions
from monitor.engine.fetched import ASIDES, CLOCK, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from schemas.events import EVENT_TYPES
from schemas.near_misses import allowed
from schemas.scenarios import Entry, GivenEvent
from schemas.spans import SHAPE, parse_span
from schemas.yaml_files import Location, YamlText

START = datetime(2026, 1, 1, tzinfo=UTC)
INPUTS = ("orders", "tickets", "contacts", *ASIDES)
OTHERS = get_args(NOT_YET)
TYPES = [name for name, kind in EVENT_TYPES.items() if kind.input in INPUTS and kind.model not in OTHERS]
TAKEN_FOR_GRANTED: dict[str, dict[str, Any]] = {"order.placed": {"amount": 1.0}}


class Rehearsal:
    """A lane whose inputs are all caught up, and the log that the scenario writes for it.

    `changes` are all those of stages and tiers so far.
    """

    def __init__(self, text: YamlText, rules: RuleSet) -> None:
        customers = Customers(rules, lambda _: None)
        self.changes: list[CustomerChange] = []
        self._text = text
        self._warnings: dict[tuple[str, str], str] = {}
        self._positions = dict.fromkeys((*INPUTS, CLOCK), 0)
        self._lane = Lane(
            Place(0, 1, Editions(rules)),
            INPUTS,
            customers,
            timing=Timing(follows_wall=False),
            limits=Limits(),
        )
        for name in self._positions:
            self._lane.accept(Fetched(name, 0, (), 0, 0, START), START)

    def play(self, entry: Entry, place: int) -> Iterator[Transition]:
        """What an entry leads to: time passes up to a late event or a look, events bring their own."""
        event = entry.event
        if event is not None and (event.time is not None or _is_aside(event)):
            yield from self._pass_to(entry.at)
        if event is not None:
            yield from self._tell(event, entry.at, place)
        if entry.looks:
            yield from self._pass_to(entry.at)

    def _tell(self, event: GivenEvent, arrives: timedelta, place: int) -> Iterator[Transition]:
        where: Location = ("timeline", place, "event")
        if event.type not in TYPES:
            remedy = allowed(event.type, TYPES)
            raise self._text.error(f"{event.type!r} is no event of a customer's", (*where, "type"), remedy)
        content = TAKEN_FOR_GRANTED.get(event.type, {}) | event.content
        if _is_aside(event):
            content = self._meant(event.customer, content)
        happened = arrives if event.time is None else event.time
        told = _envelope(event.type, event.id or f"entry {place}", happened, content)
        name = EVENT_TYPES[event.type].input
        yield from self._write(name, event.customer, told | {"subject": event.customer}, arrives, where)

    def _meant(self, customer: str, content: dict[str, Any]) -> dict[str, Any]:
        """What a command says, with the id of the warning that is named by its rule, and its end as a moment."""
        meant = dict(content)
        warning, until = content.get("warning"), content.get("until")
        if isinstance(warning, str):
            meant["warning"] = self._warnings.get((customer, warning), warning)
        if isinstance(until, str) and SHAPE.fullmatch(until):
            meant["until"] = _instant(parse_span(until))
        return meant

    def _pass_to(self, moment: timedelta) -> Iterator[Transition]:
        until = {"until": _instant(moment)}
        yield from self._write(CLOCK, None, _envelope("time.passed", "until", moment, until), moment, ())

    def _write(
        self, name: str, key: str | None, told: dict[str, Any], at: timedelta, where: Location
    ) -> Iterator[Transition]:
        now = START + at
        offset = self._positions[name]
        self._positions[name] = following = offset + 1
        record = RawRecord(
            offset, round(now.timestamp() * 1000), key.encode() if key else None, json.dumps(told).encode()
        )
        self._lane.accept(Fetched(name, offset, (record,), following, following, now), now)
        while (step := self._lane.step(now)) is not None:
            for letter in step.dead_letters:
                raise self._text.error(letter.refused.detail.removeprefix("data."), where)
            for rejected in step.rejections:
                raise self._text.error(f"refused: {rejected.detail}", where)
            self.changes += step.changes
            for transition in step.transitions:
                self._remember(transition)
                yield transition

    def _remember(self, told: Transition) -> None:
        warning = told.warning
        name = f"{warning.rule}/{warning.about}" if warning.about else warning.rule
        self._warnings[told.customer, name] = warning.id


def _is_aside(event: GivenEvent) -> bool:
    return event.type in TYPES and EVENT_TYPES[event.type].input in ASIDES


def _envelope(kind: str, name: str, happened: timedelta, content: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": name,
        "source": "/scenario",
        "type": kind,
        "time": _instant(happened),
        "data": content,
    }


def _instant(moment: timedelta) -> str:
    return (START + moment).isoformat()
