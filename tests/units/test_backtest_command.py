"""`churn-monitor backtest` over a small shop: what it prints and writes, and what it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.commands import churn_monitor

RULES = """
version: 1
rules:
  - {name: quiet, kind: silence, of: order.placed, quiet_for: 40d, severity: watch}
  - name: overdue
    kind: silence
    of: order.placed
    personal: {factor: 3, floor: 2d, fallback: 60d, min_gaps: 2}
  - {name: shut, kind: silence, of: order.placed, quiet_for: 1d, mode: "off"}
  - {name: risk, kind: score, parts: [{rule: quiet, weight: 1}, {rule: overdue, weight: 2}], at_least: 0.5}
"""
WITHOUT_SCIPY = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "scipy" else found(name, package)
sys.argv = ["churn-monitor", "backtest", "orders.csv"]
from monitor.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop of weekly, monthly and rare buyers, half of whom leave."""
    draw = np.random.default_rng(11)
    lines = ["customer,date,amount"]
    for number in range(120):
        usual, last = (7, 30, 75)[number % 3], 250 if number % 2 else 600
        at = draw.uniform(0, 40)
        while at < last:
            lines.append(f"c{number},{date(2024, 1, 1) + timedelta(int(at))},{draw.integers(5, 50)}")
            at += draw.gamma(2.0, usual / 2)
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(RULES)
    return path


@cache
def found(*words: object) -> dict[str, Any]:
    ran = churn_monitor("backtest", *words, "--json")
    assert ran.code == 0, ran.err
    report: dict[str, Any] = json.loads(ran.out)
    return report


def test_each_rule_that_is_not_off_is_judged_for_every_group(orders: Path, rules: Path) -> None:
    each = found(orders, "--rules", rules)["rules"]
    assert [rule["name"] for rule in each] == ["quiet", "overdue", "risk"]
    groups = [figures["group"] for figures in each[0]["judged"]["groups"]]
    assert groups == ["all", "few", "fast", "middle", "slow", "sales"]
    assert all(rule["judged"]["warnings"] for rule in each)


@pytest.mark.slow
def test_what_is_pasted_gives_what_was_told(orders: Path, rules: Path, tmp_path: Path) -> None:
    proposals = found(orders, "--rules", rules)["proposals"]["proposals"]
    for at, proposal in enumerate(proposals):
        pasted = tmp_path / f"{at}.yaml"
        pasted.write_text("version: 1\nrules:\n" + proposal["yaml"])
        (rule,) = found(orders, "--rules", pasted)["rules"]
        assert rule["judged"] == proposal["judged"]


def test_a_proposal_keeps_what_else_the_rule_says(orders: Path, rules: Path) -> None:
    proposals = found(orders, "--rules", rules)["proposals"]["proposals"]
    quiet = next(each for each in proposals if each["instead_of"] == "quiet")
    assert quiet["rule"]["severity"] == "watch"


def test_the_rate_wished_for_is_kept(orders: Path, rules: Path) -> None:
    proposals = found(orders, "--rules", rules, "--false-alarms", "5%")["proposals"]
    assert proposals["wished"] == 0.05
    rates = [
        each["expected"][0]["false_alarm_rate"]
        for each in proposals["proposals"]
        if each["spread"] == "everyone"
    ]
    assert max(rates) < 0.06


