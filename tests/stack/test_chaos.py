"""A short run of chaos: some faults on the real thing, then all is caught up and proven, and nothing is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.conftest import ROOT

FAULTS = "kill,pause,disk-lost,redis-emptied"
PATIENCE = 200


async def chaos(folder: Path, *words: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chaos",
        *map(str, words),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
    )


def left_in(folder: Path) -> list[int]:
    """The processes that work in a folder or below."""
    found = []
    for each in psutil.process_iter(["cwd"]):
        where = each.info["cwd"]
        if where and where.startswith(str(folder)):
            found.append(each.pid)
    return found


@pytest.mark.timeout(PATIENCE + 30)
async def test_faults_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    told, page = tmp_path / "told.json", tmp_path / "told.md"
    words = [
        "--seed",
        7,
        "--minutes",
        0.85,
        "--workers",
        2,
        "--faults",
        FAULTS,
        "--json",
        told,
        "--page",
        page,
    ]
    process = await chaos(tmp_path, *words)
    _, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode == 0, err.decode()
    report: dict[str, Any] = json.loads(told.read_text())
    assert report["clean"]
    assert sorted(report["kinds"]) == sorted(FAULTS.split(","))
    assert report["warnings"] == report["copies"] > 1_000
    assert report["standing"] == report["standing_by_the_judge"] > 100
    assert "Clean: nothing lost" in page.read_text()
    assert left_in(tmp_path) == []


@pytest.mark.timeout(90)
async def test_an_interrupt_leaves_nothing_running(tmp_path: Path) -> None:
    process = await chaos(tmp_path, "--seed", 8, "--minutes", 5, "--faults", "pause", "--workers", 1)
    assert process.stderr is not None
    async for line in process.stderr:
        if b"pause" in line:
            break
    assert left_in(tmp_path)
    process.send_signal(signal.SIGINT)
    await asyncio.wait_for(process.communicate(), 60)
    assert left_in(tmp_path) == []
