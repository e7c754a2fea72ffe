"""Stops a lane of which too many records become dead letters before a bad deploy upstream empties a topic into them."""

from __future__ import annotations

from collections import Counter, deque

from schemas.errors import TooManyDeadLetters

LOOKED_AT = 1_000
"""The last records of a lane by which it is judged."""

FEWEST = 100
"""Records before which nothing is judged."""

APPLIED = ("applied", "repeated", "heeded", "unchanged")
LETTERS = "dead_letter."


class LetterLimit:
    """Watches one lane's steps: at most this share (0 to 1) of its last records may be dead letters."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._steps: deque[tuple[int, int]] = deque()
        self._records = self._dead = 0

    def check(self, counts: Counter[str]) -> None:
        """Look at what a step counted, before it is committed. Raises `TooManyDeadLetters`."""
        letters = sum(number for name, number in counts.items() if name.startswith(LETTERS))
        self._move(letters + sum(counts[name] for name in APPLIED), letters)
        if self._records >= FEWEST and self._dead > self._share * self._records:
            raise TooManyDeadLetters(_told(self._dead, self._records, self._share, counts))

    def _move(self, records: int, letters: int) -> None:
        """Look at one more step, and no more at those that the last records don't need."""
        while self._steps and self._records - self._steps[0][0] >= LOOKED_AT:
            before = self._steps.popleft()
            self._records, self._dead = self._records - before[0], self._dead - before[1]
        self._steps.append((records, letters))
        self._records, self._dead = self._records + records, self._dead + letters


def _told(dead: int, records: int, share: float, counts: Counter[str]) -> str:
    reasons = Counter({name: number for name, number in counts.items() if name.startswith(LETTERS)})
    worst = ", ".join(f"{number} {name.removeprefix(LETTERS)}" for name, number in reasons.most_common(3))
    return (
        f"{dead} of the last {records} records can't be applied ({worst}), more than the share of {share:g} that "
        "`dead_letter_share` allows: nothing of this was committed. Put right what tells them, or, if they are to "
        "be dead letters, raise the setting"
    )
