"""Which fault comes when: drawn from a seed, each kind once before any comes again."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from chaos.faults import FAULTS
from schemas.errors import ConfigError

FIRST = 8.0
"""Seconds before the first fault, in which workers start."""

GAPS = (1.0, 5.0)
"""Seconds between the end of one fault and the beginning of the next."""


class Planned(NamedTuple):
    """A fault, and when after the beginning it is to come."""

    at: float
    fault: str


def names_of(given: str | None) -> tuple[str, ...]:
    """The faults that an option names. Raises `ConfigError` for one that there is not."""
    names = tuple(FAULTS) if given is None else tuple(name.strip() for name in given.split(","))
    for name in names:
        if name not in FAULTS:
            raise ConfigError(
                "no such fault", key=name, where="--faults", remedy=f"one of: {', '.join(FAULTS)}"
            )
    return names


def schedule(seed: int, lasts: float, names: Sequence[str]) -> list[Planned]:
    """The faults of a run of so many seconds."""
    random, planned, at = Random(f"schedule {seed}"), list[Planned](), FIRST
    while True:
        for name in random.sample(names, len(names)):
            if at + FAULTS[name].takes > lasts:
                return planned
            planned.append(Planned(at, name))
            at += FAULTS[name].takes + random.uniform(*GAPS)
