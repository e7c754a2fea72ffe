"""Rules that go live while the stream runs: each edition is a whole rule file, with when it begins and what it ends."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import field_serializer

from schemas.cloudevents import CloudEvent
from schemas.fields import Instant, Label, Part, Text
from schemas.rules import RuleFile

OpenWarnings = Literal["judge", "keep", "close"]
"""What becomes of the open warnings of rules that an edition changes.

`judge`: they are judged anew, and end where the new rule finds nothing. `keep`: they stand until the next moment, or
the next event of the customer, for which the new rule looks at them; without such a moment they are judged anew.
`close`: all of them end, and what the new rule finds is a new warning. The warnings of rules that are gone, or off, end
in any case: nothing else could end them.
"""


class Edition(Part):
    """All the rules from `effective_from` of each lane's clock on, or from when a lane first sees them.

    `changed` names the rules that differ from the edition before: new, changed or gone.
    """

    rules: RuleFile
    effective_from: Instant | None = None
    open_warnings: OpenWarnings = "judge"
    changed: tuple[str, ...] = ()
    by: Label | None = None
    note: Text | None = None

    @field_serializer("rules")
    def _as_written(self, rules: RuleFile) -> dict[str, Any]:
        # What is left out and what is null are not the same to every key, nor is the default always allowed.
        return rules.model_dump(mode="json", by_alias=True, exclude_unset=True)


class RulesApplied(CloudEvent):
    """Somebody put rules in force; the subject is always `rules`."""

    type: Literal["rules.applied"]
    data: Edition
