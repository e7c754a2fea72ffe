"""`pytest tests/simulation -k seeds --seed 4711` runs the world of one seed alone, and tells its story if it fails."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=None, help="the one simulated world to run")
