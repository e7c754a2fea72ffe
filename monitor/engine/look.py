"""A lane as it is now, for those who watch it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple


class Look(NamedTuple):
    """Where a lane is: its last step, its clock, its earliest deadline, the edition of the rules.

    `lag` are records that are not applied yet, by input, as far as answers told; `waiting` those of them that were
    fetched. `heard` is when any input was last asked with success; `held_by` when that one was asked which has
    nothing waiting and was not heard of for longest (None: none such, or never). `left` wait to be judged anew.
    """

    step: int
    clock: datetime
    next_deadline: datetime | None
    edition: int
    lag: Mapping[str, int]
    waiting: Mapping[str, int]
    heard: datetime | None
    held_by: datetime | None
    left: int
