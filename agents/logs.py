"""Whether the topics behind the inputs are still those that a lane has read: one made anew starts over at 0.

A lane that went on there would skip, as known, as many records as it had read of the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.errors import ConfigError

REMEDY = (
    "no step was made on it. See docs/how-to/when-a-topic-was-made-anew.md; then `churn-monitor topics recreated "
    "{input}` lets the lanes go on with it, and workers can be started again"
)


def made_anew(lane: int, known: Mapping[str, str], ids: Mapping[str, str]) -> ConfigError | None:
    """The error where the topic of an input has another id than the lane knows; both map inputs to ids."""
    for name, each in ids.items():
        if known.get(name, each) != each:
            problem = f"was made anew (its id was {known[name]} and is {each}), and lane {lane} has read the old one"
            return _error(name, problem)
    return None


def too_short(lane: int, name: str, position: int, end: int) -> ConfigError:
    """The error where an input's log ends before the position that a lane has come to."""
    return _error(
        name, f"ends at {end}, and lane {lane} has read up to {position}: it was made anew, or lost its end"
    )


def rows_lost(lanes: Iterable[int]) -> ConfigError:
    """The error where lanes have done steps, as their group knows, and the changelog has no row of theirs."""
    told = ", ".join(map(str, sorted(lanes)))
    remedy = (
        "`churn-monitor state import` or `state rebuild` brings them back (docs/how-to/bring-it-back.md); to begin "
        "from nothing, and tell everything again, delete the consumer group"
    )
    return ConfigError(
        f"holds no rows of lanes {told}, which have done steps", where="the changelog", remedy=remedy
    )


def _error(name: str, problem: str) -> ConfigError:
    return ConfigError(problem, where=f"the topic of {name}", remedy=REMEDY.format(input=name))
