"""Who needs which rights on the brokers: the least that each component can do its work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from schemas.settings import Settings
from schemas.topics import CHANGELOG, RULES, TOPICS, topic_name

Component = Literal["detect", "deliver", "operate", "admin", "read", "produce"]
COMPONENTS: tuple[Component, ...] = get_args(Component)

MEANING: dict[Component, str] = {
    "detect": "`churn-monitor worker --role detect`",
    "deliver": "`churn-monitor worker --role deliver`, `churn-monitor redis rebuild`",
    "operate": "people at the command line, such as `warnings`, `rules`, `explain`, `load`, `dead-letters`",
    "admin": "`churn-monitor topics ensure`",
    "read": "downstream services, `churn-monitor tail`",
    "produce": "the shops' producers",
}

Resource = Literal["topic", "group", "transactional-id"]

READ, WRITE, DESCRIBE, CONFIGS = "Read", "Write", "Describe", "DescribeConfigs"
WARNINGS = "churn.warnings"
TOLD = (WARNINGS, "churn.warnings.standing", "churn.customers")
FACTS = ("orders", "tickets", "contacts", "customers")


class Grant(NamedTuple):
    """Operations, as Kafka names them, on these resources, or on all whose names begin so (`prefixed`)."""

    resource: Resource
    names: tuple[str, ...]
    operations: tuple[str, ...]
    prefixed: bool = False


def grants(component: Component, settings: Settings) -> list[Grant]:
    """The rights of a component under these settings; every one of them is needed."""
    return list(_GRANTS[component](settings))


def _detect(settings: Settings) -> Iterator[Grant]:
    named = [spec.name for spec in TOPICS]
    outputs = [spec.name for spec in TOPICS if spec.role == "output"]
    yield _topics([name for name in named if name not in (*outputs, CHANGELOG)], settings, READ, CONFIGS)
    yield _topics(outputs, settings, WRITE, CONFIGS)
    yield _topics([CHANGELOG], settings, READ, WRITE, CONFIGS)
    yield Grant("group", (settings.app_id,), (READ,))
    yield Grant("transactional-id", (f"{settings.app_id}-",), (WRITE,), prefixed=True)


def _deliver(settings: Settings) -> Iterator[Grant]:
    yield _topics([WARNINGS], settings, READ)
    yield _topics([spec.name for spec in TOPICS if spec.name != WARNINGS], settings, DESCRIBE)
    yield Grant("group", (f"{settings.app_id}-deliver",), (READ,))


def _operate(settings: Settings) -> Iterator[Grant]:
    yield _topics([spec.name for spec in TOPICS], settings, READ)
    yield _topics([*FACTS, "commands", RULES], settings, WRITE)
    yield Grant("transactional-id", (f"{settings.app_id}-dead-letters",), (WRITE,))


def _admin(settings: Settings) -> Iterator[Grant]:
    names = [spec.name for spec in TOPICS]
    yield _topics(names, settings, "Create", "Alter", "AlterConfigs", DESCRIBE, CONFIGS)


def _read(settings: Settings) -> Iterator[Grant]:
    yield _topics(TOLD, settings, READ)


def _produce(settings: Settings) -> Iterator[Grant]:
    yield _topics(FACTS, settings, WRITE)


def _topics(names: Iterable[str], settings: Settings, *operations: str) -> Grant:
    return Grant("topic", tuple(topic_name(name, settings) for name in names), operations)


_GRANTS: dict[Component, Callable[[Settings], Iterator[Grant]]] = {
    "detect": _detect,
    "deliver": _deliver,
    "operate": _operate,
    "admin": _admin,
    "read": _read,
    "produce": _produce,
}


def redis_rights(settings: Settings) -> dict[Component, tuple[str, ...]]:
    """What `ACL SETUSER` takes to give the components that need Redis their rights there."""
    streams, cursors = f"{topic_name(WARNINGS, settings)}.*", f"{settings.topic_prefix}churn.cursor.*"
    copies = ("+watch", "+unwatch", "+multi", "+exec", "+discard", "+xinfo", "+xadd", "+del", "+client")
    written = (*copies, "+xlen", "+exists", "+rename")  # those of `redis rebuild`
    read = ("+xread", "+xrange", "+xinfo", "+hgetall", "+hset", "+client")
    return {"deliver": (f"~{streams}", *written), "read": (f"%R~{streams}", f"~{cursors}", *read)}
