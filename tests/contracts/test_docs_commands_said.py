"""The page on taking care of warnings: what it shows as JSON is what may be said, and what is told."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest

from schemas.commands import CustomerCommand
from schemas.events import COMMANDS
from schemas.rejections import CommandRejected, Rejection
from tests.conftest import ROOT

pytestmark = pytest.mark.docs

PAGE = (ROOT / "docs/how-to/take-care-of-a-warning.md").read_text()


def shown() -> list[dict[str, Any]]:
    """All events of the page, one after the other."""
    events, decoder = [], json.JSONDecoder()
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL):
        rest = block.strip()
        while rest:
            event, end = decoder.raw_decode(rest)
            events.append(event)
            rest = rest[end:].strip()
    return events


def test_all_that_can_be_said_of_one_customer_is_shown_as_it_may_be_said() -> None:
    said = [
        COMMANDS.validate_json(json.dumps(event)) for event in shown() if event["source"] != "/churn-monitor"
    ]
    assert {type(each) for each in said} == {
        each for each in get_args(CustomerCommand) if each.__name__ != "CustomerErased"
    }


def test_a_refusal_is_shown_as_it_is_told() -> None:
    (told,) = (event for event in shown() if event["source"] == "/churn-monitor")
    assert CommandRejected.model_validate_json(json.dumps(told)).data.reason is Rejection.not_acknowledged


def test_every_reason_stands_in_the_table() -> None:
    section = PAGE.split("| reason | |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [each.value for each in Rejection]