@pytest.fixture(scope="module")
def reported(rules: Path, orders: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What a backtest prints, and the page that it writes, of a file with an odd name."""
    odd, page = (tmp_path_factory.mktemp("report") / name for name in ("a<b>&.csv", "report.html"))
    odd.write_bytes(orders.read_bytes())
    ran = churn_monitor("backtest", odd, "--rules", rules, "--split", "2024-10-01", "-o", page)
    assert ran.code == 0, ran.err
    return ran.out, page.read_text()


def test_the_report_is_one_page_that_asks_for_nothing(reported: tuple[str, str]) -> None:
    _, text = reported
    assert text.count("<svg") == 4
    assert "leaver" in text
    assert re.findall(r"(?:src|href)=[\"'](?!#)|@import|<script|<link|url\((?!#)", text) == []
    assert {url for url in re.findall(r"https?://[^\"' ]+", text) if "w3.org" not in url} == set()


def test_a_name_in_the_report_is_escaped(reported: tuple[str, str]) -> None:
    _, text = reported
    assert "a&lt;b&gt;&amp;.csv" in text
    assert "a<b>" not in text


def test_scores_are_ranked_with_a_model_that_can_be_kept(orders: Path, rules: Path, tmp_path: Path) -> None:
    asked = (orders, "--rules", rules, "--split", "2024-10-01")
    kept = tmp_path / "model.json"
    fitted = found(*asked, "--save-model", kept)["hold_out"]
    given = found(*asked, "--model", kept)["hold_out"]
    assert given["groups"] == fitted["groups"]
    assert given["model"]["file"] == "model.json"
    assert json.loads(kept.read_text())["version"] == 1
    assert "risk score: risk" in {score["score"] for score in fitted["groups"][0]["scores"]}
    assert fitted["missing"] == []


def test_without_a_score_rule_the_report_says_so(orders: Path, tmp_path: Path) -> None:
    bare = tmp_path / "rules.yaml"
    bare.write_text("version: 1\nrules: [{name: quiet, kind: silence, of: order.placed, quiet_for: 40d}]\n")
    assert found(orders, "--rules", bare, "--split", "2024-10-01")["hold_out"]["missing"] == ["risk score"]


def test_a_file_without_orders_ends_with_1(tmp_path: Path) -> None:
    empty = tmp_path / "orders.csv"
    empty.write_text("customer,date,amount\n")
    ran = churn_monitor("backtest", empty)
    assert (ran.code, "No order" in ran.err) == (1, True)


def test_one_order_is_enough_for_a_report(tmp_path: Path) -> None:
    single = tmp_path / "orders.csv"
    single.write_text("customer,date,amount\nada,2025-01-01,5\n")
    page = tmp_path / "report.html"
    ran = churn_monitor("backtest", single, "-o", page)
    assert ran.code == 0, ran.err
    assert "Only 0 customers left" in ran.out
    assert page.is_file()


def test_standard_input_is_read_like_a_file(orders: Path, rules: Path) -> None:
    words = [sys.executable, "-m", "monitor.cli.main", "backtest", "-", "--rules", str(rules), "--json"]
    ran = subprocess.run(words, input=orders.read_bytes(), capture_output=True, check=True)
    assert json.loads(ran.stdout)["rules"] == found(orders, "--rules", rules)["rules"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--false-alarms", "ten"], "--false-alarms: 'ten' is no rate; give one such as 10%"),
        (["--false-alarms", "100%"], "is no rate"),
        (["--gone-after", "long"], "--gone-after: 'long' is not a duration"),
        (
            ["--split", "1999-01-01"],
            "--split: 1999-01-01 does not part the orders; give a day after 2024-01-",
        ),
        (["--model", "model.json"], "--model: given without --split"),
        (["--save-model", "model.json"], "--save-model: given without --split"),
        (["-o", "no-such-folder/report.html"], "no-such-folder: no such folder"),
    ],
)
def test_what_is_wrong_is_told_with_its_remedy(orders: Path, words: list[str], told: str) -> None:
    ran = churn_monitor("backtest", orders, *words)
    assert ran.code == 2
    assert told in ran.err


def test_a_model_of_another_version_is_refused(orders: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    model.write_text('{"model": "BG/NBD", "version": 2}')
    ran = churn_monitor("backtest", orders, "--split", "2024-10-01", "--model", model)
    assert ran.code == 2
    assert "version" in ran.err


def test_without_the_extra_the_remedy_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "churn-monitor: a backtest needs scipy; pip install 'churn-monitor[backtest]'"
    ]


def test_who_stands_under_warning_is_who_a_replay_says(orders: Path, rules: Path) -> None:
    standing = found(orders, "--rules", rules)["standing"]
    replayed = churn_monitor("replay", orders, "--rules", rules, "--at", standing["at"], "--json")
    everyone = [json.loads(line) for line in replayed.out.splitlines()]
    assert standing["warnings"] == len(everyone) > 100 == len(standing["gravest"])
    assert standing["customers"] == len({each["customer"] for each in everyone})
    known = {each["id"]: each for each in everyone}
    assert [each for each in standing["gravest"] if known[each["id"]] != each] == []


def test_the_gravest_come_first(orders: Path, rules: Path) -> None:
    gravest = found(orders, "--rules", rules)["standing"]["gravest"]
    grave = [(each["severity"] == "warning", each["value_at_risk"]["amount"]) for each in gravest]
    assert grave == sorted(grave, reverse=True)


def test_the_report_lists_who_stands(orders: Path, rules: Path, reported: tuple[str, str]) -> None:
    printed, text = reported
    first = found(orders, "--rules", rules)["standing"]["gravest"][0]
    assert f"<td>{first['customer']}</td>" in text
    assert first["title"] in text
    assert first["title"] in printed
