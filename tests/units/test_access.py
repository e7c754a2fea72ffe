"""The least rights of each component: what the docs say, and that nobody gets more than the topics have roles for."""

from __future__ import annotations

import shlex

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from schemas.access import COMPONENTS, MEANING, Component, grants, redis_rights
from schemas.settings import Settings
from schemas.topics import topic_names
from tests.conftest import ROOT

PAGE = (ROOT / "docs/how-to/secure-it.md").read_text()
SETTINGS = Settings(topic_prefix="shop-", app_id="shop-app")


def may(component: Component, operation: str) -> set[str]:
    return {
        name
        for right in grants(component, SETTINGS)
        if right.resource == "topic" and operation in right.operations
        for name in right.names
    }


@pytest.mark.parametrize("component", COMPONENTS)
def test_rights_are_on_topics_of_ours_alone(component: Component) -> None:
    named = {
        name for right in grants(component, SETTINGS) if right.resource == "topic" for name in right.names
    }
    assert named <= topic_names(SETTINGS).keys()
    assert not any(right.prefixed for right in grants(component, SETTINGS) if right.resource == "topic")


def test_a_judge_writes_no_input_and_reads_no_output() -> None:
    roles = {name: spec.role for name, spec in topic_names(SETTINGS).items()}
    assert {roles[name] for name in may("detect", "Write")} == {"output", "internal"}
    assert "output" not in {roles[name] for name in may("detect", "Read")}


def test_a_reader_reads_what_is_told_and_writes_nothing() -> None:
    assert may("read", "Write") == set()
    assert may("read", "Read") == {
        "shop-churn.warnings",
        "shop-churn.warnings.standing",
        "shop-churn.customers",
    }


def test_a_producer_only_writes_facts_and_profiles() -> None:
    assert may("produce", "Read") == set()
    assert may("produce", "Write") == {
        f"shop-{name}" for name in ("orders", "tickets", "contacts", "customers")
    }


def test_names_that_a_shell_would_take_apart_are_quoted() -> None:
    ran = CliRunner().invoke(app, ["topics", "acls", "read", "--user", "a b"])
    assert all("User:a b" in shlex.split(line) for line in ran.output.splitlines())


@pytest.mark.docs
@pytest.mark.parametrize("component", COMPONENTS)
def test_the_page_says_who_is_who(component: Component) -> None:
    assert f"| `{component}` | {MEANING[component]} |" in PAGE


@pytest.mark.docs
def test_the_page_has_the_rights_in_redis() -> None:
    for user, rights in redis_rights(Settings()).items():
        name = {"deliver": "churn-deliver", "read": "crm"}[user]
        assert f"ACL SETUSER {name} on >PASSWORD {' '.join(rights)}\n" in PAGE
