"""What every measure is given: a broker, a folder to work in, the job and its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from bench.job import RULES, Told
from bench.truth import Warned
from schemas.settings import Settings


@dataclass(frozen=True)
class Stage:
    """One run's surroundings. `tell` shows what is being done right now."""

    kafka: str
    scratch: Path
    told: Sequence[Told]
    truth: Counter[Warned]
    tell: Callable[[str], None]
    _numbers: count[int] = field(default_factory=count)

    def named(self, name: str) -> Stage:
        """The same, where everything told is told with a name before it."""
        return replace(self, tell=lambda told: self.tell(f"{name}: {told}"))

    def settings(self, rules: Path | None = RULES, **more: Any) -> Settings:
        """Settings of an app of its own: its topics, its group and its folder are nobody else's.

        It judges by the rules of the job, or by a file; None is the one that ships.
        """
        name = f"bench-{next(self._numbers)}"
        return Settings(
            kafka=self.kafka,
            rules=rules,
            app_id=name,
            topic_prefix=f"{name}-",
            data_dir=self.scratch / name,
            **more,
        )
