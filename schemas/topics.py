"""The topics: what travels where, under which key, and how a topic has to be made."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

from schemas.settings import Settings

CHANGELOG = "{app_id}-customers-changelog"
DEAD_LETTERS = "churn.dead-letters"
RULES = "rules"
LETTER_ROOM = 65_536  # bytes that a dead letter's largest message is above the inputs'

MONTH, YEAR, FOR_GOOD = timedelta(days=30), timedelta(days=365), None


class TopicSpec(NamedTuple):
    """One topic; `name` is without prefix.

    `retention` is the least that will do, for good if None; an input's is its owner's choice, and what is
    said here only what we make it with. `partitions` "lanes" means one for each lane, in all of them alike.
    """

    name: str
    key: str
    role: Literal["input", "internal", "output"]
    cleanup: Literal["delete", "compact"]
    retention: timedelta | None
    note: str
    partitions: Literal["lanes"] | int = "lanes"

    def full_name(self, settings: Settings) -> str:
        """The name on the broker; a changelog is named by its app, and has no prefix."""
        if self.name == CHANGELOG:
            return CHANGELOG.format(app_id=settings.app_id)
        return f"{settings.topic_prefix}{self.name}"

    def partition_count(self, settings: Settings) -> int:
        """How many partitions the topic should have."""
        return settings.partitions if self.partitions == "lanes" else self.partitions


TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec("orders", "customer", "input", "delete", YEAR, "orders, invoices, quotes, contracts"),
    TopicSpec("tickets", "customer", "input", "delete", YEAR, "support tickets, planned actions"),
    TopicSpec("contacts", "customer", "input", "delete", YEAR, "calls, mails, visits, surveys"),
    TopicSpec("customers", "customer", "input", "compact", FOR_GOOD, "profiles; a tombstone: profile gone"),
    TopicSpec("commands", "customer", "input", "delete", YEAR, "what people tell; verdicts on sources"),
    TopicSpec(RULES, "`rules`", "input", "delete", FOR_GOOD, "editions of the rules, put in force", 1),
    TopicSpec("clock", "none", "internal", "delete", MONTH, "`time.passed`, to every partition"),
    TopicSpec("churn.warnings", "customer", "output", "delete", YEAR, "every transition of every warning"),
    TopicSpec(
        "churn.warnings.standing", "customer/rule/subject", "output", "compact", None, "those that stand"
    ),
    TopicSpec("churn.shadow", "customer", "output", "delete", MONTH, "what shadow rules would have told"),
    TopicSpec("churn.customers", "customer", "output", "delete", YEAR, "changes of stage and tier"),
    TopicSpec("churn.rejections", "as received", "output", "delete", MONTH, "commands that were refused"),
    TopicSpec(DEAD_LETTERS, "as received", "output", "delete", MONTH, "records that break their contract"),
    TopicSpec("churn.steps", "partition", "output", "delete", YEAR, "what each step applied"),
    TopicSpec(CHANGELOG, "customer", "internal", "compact", FOR_GOOD, "the rows, and a lane row each"),
)
"""The topics in use."""

PLANNED: tuple[TopicSpec, ...] = (
    TopicSpec("churn.forwarded", "customer", "internal", "delete", MONTH, "misrouted records, sent on"),
    TopicSpec("churn.notifications", "subscriber", "output", "compact", FOR_GOOD, "what was told to whom"),
    TopicSpec("churn.lists", "list", "output", "delete", MONTH, "who came into a worklist, who left"),
    TopicSpec("subscriptions", "subscription", "input", "compact", FOR_GOOD, "who is told what", 1),
)
"""Topics of the design that nothing reads or writes yet; they are not made."""

_BY_NAME = {spec.name: spec for spec in TOPICS}


def topic_name(name: str, settings: Settings) -> str:
    """The name on the broker of a topic in use. Raises `KeyError` for a stranger."""
    return _BY_NAME[name].full_name(settings)


def lane_writer(partition: int, settings: Settings) -> str:
    """The transactional id under which a lane is written: whoever begins with it shuts all others out."""
    return f"{settings.app_id}-{partition}"


def topic_names(settings: Settings) -> dict[str, TopicSpec]:
    """The topics in use, by their names on the broker."""
    return {spec.full_name(settings): spec for spec in TOPICS}
