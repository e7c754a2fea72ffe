"""The texts that the embedded servers are started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.local import java, kafka, valkey


def properties(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in (line.replace(" = ", "=", 1) for line in lines))


@pytest.fixture
def broker() -> dict[str, str]:
    return properties(kafka.configuration(20001, 20002, Path("/var/kafka/log")))


def test_every_listener_of_the_broker_is_on_loopback(broker: dict[str, str]) -> None:
    assert broker["listeners"] == "CLIENTS://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert broker["advertised.listeners"] == "CLIENTS://127.0.0.1:20001"
    assert broker["controller.quorum.voters"] == "1@127.0.0.1:20002"


def test_a_side_door_is_open_at_one_port_and_told_at_another() -> None:
    broker = properties(kafka.configuration(20001, 20002, Path("/var/kafka/log"), (20003, 20004)))
    assert broker["listeners"].endswith("SIDE://127.0.0.1:20003")
    assert broker["advertised.listeners"] == "CLIENTS://127.0.0.1:20001,SIDE://127.0.0.1:20004"
    assert "SIDE:PLAINTEXT" in broker["listener.security.protocol.map"]


def test_the_broker_stores_in_its_folder(broker: dict[str, str]) -> None:
    assert broker["log.dirs"] == "/var/kafka/log"


@pytest.mark.parametrize("topic", ["offsets.topic", "transaction.state.log", "share.coordinator.state.topic"])
def test_internal_topics_fit_on_one_broker(broker: dict[str, str], topic: str) -> None:
    assert broker[f"{topic}.replication.factor"] == "1"
    assert int(broker[f"{topic}.num.partitions"]) <= 4


def test_topics_are_never_made_by_accident(broker: dict[str, str]) -> None:
    assert broker["auto.create.topics.enable"] == "false"


def test_a_group_forms_without_delay(broker: dict[str, str]) -> None:
    assert broker["group.initial.rebalance.delay.ms"] == "0"


def test_a_backslash_in_a_path_survives_the_format_of_properties() -> None:
    assert r"log.dirs=/odd\\path" in kafka.configuration(1, 2, Path(r"/odd\path"))


def test_the_broker_logs_warnings_into_its_file() -> None:
    logging = properties(kafka.logging_configuration(Path("/var/kafka/kafka.log")))
    assert logging["appender.file.fileName"] == "/var/kafka/kafka.log"
    assert logging["rootLogger.level"] == "warn"


def test_a_cluster_id_never_looks_like_an_option() -> None:
    assert not any(kafka.cluster_id().startswith("-") for _ in range(2000))


def test_a_cluster_id_is_a_uuid_in_22_characters() -> None:
    assert {len(kafka.cluster_id()) for _ in range(100)} == {22}


def test_arguments_of_java_are_one_quoted_line_each() -> None:
    jars = [Path("/with space/a.jar"), Path('/with"quote/b.jar')]
    text = java.arguments(jars, Path("/tmp dir"))  # noqa: S108 - only a name
    assert '"/with space/a.jar:/with\\"quote/b.jar"' in text.splitlines()
    assert '"-Djava.io.tmpdir=/tmp dir"' in text.splitlines()


def test_a_recording_broker_writes_the_archive_instead_of_reading_it() -> None:
    text = java.arguments([], Path("tmp"), recording=Path("/cache/new.aot"))
    assert '"-XX:AOTCacheOutput=/cache/new.aot"' in text
    assert "-XX:AOTCache=" not in text


def test_the_users_own_java_options_do_not_reach_the_broker() -> None:
    ours = {"PATH": "/bin", "JAVA_TOOL_OPTIONS": "-Xmx9g", "_JAVA_OPTIONS": "-Xmx9g", "CLASSPATH": "."}
    assert java.environment(ours) == {"PATH": "/bin"}


def test_valkey_listens_on_loopback_and_keeps_what_is_written() -> None:
    lines = valkey.configuration(20003).splitlines()
    assert {"bind 127.0.0.1", "port 20003", "appendonly yes"} <= set(lines)
