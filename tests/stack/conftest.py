"""The real servers: one Kafka and one Valkey for the whole run, and a name for each test's own topics."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.local import Servers


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder: whatever lies here needs servers, and shares them with the others."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Kafka and Valkey, shared by all tests of the run; whoever stops one takes its own: `Servers.up()`."""
    with Servers.up() as running:
        yield running


@pytest.fixture
def prefix() -> str:
    """A topic prefix that no other test has, fit for an app id and a key, too."""
    return f"t{secrets.token_hex(4)}-"
