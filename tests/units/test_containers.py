"""docker-compose.yml and the Dockerfile: what can be held against them without an engine."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from schemas.settings import Settings, load_settings
from tests.conftest import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
SERVERS = {name: service for name, service in SERVICES.items() if "build" not in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VERSION = re.compile(r"[\w./-]+:\d+\.\d+\.\d+[\w.-]*")


def variables() -> set[str]:
    """Our settings that compose or the image sets."""
    composed = {name for service in OURS.values() for name in service["environment"]}
    return composed | set(re.findall(r"CHURN_MONITOR_\w+", DOCKERFILE))


@pytest.mark.parametrize("variable", sorted(variables()))
def test_a_variable_is_a_setting(variable: str) -> None:
    assert variable.removeprefix("CHURN_MONITOR_").lower() in Settings.model_fields


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_a_service_are_accepted(name: str) -> None:
    settings = load_settings(environ=SERVICES[name]["environment"])
    assert settings.kafka == "kafka:19092"


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned_to_a_full_version(name: str) -> None:
    assert VERSION.fullmatch(SERVICES[name]["image"])


def test_the_base_images_are_pinned_to_a_full_version() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert [base for base in bases if not VERSION.fullmatch(base)] == []


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_says_whether_it_is_healthy(name: str) -> None:
    assert SERVERS[name]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_keeps_what_it_has_in_a_named_volume(name: str) -> None:
    (mount,) = SERVERS[name]["volumes"]
    assert mount.split(":")[0] in COMPOSE["volumes"]


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_reached_from_its_host_only(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVERS[name]["ports"])


@pytest.mark.parametrize("name", ["worker", "deliver"])
def test_a_worker_can_be_scaled(name: str) -> None:
    assert SERVICES[name].keys().isdisjoint({"container_name", "hostname", "ports"})


@pytest.mark.parametrize("name", ["worker", "deliver"])
def test_each_replica_has_a_store_of_its_own(name: str) -> None:
    assert SERVICES[name]["volumes"] == ["/var/lib/churn-monitor"]


@pytest.mark.parametrize("name", ["worker", "deliver"])
def test_a_worker_says_whether_it_is_healthy(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "churn-monitor", "health"]


@pytest.mark.parametrize("name", ["worker", "deliver"])
def test_a_worker_waits_for_the_topics(name: str) -> None:
    assert SERVICES[name]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}


def test_detection_does_not_wait_for_redis() -> None:
    assert "valkey" not in SERVICES["worker"]["depends_on"]


def test_the_image_runs_as_nobody_in_particular() -> None:
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["churn-monitor"]


def test_the_image_carries_the_version_of_the_distribution() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert {service["image"] for service in OURS.values()} == {f"churn-monitor:{version[1]}"}
