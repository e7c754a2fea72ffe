"""What every test may use: the folder shared/, and an environment that holds no setting of ours."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# One slow run on a busy machine is no counterexample; CI repeats what it found.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith("CHURN_MONITOR_")]:
        del os.environ[name]


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the collector need not walk it again with every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout: real orders, and what other engines made of them.

    Where it is missing, the tests that read it are skipped; with CHURN_TESTS_REQUIRE_SHARED set they fail.
    """
    if SHARED.is_dir():
        return SHARED
    reason = "NOT TESTED: there is no folder `shared` beside the checkout"
    if os.environ.get("CHURN_TESTS_REQUIRE_SHARED"):
        pytest.fail(reason)
    pytest.skip(reason)
