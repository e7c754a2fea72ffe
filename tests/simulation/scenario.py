"""What a seed means: how many lanes and workers, which clock and store, what may go wrong and how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from monitor.domain.rules import RuleSet
from monitor.engine.editions import Edition
from monitor.engine.fetched import ASIDES, CLOCK
from monitor.engine.lane import Timing
from tests.laws.fragile import with_mistakes
from tests.laws.strategies import rule_set
from tests.simulation.network import Fate

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(minutes=10)
"""The moment up to which the clock's log lets time pass in the end."""

NAMES = ("orders", "tickets", "contacts")
EVERY = (*NAMES, *ASIDES, CLOCK)

RULES: tuple[RuleSet, ...] = (
    rule_set(
        {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "8s",
         "steps": [{"severity": "critical", "times": 2.0}]},
        {"name": "unanswered", "kind": "ageing", "of": "ticket.opened",
         "until": ["ticket.replied"], "older_than": "5s"},
        {"name": "complains", "kind": "count", "of": "ticket.opened", "n": 2, "within": "20s"},
    ),
    rule_set(
        {"name": "overdue", "kind": "silence", "of": "order.placed",
         "personal": {"factor": 1.5, "floor": "3s", "fallback": "12s", "min_gaps": 2}},
        {"name": "upset", "kind": "count", "of": [{"type": "contact.made", "where": {"sentiment": ["negative"]}}],
         "n": 2, "within": "30s", "as_of": "last_event"},
        {"name": "whisper", "kind": "silence", "of": "contact.made", "quiet_for": "6s", "mode": "shadow"},
    ),
)  # fmt: skip


LIVING = rule_set(
    {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "8s",
     "scopes": [{"tier": "important", "quiet_for": "5s"}, {"segment": "wholesale", "mode": "off"}]},
    {"name": "complains", "kind": "count", "of": "ticket.opened", "n": 2, "within": "20s", "while_lost": "stays"},
    {"name": "whisper", "kind": "silence", "of": "contact.made", "quiet_for": "4s", "for": "5s"},
    {"name": "risk", "kind": "score", "at_least": 0.5, "for": "1s", "keep": "2s",
     "parts": [{"rule": "quiet", "weight": 1}, {"rule": "complains", "weight": 1}]},
    customers={
        "new_for": "10s", "probation": "5s",
        "lost_after": {"factor": 2.0, "floor": "9s", "ceiling": "20s", "fallback": "15s"},
        "tiers": {"important": {"sales_from": 40.0, "down_to": 30.0, "cadence": "4s"}, "ordinary": {"cadence": "9s"}},
    },
)  # fmt: skip
"""Rules by which customers have stages and tiers."""

OTHER = rule_set(
    {"name": "quiet", "kind": "silence", "of": "order.placed", "quiet_for": "5s", "mode": "shadow"},
    {"name": "whisper", "kind": "silence", "of": "contact.made", "quiet_for": "6s"},
    {
        "name": "complains",
        "kind": "count",
        "of": "ticket.opened",
        "n": 1,
        "within": "20s",
        "keep": "3s",
        "for": "1s",
    },
)
"""Rules that change those of both sets above: another limit, to shadow and to live, some gone."""


class Published(NamedTuple):
    """An edition of the rules that is put in force so many seconds after the beginning."""

    at: float
    edition: Edition


class Scenario(NamedTuple):
    """One simulated world. For so many virtual seconds as it `lasts` things arrive, and may go wrong; then all heals,
    and everything must come to its end. Fate `strikes` at most so often; None: as it likes.
    """

    seed: int
    lasts: float = 30.0
    lanes: int = 1
    workers: int = 2
    on_disk: bool = False
    preloaded: bool = False
    timing: Timing = Timing(follows_wall=False, idle_after=timedelta(seconds=2))
    rules: RuleSet = RULES[0]
    later: RuleSet | None = None
    editions: tuple[Published, ...] = ()
    events: int = 60
    asides: int = 0
    late: float = 0.1
    bad: float = 0.08
    kept: int | None = None
    most: int = 20
    crowded: int = 12
    skew: float = 0.0
    slow: float = 0.0
    odd_answers: float = 0.0
    rebalances: float = 0.0
    compacts: bool = False
    loses: bool = False
    forgets: float = 0.0
    strikes: int | None = None


