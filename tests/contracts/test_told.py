"""What we tell: warnings and steps, as their readers find them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.steps import Range, StepRecord
from schemas.warnings import WarningEvent

WARNING: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0123456789abcdef-1",
    "source": "/churn-monitor",
    "type": "warning.firing",
    "subject": "ada",
    "time": "2026-06-15T12:00:00Z",
    "data": {
        "warning": "0123456789abcdef",
        "sequence": 1,
        "customer": "ada",
        "rule": "purchase_overdue",
        "about": None,
        "severity": "warning",
        "since": "2026-06-15T12:00:00Z",
        "title": "purchase overdue: no order.placed for 14 days",
        "evidence": {
            "saw": "last order 2026-06-01T12:00:00Z",
            "measure": "14d",
            "threshold": "14d",
            "origin": "default",
            "basis": "1 order only: the default",
        },
        "resolves_when": "an order is placed",
        "kind": "unknown",
        "reason": None,
        "acknowledged": {"at": "2026-06-15T13:00:00Z", "by": "bo", "note": None, "until": None},
        "snoozed": {
            "at": "2026-06-15T13:00:00Z",
            "until": "2026-06-16T13:00:00Z",
            "reason": "away",
            "by": None,
        },
        "outcome": None,
    },
}
STEP = {
    "partition": 3,
    "step": 17,
    "ranges": {"orders": [120, 180], "clock": [0, 0]},
    "target": None,
    "clock": "2026-06-15T12:00:00Z",
    "rules": "0123456789ab",
    "counts": {"warnings": 2},
    "edition": 7,
    "anew": ["ada", None],
    "history_until": "2026-06-01T00:00:00Z",
    "logs": {"orders": ["N4WrSGAZSi6pENYjFd6VUQ", 120]},
}


def test_a_warning_is_the_same_after_reading_and_writing() -> None:
    event = WarningEvent.model_validate_json(json.dumps(WARNING))
    assert WarningEvent.model_validate_json(event.model_dump_json()) == event


@pytest.mark.parametrize(
    ("field", "value"), [("severity", "urgent"), ("warning", "xyz"), ("sequence", 0), ("cause", "whim")]
)
def test_a_warning_in_other_words_is_refused(field: str, value: object) -> None:
    told = {**WARNING, "data": {**WARNING["data"], field: value}}
    with pytest.raises(ValidationError, match=field):
        WarningEvent.model_validate_json(json.dumps(told))


def test_a_step_is_the_same_after_reading_and_writing() -> None:
    step = StepRecord.model_validate_json(json.dumps(STEP))
    assert step.ranges["orders"] == Range(120, 180)
    assert json.loads(step.model_dump_json()) == STEP
