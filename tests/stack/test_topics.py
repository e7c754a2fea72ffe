"""The topics on a real broker: made, checked, mended, refused."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from typer.testing import CliRunner, Result

from monitor.adapters.topics import co_partitioned, compare, ensure
from monitor.cli.main import app
from monitor.local import Servers
from schemas.errors import ConfigError, StoreUnavailable
from schemas.settings import Settings
from schemas.topics import CHANGELOG, topic_name, topic_names


@pytest.fixture
def settings(servers: Servers, prefix: str) -> Settings:
    return Settings(kafka=servers.kafka, topic_prefix=prefix, app_id=f"{prefix}app", partitions=3)


@pytest.fixture
async def admin(servers: Servers) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await client.start()
    yield client
    await client.close()


async def configured(admin: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
    (answer,) = await admin.describe_configs(asked)
    return {name: value for name, value, *_ in answer.resources[0][4]}


async def test_after_ensure_nothing_differs_and_the_lanes_may_start(settings: Settings) -> None:
    before = await ensure(settings)
    assert {each.what for each in before} == {"topic"}
    assert len(before) == len(topic_names(settings))
    assert await compare(settings) == []
    await co_partitioned(settings)
    assert await ensure(settings) == []


async def test_a_dry_run_makes_nothing(settings: Settings, admin: AIOKafkaAdminClient) -> None:
    assert await ensure(settings, dry_run=True)
    assert not set(topic_names(settings)) & set(await admin.list_topics())


async def test_comparing_makes_no_topic_by_asking_for_it(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    await compare(settings)
    assert not set(topic_names(settings)) & set(await admin.list_topics())


async def test_topics_are_made_with_their_policies(settings: Settings, admin: AIOKafkaAdminClient) -> None:
    await ensure(settings)
    changelog = await configured(admin, topic_name(CHANGELOG, settings))
    letters = await configured(admin, topic_name("churn.dead-letters", settings))
    assert changelog["cleanup.policy"] == "compact"
    assert letters["retention.ms"] == str(30 * 24 * 3600 * 1000)
    assert letters["max.message.bytes"] == str(1_048_588 + 65_536)


async def test_mending_leaves_what_else_was_set_on_the_topic(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    warnings = topic_name("churn.warnings", settings)
    made_with = {"retention.ms": "-1", "compression.type": "zstd"}
    await admin.create_topics([NewTopic(warnings, 3, 1, topic_configs=made_with)])
    await ensure(settings)
    config = await configured(admin, warnings)
    assert config["retention.ms"] == str(365 * 24 * 3600 * 1000)
    assert config["compression.type"] == "zstd"
    assert await compare(settings) == []


async def test_unequal_partition_counts_are_refused_at_start_with_the_remedy(
    settings: Settings, admin: AIOKafkaAdminClient
) -> None:
    tickets = topic_name("tickets", settings)
    await admin.create_topics([NewTopic(tickets, 2, 1)])
    await admin.create_topics([NewTopic(topic_name("orders", settings), 3, 1)])
    await ensure(settings)
    with pytest.raises(ConfigError) as caught:
        await co_partitioned(settings)
    assert str(caught.value).startswith(
        f"topic {tickets}: partitions: expected 3, found 2; while it is empty"
    )


async def test_a_missing_topic_is_refused_at_start_with_the_remedy(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="`churn-monitor topics ensure` makes it"):
        await co_partitioned(settings)


async def test_what_the_broker_refuses_is_told_as_ours_to_put_right(settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"^topic .*replication factor"):
        await ensure(settings.model_copy(update={"replication": 5}))


async def test_a_broker_that_cannot_be_reached_is_named_after_a_while() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    settings = Settings(kafka=address, broker_patience=timedelta(seconds=1))
    with pytest.raises(StoreUnavailable, match=rf"^{address}: Kafka was not reached within 1s"):
        await compare(settings)


def test_the_command_makes_checks_and_tells(servers: Servers, prefix: str) -> None:
    env = {
        "CHURN_MONITOR_KAFKA": servers.kafka,
        "CHURN_MONITOR_TOPIC_PREFIX": prefix,
        "CHURN_MONITOR_APP_ID": f"{prefix}app",
    }

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["topics", *words], env=env)

    checked = run("check", "--json")
    assert checked.exit_code == 1
    assert {each["what"] for each in json.loads(checked.stdout)} == {"topic"}
    assert "would be mended" in run("ensure", "--dry-run").stdout
    assert run("check").exit_code == 1
    assert run("ensure").exit_code == 0
    assert run("check").stdout == "All topics are as they should be.\n"
    assert f"{prefix}churn.warnings" in run("list").stdout
