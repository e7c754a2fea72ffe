"""`churn-monitor rules list --live` and `rules history`: the rules of the running system, and those before them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import typer

from monitor.adapters.rule_files import load_rule_file, told_path
from monitor.cli.rules_put_text import edits_record, lanes_record, told_edition, told_keys, told_lane
from monitor.cli.rules_read import LiveRules, reading_rules
from monitor.cli.tables import console, show
from monitor.cli.warning_lines import printable
from monitor.domain.words import on_day
from monitor.offline.rule_editions import Published, in_force, planned
from monitor.offline.rule_edits import Edits
from monitor.offline.rule_plan import history
from monitor.offline.rule_words import as_record, as_row
from schemas.fields import told_instant
from schemas.rules import RuleFile, rules_version
from schemas.settings import Settings, load_settings
from schemas.steps import StepRecord

FILE = -1
"""The number of the edition that a worker starts with."""


def show_live(settings: Settings, *, as_json: bool) -> None:
    """Print the rules in force, those planned, and by which edition each lane judges."""
    live = asyncio.run(_read(settings))
    current = in_force(live.published, live.now)
    rules = current.edition.rules if current else load_rule_file(settings.rules)
    coming = planned(live.published, live.now)
    if as_json:
        typer.echo(json.dumps(_live_record(live, rules, current, coming)))
        return
    people = console()
    people.print(printable(_told_current(current, settings)), soft_wrap=True)
    for each in coming:
        people.print(printable(f"Planned: {told_edition(each)}."), soft_wrap=True)
    people.print()
    show([as_row(rule) for rule in rules.rules])
    people.print()
    show([_lane_row(lane, step, current) for lane, step in live.lanes.items()])


def show_history(config: Path | None, *, as_json: bool) -> None:
    """Print all editions on the topic, the newest last: who, when, why, and what each changed in the one before."""
    live = asyncio.run(_read(load_settings(config)))
    told = list(history(live.published, live.now))
    if as_json:
        typer.echo(json.dumps([_edition_record(*each) for each in told]))
    elif told:
        show([_edition_row(*each) for each in told])
    else:
        typer.echo("No edition stands on the topic: lanes judge by the file that their workers started with.")


async def _read(settings: Settings) -> LiveRules:
    async with reading_rules(settings) as reader:
        return await reader.live()


def _told_current(current: Published | None, settings: Settings) -> str:
    if current is None:
        return f"In force: the file that workers start with, here {told_path(settings.rules)}."
    return f"In force: {told_edition(current)}."


def _lane_row(lane: int, step: StepRecord | None, current: Published | None) -> dict[str, object]:
    clock = on_day(step.clock) if step and step.clock else None
    rules = told_lane(step, current.number if current else FILE)
    return {"lane": lane, "clock": clock, "rules": rules, "version": step.rules if step else None}


def _edition_row(each: Published, place: str, changed: Edits | None) -> dict[str, object]:
    edition = each.edition
    return {
        "edition": each.number,
        "": place,
        "published": on_day(each.event.time),
        "from": on_day(edition.effective_from) if edition.effective_from else "at once",
        "by": printable(edition.by or ""),
        "changed": _changed(edition.changed, changed),
        "note": printable(edition.note or ""),
    }


def _changed(names: tuple[str, ...], changed: Edits | None) -> str:
    if changed is None:
        return ", ".join(names)
    told = [f"{each.name} {each.kind}" for each in changed.rules if each.kind != "changed"]
    told += [f"{each.name}: {told_keys(each.keys)}" for each in changed.rules if each.kind == "changed"]
    return "; ".join([*told, f"customers: {told_keys(changed.customers)}"] if changed.customers else told)


def _live_record(
    live: LiveRules, rules: RuleFile, current: Published | None, coming: list[Published]
) -> dict[str, Any]:
    number = current.number if current else FILE
    return {
        "edition": _edition_record(current, "in force") if current else None,
        "version": rules_version(rules),
        "planned": [_edition_record(each, "planned") for each in coming],
        "lanes": lanes_record(live.lanes, number),
        "rules": [as_record(rule) for rule in rules.rules],
    }


def _edition_record(each: Published, place: str, changed: Edits | None = None) -> dict[str, Any]:
    edition = each.edition
    return {
        "edition": each.number,
        "place": place,
        "published": told_instant(each.event.time),
        "effective_from": edition.effective_from and told_instant(edition.effective_from),
        "by": edition.by,
        "note": edition.note,
        "open_warnings": edition.open_warnings,
        "version": rules_version(edition.rules),
        "changed": list(edition.changed),
        **(edits_record(changed) if changed else {}),
    }
