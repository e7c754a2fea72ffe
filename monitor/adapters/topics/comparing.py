"""The topic table against what a broker has: what differs, and the remedy.

Pure; the broker is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from schemas.settings import Settings
from schemas.topics import DEAD_LETTERS, LETTER_ROOM, TopicSpec, topic_names

MISSING, PARTITIONS = "topic", "partitions"
CLEANUP, RETENTION, LARGEST = "cleanup.policy", "retention.ms", "max.message.bytes"
BROKERS_LARGEST = 1_048_588  # of a topic that says nothing
STEADY_REPLICATION = 3  # from here on, one copy may be down

MILLISECOND = timedelta(milliseconds=1)


class Found(NamedTuple):
    """A topic as the broker has it: `config` as it works, `own` what was set on the topic itself."""

    partitions: int
    config: Mapping[str, str]
    own: Mapping[str, str]


class Difference(NamedTuple):
    """One thing about a topic that is not as the table says; `mendable` if `ensure` may put it right."""

    topic: str
    what: str
    expected: str
    found: str
    remedy: str
    mendable: bool


def differences(settings: Settings, found: Mapping[str, Found]) -> list[Difference]:
    """What differs between the table and the topics that were found; pure."""
    return [
        difference
        for name, spec in topic_names(settings).items()
        for difference in _differences(settings, name, spec, found)
    ]


def _differences(
    settings: Settings, name: str, spec: TopicSpec, found: Mapping[str, Found]
) -> Iterator[Difference]:
    if name not in found:
        yield _missing(settings, name, spec, found)
        return
    expected, actual = spec.partition_count(settings), found[name].partitions
    if actual != expected:
        remedy = _partition_remedy(settings, name, actual, found)
        yield Difference(name, PARTITIONS, str(expected), str(actual), remedy, mendable=False)
    for key, value in _wrong_config(settings, spec, found[name], found):
        has = found[name].config.get(key, "nothing")
        mendable = spec.role != "input"
        command = (
            f"kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {key}={value}"
        )
        remedy = "`churn-monitor topics ensure` sets it" if mendable else f"yours to set: {command}"
        yield Difference(name, key, value, has, remedy, mendable)


def _missing(settings: Settings, name: str, spec: TopicSpec, found: Mapping[str, Found]) -> Difference:
    expected = f"{spec.partition_count(settings)} partitions, {spec.cleanup}"
    agreed = _agreed(settings, found)
    if agreed not in (None, settings.partitions) and spec.partitions == "lanes":
        remedy = f"first {_set_partitions(agreed)}"
        return Difference(name, MISSING, expected, "nothing", remedy, mendable=False)
    return Difference(
        name, MISSING, expected, "nothing", "`churn-monitor topics ensure` makes it", mendable=True
    )


def _partition_remedy(settings: Settings, name: str, actual: int, found: Mapping[str, Found]) -> str:
    agreed = _agreed(settings, found)
    if agreed is not None:
        return f"all topics that exist have {agreed}: {_set_partitions(agreed)}"
    if actual < settings.partitions:
        command = f"kafka-topics.sh --alter --topic {name} --partitions {settings.partitions}"
        return f"while it is empty: {command}; otherwise make it anew, for its keys would move"
    return f"make it anew with {settings.partitions}; partitions can't be taken away"


def _set_partitions(count: int | None) -> str:
    return f"set partitions = {count} (or CHURN_MONITOR_PARTITIONS={count})"


def _agreed(settings: Settings, found: Mapping[str, Found]) -> int | None:
    """The number of partitions that all existing topics of the lanes have, if they agree."""
    names = topic_names(settings)
    counts = {
        found[name].partitions for name, spec in names.items() if name in found and spec.partitions == "lanes"
    }
    return counts.pop() if len(counts) == 1 else None


def _wrong_config(
    settings: Settings, spec: TopicSpec, topic: Found, found: Mapping[str, Found]
) -> Iterator[tuple[str, str]]:
    wanted = wanted_config(settings, spec, found)
    policies = topic.config.get(CLEANUP, "delete").split(",")
    if policies != [spec.cleanup]:
        yield CLEANUP, spec.cleanup
    if (
        spec.role != "input"
        and spec.cleanup == "delete"
        and not _kept(spec, int(topic.config.get(RETENTION, -1)))
    ):
        yield RETENTION, wanted[RETENTION]
    if LARGEST in wanted and int(topic.config.get(LARGEST, BROKERS_LARGEST)) < int(wanted[LARGEST]):
        yield LARGEST, wanted[LARGEST]


def _kept(spec: TopicSpec, milliseconds: int) -> bool:
    """Whether a retention keeps records long enough, and not for ever where it should end."""
    if spec.retention is None or milliseconds < 0:
        return spec.retention is None and milliseconds < 0
    return milliseconds * MILLISECOND >= spec.retention


def wanted_config(settings: Settings, spec: TopicSpec, found: Mapping[str, Found]) -> dict[str, str]:
    """What a topic of ours is made with."""
    config: dict[str, str] = {CLEANUP: spec.cleanup}
    if spec.cleanup == "delete":
        config[RETENTION] = "-1" if spec.retention is None else str(spec.retention // MILLISECOND)
    if spec.name == DEAD_LETTERS:
        config[LARGEST] = str(_largest_input(settings, found) + LETTER_ROOM)
    if settings.replication >= STEADY_REPLICATION:
        config["min.insync.replicas"] = str(settings.replication - 1)
    return config


def _largest_input(settings: Settings, found: Mapping[str, Found]) -> int:
    inputs = [name for name, spec in topic_names(settings).items() if spec.role == "input" and name in found]
    return max([int(found[name].config.get(LARGEST, 0)) for name in inputs], default=0) or BROKERS_LARGEST
