"""The replay of real purchases, held against counts made straight from the file."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands import churn_monitor
from tests.conftest import ROOT

QUIET = timedelta(days=60)
FIXED = "version: 1\nrules: [{name: overdue, kind: silence, of: order.placed, quiet_for: 60d}]\n"
PERSONAL = """
version: 1
rules:
  - name: overdue
    kind: silence
    of: order.placed
    personal: {factor: 3, floor: 14d, fallback: 60d, min_gaps: 2, prior: {gap: 30d, weight: 2}}
"""


@pytest.fixture(scope="module")
def master(shared: Path) -> Path:
    return shared / "data" / "cdnow" / "CDNOW_master.txt.gz"


@pytest.fixture
def fixed(tmp_path: Path) -> Path:
    path = tmp_path / "fixed.yaml"
    path.write_text(FIXED)
    return path


@pytest.fixture
def personal(tmp_path: Path) -> Path:
    path = tmp_path / "personal.yaml"
    path.write_text(PERSONAL)
    return path


def days_by_customer(master: Path) -> dict[str, list[datetime]]:
    """The days on which each customer bought, ascending; read with nothing of ours."""
    days: dict[str, list[datetime]] = defaultdict(list)
    for line in gzip.decompress(master.read_bytes()).decode().splitlines()[1:]:
        customer, day, *_ = line.split()
        days[customer].append(datetime(int(day[:4]), int(day[4:6]), int(day[6:]), tzinfo=UTC))
    return {customer: sorted(each) for customer, each in days.items()}


def replayed(file: Path, rules: Path, **env: str) -> list[str]:
    """The transitions that a replay prints, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "monitor.cli.main", "replay", file, "--rules", rules, "--json"],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        check=True,
        text=True,
    )
    return ran.stdout.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("date", ["1997-03-01", "1997-10-01", "1998-06-30", "1999-01-01"])
def test_who_stands_under_warning_is_who_has_not_bought_for_so_long(
    master: Path, fixed: Path, date: str
) -> None:
    moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
    bought = {
        customer: max(day for day in days if day <= moment)
        for customer, days in days_by_customer(master).items()
        if days[0] <= moment
    }
    expected = sorted((last + QUIET, customer) for customer, last in bought.items() if last + QUIET <= moment)
    standing = churn_monitor("replay", master, "--rules", fixed, "--at", date, "--json").lines()
    seen = [(datetime.fromisoformat(each["since"]), each["customer"]) for each in standing]
    assert seen == expected


@pytest.mark.slow
def test_every_gap_that_was_too_long_is_one_warning(master: Path, fixed: Path) -> None:
    end = datetime(1998, 6, 30, tzinfo=UTC)
    expected: list[tuple[str, datetime, datetime | None]] = []
    for customer, days in days_by_customer(master).items():
        for last, following in zip(days, [*days[1:], None], strict=True):
            if following is None and last + QUIET <= end:
                expected.append((customer, last + QUIET, None))
            elif following is not None and last + QUIET < following:
                expected.append((customer, last + QUIET, following))
    fired: dict[str, tuple[str, datetime]] = {}
    resolved: dict[str, datetime] = {}
    for line in replayed(master, fixed):
        told = json.loads(line)
        warning = told["data"]["warning"]
        if told["type"] == "warning.firing":
            fired[warning] = (told["subject"], datetime.fromisoformat(told["data"]["since"]))
        else:
            resolved[warning] = datetime.fromisoformat(told["time"])
    seen = [(who, since, resolved.get(warning)) for warning, (who, since) in fired.items()]
    assert sorted(seen, key=str) == sorted(expected, key=str)


@pytest.mark.slow
def test_the_same_comes_out_whatever_the_process_and_the_order_of_the_rows(
    master: Path, personal: Path, tmp_path: Path
) -> None:
    first = replayed(master, personal, PYTHONHASHSEED="1")
    assert replayed(master, personal, PYTHONHASHSEED="2") == first
    header, *rows = gzip.decompress(master.read_bytes()).splitlines(keepends=True)
    random.Random(7).shuffle(rows)  # noqa: S311 - any order will do
    shuffled = tmp_path / "shuffled.txt"
    shuffled.write_bytes(header + b"".join(rows))
    # What happened on one day to different customers has no order but that of the file.
    assert sorted(replayed(shuffled, personal)) == sorted(first)


@pytest.mark.slow
def test_the_default_rules_make_sense_of_them(master: Path) -> None:
    ran = churn_monitor("replay", master)
    assert ran.code == 0
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in ran.out.splitlines()}
    assert rows["customers", "23,570"] == []
    assert rows["events", "69,659"][:5] == ["applied,", "0", "repeated,", "0", "late,"]
    assert rows["span", "1997-01-01"] == ["to", "1998-06-30", "(UTC)"]
    counts = {
        key: [int(count.replace(",", "")) for count in row]
        for key, row in rows.items()
        if key[:1] in {("purchase_overdue",), ("no_second_order",)}
    }
    firing, _, _, resolved, standing = map(sum, zip(*counts.values(), strict=True))
    assert firing == standing + resolved
    # 3 of 4 customers of this shop never came back: that many are lost in the end, or stand under warning.
    stages = next(line for line in ran.out.splitlines() if line.startswith("stages"))
    lost = int(re.findall(r"([\d,]+) lost", stages)[0].replace(",", ""))
    assert 0.7 < (standing + lost) / 23_570 < 0.9
    assert lost / 23_570 > 0.6
