"""The topic table against what a broker might have."""

from __future__ import annotations

import pytest

from monitor.adapters.topics.comparing import Difference, Found, differences
from schemas.settings import Settings
from schemas.topics import CHANGELOG, PLANNED, TOPICS, topic_name, topic_names

SETTINGS = Settings(topic_prefix="shop.", app_id="shop")
BROKERS_DEFAULT = {"cleanup.policy": "delete", "retention.ms": "604800000", "max.message.bytes": "1048588"}


def as_made(settings: Settings = SETTINGS) -> dict[str, Found]:
    """A broker on which all topics are as the table says."""
    found = {}
    for name, spec in topic_names(settings).items():
        config = BROKERS_DEFAULT | {"cleanup.policy": spec.cleanup}
        if spec.retention is not None:
            config["retention.ms"] = str(int(spec.retention.total_seconds() * 1000))
        if spec.name == "churn.dead-letters":
            config["max.message.bytes"] = "1114124"
        found[name] = Found(spec.partition_count(settings), config, {})
    return found


def differing(topic: str, *, partitions: int | None = None, **config: str) -> list[Difference]:
    """What differs on a broker that is as it should be but for one topic."""
    found = as_made()
    there = found[topic]
    changed = {name.replace("_", "."): value for name, value in config.items()}
    found[topic] = Found(partitions or there.partitions, {**there.config, **changed}, {})
    return differences(SETTINGS, found)


def test_names_have_the_prefix_but_for_the_changelog_which_has_the_app() -> None:
    assert topic_name("orders", SETTINGS) == "shop.orders"
    assert topic_name(CHANGELOG, SETTINGS) == "shop-customers-changelog"


def test_no_name_stands_in_the_tables_twice() -> None:
    names = [spec.name for spec in (*TOPICS, *PLANNED)]
    assert len(names) == len(set(names))


def test_a_broker_as_the_table_says_differs_in_nothing() -> None:
    assert differences(SETTINGS, as_made()) == []


def test_on_an_empty_broker_everything_is_missing_and_can_be_made() -> None:
    missing = differences(SETTINGS, {})
    assert [each.topic for each in missing] == list(topic_names(SETTINGS))
    assert all(each.what == "topic" and each.mendable for each in missing)


def test_another_number_of_partitions_is_never_mended_by_us() -> None:
    (only,) = differing("shop.tickets", partitions=3)
    assert (only.what, only.expected, only.found, only.mendable) == ("partitions", "4", "3", False)
    assert "kafka-topics.sh --alter --topic shop.tickets --partitions 4" in only.remedy


def test_partitions_cannot_be_taken_away() -> None:
    (only,) = differing("shop.tickets", partitions=6)
    assert only.remedy == "make it anew with 4; partitions can't be taken away"


def test_where_all_topics_agree_on_another_number_the_setting_is_to_follow() -> None:
    found = as_made(Settings(topic_prefix="shop.", app_id="shop", partitions=12))
    differing = differences(SETTINGS, found)
    assert len(differing) == sum(spec.partitions == "lanes" for spec in TOPICS)
    assert all("set partitions = 12 (or CHURN_MONITOR_PARTITIONS=12)" in each.remedy for each in differing)


def test_nothing_is_made_beside_topics_of_another_number() -> None:
    found = {"shop.orders": Found(12, BROKERS_DEFAULT, {})}
    missing = [each for each in differences(SETTINGS, found) if each.what == "topic"]
    assert missing
    assert not any(each.mendable for each in missing if each.topic != "shop.rules")  # it has no lanes


def test_compacted_orders_are_the_owners_to_mend() -> None:
    (only,) = differing("shop.orders", cleanup_policy="compact")
    assert (only.what, only.expected, only.mendable) == ("cleanup.policy", "delete", False)
    assert "kafka-configs.sh" in only.remedy


def test_standing_warnings_that_would_be_deleted_are_mended() -> None:
    (only,) = differing("shop.churn.warnings.standing", cleanup_policy="delete")
    assert (only.what, only.expected, only.mendable) == ("cleanup.policy", "compact", True)


@pytest.mark.parametrize("kept", ["-1", "86400000"])
def test_warnings_that_are_kept_for_ever_or_too_short_are_mended(kept: str) -> None:
    (only,) = differing("shop.churn.warnings", retention_ms=kept)
    assert (only.what, only.expected, only.found) == ("retention.ms", "31536000000", kept)


def test_who_keeps_warnings_for_longer_may_do_so() -> None:
    assert differing("shop.churn.warnings", retention_ms="94608000000") == []


@pytest.mark.parametrize("kept", ["-1", "86400000"])
def test_the_retention_of_an_input_is_its_owners_choice(kept: str) -> None:
    assert differing("shop.orders", retention_ms=kept) == []


def test_a_dead_letter_has_room_for_the_largest_input_and_its_headers() -> None:
    (only,) = differing("shop.contacts", max_message_bytes="5000000")
    assert (only.topic, only.what, only.expected) == (
        "shop.churn.dead-letters",
        "max.message.bytes",
        "5065536",
    )
