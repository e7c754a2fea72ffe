"""Scenarios, played through the very lane that judges live: what was expected beside what was seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple

import yaml
from pydantic import ValidationError

from monitor.domain.life import Transition
from monitor.domain.rules import compile_rules
from monitor.engine.admission import Limits
from monitor.engine.customers import Customers
from monitor.engine.fetched import CLOCK, Fetched, RawRecord
from monitor.engine.lane import Lane, Place, Timing
from schemas.errors import ConfigError
from schemas.events import EVENT_TYPES
from schemas.rules import RuleFile
from schemas.scenarios import Entry, ExpectedTransition, GivenEvent, Scenario
from schemas.spans import told_span
from schemas.warnings import SEVERITIES

START = datetime(2026, 1, 1, tzinfo=UTC)
INPUTS = ("orders", "tickets", "contacts")
GIVEN = ("customer", "about", "severity", "since", "at", "cause", "sequence")
TAKEN_FOR_GRANTED: dict[str, dict[str, Any]] = {"order.placed": {"amount": 1.0}}


class Look(NamedTuple):
    """One time somebody looked: what should have been told by then, and what was."""

    at: timedelta
    expected: tuple[ExpectedTransition, ...]
    seen: tuple[Transition, ...]

    @property
    def is_as_expected(self) -> bool:
        """Whether all that was told was expected, in that order, and the other way round."""
        return len(self.expected) == len(self.seen) and all(map(matches, self.expected, self.seen))


def parse_scenario(text: str, source: str) -> Scenario:
    """Read a scenario in YAML; `source` is the file's name for messages. Raises `ConfigError`."""
    try:
        return Scenario.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}", where=source) from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ConfigError(first["msg"], where=source, key=".".join(map(str, first["loc"])) or None) from None


def run_scenario(scenario: Scenario) -> list[Look]:
    """Play a scenario to its end. Raises `ConfigError` for an event that breaks its contract."""
    stage = _Stage(scenario)
    looks, told = [], list[Transition]()
    for place, entry in enumerate(scenario.timeline):
        told += stage.play(entry, place)
        if entry.expect is not None:
            looks.append(Look(entry.at, entry.expect, tuple(told)))
            told = []
    return looks


def matches(expected: ExpectedTransition, seen: Transition) -> bool:
    """Whether a transition has all that is expected of it."""
    told = _facts(seen)
    return all(told[name] == value for name, value in _wanted(expected).items())


def side_by_side(looks: list[Look]) -> str:
    """Expected and seen in two columns, a line for each transition; `≠` marks where they part."""
    lines = [line for look in looks for line in _lines(look)]
    left, middle = (max((len(line[column]) for line in lines), default=0) for column in (0, 2))
    heading = ("", "", "expected", "seen")
    return "\n".join(
        f"{at:{left}} {mark or ' '} {expected:{max(middle, 8)}} │ {seen}".rstrip()
        for at, mark, expected, seen in [heading, *lines]
    )


class _Stage:
    """A lane whose inputs are all caught up, and the log that the scenario writes for it."""

    def __init__(self, scenario: Scenario) -> None:
        rules = compile_rules(RuleFile(version=1, rules=scenario.rules))
        customers = Customers(rules, lambda _: None)
        self._positions = dict.fromkeys((*INPUTS, CLOCK), 0)
        self._lane = Lane(
            Place(0, 1, rules.version),
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
        if event is not None and event.time is not None:
            yield from self._pass_to(entry.at)
        if event is not None:
            yield from self._tell(event, entry.at, place)
        if entry.expect is not None:
            yield from self._pass_to(entry.at)

    def _tell(self, event: GivenEvent, arrives: timedelta, place: int) -> Iterator[Transition]:
        kind = EVENT_TYPES.get(event.type)
        if kind is None or kind.input not in INPUTS:
            raise ConfigError(f"{event.type!r} is no event of a customer's", key=f"timeline[{place}].event")
        content = TAKEN_FOR_GRANTED.get(event.type, {}) | event.content
        happened = arrives if event.time is None else event.time
        told = _envelope(event.type, event.id or f"entry {place}", happened, content)
        yield from self._write(kind.input, event.customer, told | {"subject": event.customer}, arrives)

    def _pass_to(self, moment: timedelta) -> Iterator[Transition]:
        until = {"until": _instant(moment)}
        yield from self._write(CLOCK, None, _envelope("time.passed", "until", moment, until), moment)

    def _write(self, name: str, key: str | None, told: dict[str, Any], at: timedelta) -> Iterator[Transition]:
        now = START + at
        offset = self._positions[name]
        self._positions[name] = following = offset + 1
        record = RawRecord(
            offset, round(now.timestamp() * 1000), key.encode() if key else None, json.dumps(told).encode()
        )
        self._lane.accept(Fetched(name, offset, (record,), following, following, now), now)
        while (step := self._lane.step(now)) is not None:
            for letter in step.dead_letters:
                raise ConfigError(letter.refused.detail, where=f"event at {told_span(at)}", key=told["type"])
            yield from step.transitions


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


def _wanted(expected: ExpectedTransition) -> dict[str, Any]:
    told = {name: getattr(expected, name) for name in ("told", "rule", *GIVEN)}
    return {name: value for name, value in told.items() if value is not None}


def _facts(seen: Transition) -> dict[str, Any]:
    warning = seen.warning
    return {
        "told": seen.told,
        "rule": warning.rule,
        "customer": seen.customer,
        "about": warning.about,
        "severity": SEVERITIES[warning.severity],
        "since": warning.since - START,
        "at": seen.at - START,
        "cause": seen.cause,
        "sequence": warning.sequence,
    }


def _lines(look: Look) -> Iterator[tuple[str, str, str, str]]:
    at = told_span(look.at)
    if not look.expected and not look.seen:
        yield at, "", "nothing", "nothing"
    for expected, seen in zip_longest(look.expected, look.seen):
        same = expected is not None and seen is not None and matches(expected, seen)
        yield at, "" if same else "≠", _told_expected(expected), _told_seen(seen)


def _told_expected(expected: ExpectedTransition | None) -> str:
    if expected is None:
        return "nothing"
    return _told(_wanted(expected))


def _told_seen(seen: Transition | None) -> str:
    if seen is None:
        return "nothing"
    return _told({name: value for name, value in _facts(seen).items() if value is not None})


def _told(facts: dict[str, Any]) -> str:
    told, rule, customer, *more = (
        told_span(value) if isinstance(value, timedelta) else value for value in facts.values()
    )
    named = zip(list(facts)[3:], more, strict=True)
    return ", ".join([f"{told} {rule} of {customer}", *(f"{name} {value}" for name, value in named)])
