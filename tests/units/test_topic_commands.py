"""`churn-monitor topics` where no broker is needed, or none is there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from schemas.settings import Settings
from schemas.topics import topic_names
from tests.conftest import ROOT


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "monitor.cli.main", *words]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), **env}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_the_list_needs_no_broker(tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, "topics", "list", "--json", CHURN_MONITOR_TOPIC_PREFIX="shop.").stdout)
    assert [row["topic"] for row in told] == list(topic_names(Settings(topic_prefix="shop.")))


def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    told = run(tmp_path, "topics", "list", CHURN_MONITOR_PARTITIONS="many")
    assert told.returncode == 2
    assert told.stdout == ""
    problem = "should be a valid integer, unable to parse string as an integer"
    assert told.stderr == f"churn-monitor: CHURN_MONITOR_PARTITIONS: partitions: {problem}\n"


def test_a_broker_that_is_not_there_is_named_on_stderr_and_exit_code_3(tmp_path: Path) -> None:
    env = {"CHURN_MONITOR_KAFKA": "127.0.0.1:1", "CHURN_MONITOR_BROKER_PATIENCE": "1s"}
    told = run(tmp_path, "topics", "check", "--json", **env)
    assert told.returncode == 3
    assert told.stdout == ""
    last = told.stderr.splitlines()[-1]
    assert last.startswith(
        "churn-monitor: 127.0.0.1:1: Kafka was not reached within 1s; start it, or set `kafka`"
    )
