"""How it is shown what putting rules in force does: a table for people, a record for scripts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from monitor.cli.tell_run import say
from monitor.cli.warning_lines import printable
from monitor.domain.words import counted, on_day
from monitor.offline.rule_editions import Published, has_followed
from monitor.offline.rule_edits import Edits, KeyEdit, RuleEdit
from monitor.offline.rule_fates import Fate
from monitor.offline.rule_plan import Base, Plan
from monitor.offline.rule_words import threshold, watched
from schemas.editions import RulesApplied
from schemas.fields import told_instant
from schemas.rules import rules_version
from schemas.steps import StepRecord

STYLES = {"new": "green", "gone": "red", "off": "red", "changed": "yellow"}


def show_plan(plan: Plan, file: str, people: Console) -> None:
    """Print what changes, and what becomes of the warnings that stand; `file` is the rule file set here."""
    people.print(printable(_base(plan.base, file)), soft_wrap=True)
    for each in plan.base.replaces:
        people.print(printable(f"Takes the place of {told_edition(each)}."), style="yellow", soft_wrap=True)
    if plan.edits.are_none():
        people.print("No rule is another.")
        return
    people.print("", _table(plan), "", sep="\n")
    people.print(_summary(plan.fates), soft_wrap=True)
    people.print(_when(plan), soft_wrap=True)


def plan_record(
    plan: Plan,
    number: int | None,
    event: RulesApplied | None,
    lanes: Mapping[int, StepRecord | None] | None,
) -> str:
    """All of it as one JSON object, with what came of it."""
    base, edition = plan.base, plan.edition
    told = {
        "edition": number,
        "published": event.model_dump(mode="json", exclude_none=True) if event else None,
        "rules": rules_version(edition.rules),
        "effective_from": edition.effective_from and told_instant(edition.effective_from),
        "open_warnings": edition.open_warnings,
        "base": {"edition": base.edition and base.edition.number, "rules": rules_version(base.rules)},
        "replaces": [each.number for each in base.replaces],
        **edits_record(plan.edits),
        "warnings": [each._asdict() for each in plan.fates],
        "lanes": None if lanes is None or number is None else lanes_record(lanes, number),
    }
    return json.dumps(told)


def edits_record(edits: Edits) -> dict[str, Any]:
    """What differs, for scripts."""
    return {
        "changes": [
            {"rule": each.name, "change": each.kind, "keys": _keys_record(each.keys)} for each in edits.rules
        ],
        "customers": _keys_record(edits.customers),
    }


def lanes_record(lanes: Mapping[int, StepRecord | None], number: int) -> list[dict[str, Any]]:
    """Where the lanes are on the way to an edition, for scripts."""
    return [
        {
            "lane": lane,
            "edition": step.edition if step and step.edition >= 0 else None,
            "followed": has_followed(step, number),
            "judged_up_to": step.anew[1] if step and step.anew else None,
        }
        for lane, step in lanes.items()
    ]


def show_behind(behind: Mapping[int, StepRecord | None], lanes: int, number: int) -> None:
    """Say which lanes have not followed, and where they are."""
    for lane, step in behind.items():
        say(f"lane {lane} {told_lane(step, number)}")
    say(
        f"{lanes - len(behind)} of {counted(lanes, 'lane')} have followed to edition {number} in time, and it stands: "
        "`churn-monitor rules list --live` shows who follows; are workers running?"
    )


def told_lane(step: StepRecord | None, number: int) -> str:
    """Where a lane is on the way to an edition."""
    if step is None:
        return "has made no step yet"
    told = f"judges by {f'edition {step.edition}' if step.edition >= 0 else 'the file of its worker'}"
    if step.edition < number or has_followed(step, number) or step.anew is None:
        return told
    return printable(f"{told}, its customers anew up to {step.anew[1]}")


def told_edition(each: Published) -> str:
    """An edition in a few words: its number, from when on, by whom, why."""
    edition, event = each.edition, each.event
    begins = f"from {on_day(edition.effective_from)}, " if edition.effective_from else ""
    by = f" by {edition.by}" if edition.by else ""
    note = f" ({edition.note})" if edition.note else ""
    return f"edition {each.number}, {begins}published {on_day(event.time)}{by}{note}"


def told_keys(keys: Iterable[KeyEdit]) -> str:
    """Keys with both values: `quiet_for 14d → 21d`."""
    return ", ".join(f"{each.key} {_value(each.before)} → {_value(each.after)}" for each in keys)


def _base(base: Base, file: str) -> str:
    if base.edition is None:
        return f"In force: the file that workers start with, here {file}."
    return f"In force: {told_edition(base.edition)}."


def _table(plan: Plan) -> Table:
    table = Table("rule", "change", "what", "open warnings", box=None, pad_edge=False)
    fates = {each.rule: each for each in plan.fates}
    for edit in plan.edits.rules:
        fate = fates.pop(edit.name, None)
        table.add_row(edit.name, edit.kind, _what(edit), _fate(fate), style=STYLES[edit.kind])
    if plan.edits.customers:
        table.add_row("customers:", "changed", told_keys(plan.edits.customers), style=STYLES["changed"])
    for fate in fates.values():
        table.add_row(fate.rule, "", fate.why, _fate(fate))
    return table


def _what(edit: RuleEdit) -> str:
    if edit.before is None and edit.after is not None:
        return f"{edit.after.mode}: {watched(edit.after)} {threshold(edit.after)}"
    return told_keys(edit.keys)


def _fate(fate: Fate | None) -> str:
    return f"{fate.standing:,} {fate.becomes}" if fate else ""


def _summary(fates: Iterable[Fate]) -> str:
    becomes = Counter[str]()
    for each in fates:
        becomes[each.becomes] += each.standing
    told = [f"{number:,} {what}" for what, number in becomes.items()]
    return f"Open warnings: {', '.join(told)}." if told else "No open warning is touched."


def _when(plan: Plan) -> str:
    begins = plan.edition.effective_from
    return f"From {f'{on_day(begins)} (UTC)' if begins else 'now'} on, in every lane; all customers are judged anew."


def _keys_record(keys: Iterable[KeyEdit]) -> list[dict[str, Any]]:
    return [each._asdict() for each in keys]


def _value(value: Any) -> str:
    """A value as it would stand in a rule file, in one line."""
    match value:
        case None | []:
            return "nothing"
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case dict():
            return f"{{{', '.join(f'{key}: {_value(each)}' for key, each in value.items())}}}"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
    return str(value)