def scenario(seed: int) -> Scenario:
    """The world of this seed."""
    random = Random(seed)  # noqa: S311  to be repeated, not to be secret
    wall = random.random() < 0.4
    preloaded = not wall and random.random() < 0.5
    world = Scenario(
        seed,
        lanes=random.choice((1, 1, 2)),
        workers=random.choice((1, 2, 2, 3)),
        on_disk=random.random() < 0.5,
        preloaded=preloaded,
        timing=_timing(random, wall=wall),
        rules=random.choice((*RULES, LIVING)),
        later=random.choice(RULES) if not preloaded and random.random() < 0.25 else None,
        editions=_editions(random) if not preloaded and random.random() < 0.4 else (),
        events=random.randint(20, 70),
        asides=random.choice((0, 10, 30)),
        late=random.choice((0.0, 0.1, 0.3)),
        bad=random.choice((0.0, 0.1, 0.3)),
        kept=random.choice((None, 2, 5)),
        most=random.choice((1, 3, 20, 1000)),
        crowded=random.choice((4, 20, 1000)),
        skew=random.choice((0.0, 0.0, 1.0)),
        slow=random.choice((0.0, 0.02, 0.1)),
        odd_answers=random.choice((0.0, 0.05, 0.2)),
        rebalances=random.choice((0.0, 0.03, 0.1)),
        compacts=random.random() < 0.5,
        loses=not preloaded and random.random() < 0.2,
        forgets=random.choice((0.0, 0.0, 0.05)),
    )
    if random.random() < 0.25:
        return world._replace(rules=with_mistakes(world.rules, ("complains", "upset")))
    return world


def _editions(random: Random) -> tuple[Published, ...]:
    """A few editions; some come into force when they are seen, some at a moment that was set before."""
    moments = sorted(random.uniform(2, 28) for _ in range(random.choice((1, 2, 3))))
    return tuple(
        Published(
            at,
            Edition(
                number * 2,
                random.choice((*RULES, LIVING, OTHER)),
                BEGIN + timedelta(seconds=at + random.uniform(-2, 8)) if random.random() < 0.5 else None,
                random.choice(("judge", "keep", "close")),
                frozenset(random.sample(("quiet", "overdue", "complains", "upset", "whisper"), 2)),
            ),
        )
        for number, at in enumerate(moments)
    )


def _timing(random: Random, *, wall: bool) -> Timing:
    history = BEGIN + timedelta(seconds=15) if random.random() < 0.2 else None
    if wall:
        return Timing(True, timedelta(seconds=random.choice((0, 1, 3))), timedelta(0), history)
    return Timing(False, timedelta(seconds=1), timedelta(seconds=random.choice((0, 1, 3))), history)


class Chance:
    """Fates drawn from the seed, while they rage; seldom for fetches, for these are many."""

    def __init__(self, random: Random, strikes: int | None = None) -> None:
        self._random = random
        self._left = strikes
        worst = random.choice((0.0, 0.01, 0.03, 0.06))
        kinds = (Fate.LOST, Fate.DIES, Fate.PAUSES)
        self._bounds = {fate: random.random() * worst for fate in kinds}
        self.raging = strikes != 0

    def at(self, point: str) -> Fate:
        drawn = self._random.random() * (10 if point.startswith("fetch") else 1)
        for fate, bound in self._bounds.items() if self.raging else ():
            drawn -= bound
            if drawn < 0:
                return self._struck(fate)
        return Fate.FINE

    def _struck(self, fate: Fate) -> Fate:
        if self._left is not None:
            self._left -= 1
            self.raging = self._left > 0
        return fate


class AtPoint:
    """One fate, at the point of this number; counts the points that are passed."""

    def __init__(self, number: int | None = None, fate: Fate = Fate.FINE) -> None:
        self.passed: list[str] = []
        self._number = number
        self._fate = fate

    def at(self, point: str) -> Fate:
        if point.startswith("fetch"):  # changes nothing that lasts
            return Fate.FINE
        self.passed.append(point)
        return self._fate if len(self.passed) - 1 == self._number else Fate.FINE


class Lost(NamedTuple):
    """Positions of a lane's input that retention took before they were read."""

    lane: int
    input: str
    start: int
    end: int
