"""Putting rules in force: say what that does, ask, publish the edition, and wait until the lanes have followed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import typer

from monitor.adapters.clock import WallClock
from monitor.adapters.kafka_logs import publish
from monitor.adapters.rule_files import load_rule_file, told_path
from monitor.cli.asking import ask
from monitor.cli.command_events import SOURCE
from monitor.cli.moments import parse_moment
from monitor.cli.rules_put_text import plan_record, show_behind, show_plan
from monitor.cli.rules_read import LaneSteps, LiveRules, reading_rules
from monitor.cli.tables import console
from monitor.cli.tell_run import UNANSWERED, login, parse_timeout, say
from monitor.domain.words import on_day
from monitor.offline.rule_editions import has_followed
from monitor.offline.rule_plan import Base, Plan, base_at, plan
from schemas.editions import Edition, OpenWarnings, RulesApplied
from schemas.errors import ConfigError
from schemas.rules import RuleFile, rules_version
from schemas.settings import load_settings
from schemas.topics import RULES


class Wish(NamedTuple):
    """What the options say of an edition; `wait` is None where nothing was said."""

    effective_from: str | None
    open_warnings: OpenWarnings
    by: str | None
    note: str | None
    dry_run: bool
    yes: bool
    wait: bool | None


class Done(NamedTuple):
    """What came of it: the edition's number and event where it was published, the lanes where they were waited for."""

    number: int | None = None
    event: RulesApplied | None = None
    lanes: LaneSteps | None = None


class Putter:
    """Puts rules in force by these settings; waits for the lanes as long as `timeout` says."""

    def __init__(self, config: Path | None, timeout: str, *, as_json: bool) -> None:
        self._settings = load_settings(config)
        self._within = parse_timeout(timeout)
        self._as_json = as_json
        self._people = console(stderr=as_json)

    def put(self, make: Callable[[Base], RuleFile], wish: Wish) -> None:
        """Put the rules in force that are made of those that are.

        Ends with exit code 1 where it was not wanted after all, 3 where lanes did not follow in time. Raises
        `ConfigError`, `StoreUnavailable`.
        """
        plan, live = asyncio.run(self._plan(make, wish))
        show_plan(plan, told_path(self._settings.rules), self._people)
        if plan.does_nothing() and not self._others(plan, live):
            self._people.print("Nothing changes: these rules are in force already.")
            return self._tell(plan, Done())
        if wish.dry_run:
            self._people.print("Nothing is published: a dry run.")
            return self._tell(plan, Done())
        ask("Put this in force?", "Nothing was published.", yes=wish.yes)
        done = self._publish(plan, live)
        if wish.wait or (wish.wait is None and plan.edition.effective_from is None):
            done = done._replace(lanes=asyncio.run(self._follow(done.number or 0)))
        self._tell(plan, done)
        return self._end(done)

    async def _plan(self, make: Callable[[Base], RuleFile], wish: Wish) -> tuple[Plan, LiveRules]:
        async with reading_rules(self._settings) as reader:
            live, standing = await reader.live(), await reader.standing()
        begins = _begins(wish.effective_from, live.now)
        base = base_at(live.published, load_rule_file(self._settings.rules), begins or live.now)
        edition = Edition(
            rules=make(base),
            effective_from=begins,
            open_warnings=wish.open_warnings,
            by=wish.by or login(),
            note=wish.note,
        )
        return plan(base, edition, standing), live

    def _others(self, plan: Plan, live: LiveRules) -> list[int]:
        """The lanes that judge by other rules than the file here, as long as nothing stands on the topic."""
        if plan.base.edition is not None:
            return []
        here = rules_version(plan.base.rules)
        found = [lane for lane, step in live.lanes.items() if step is not None and step.rules != here]
        if found:
            say(
                f"lanes {', '.join(map(str, found))} judge by another rule file than "
                f"{told_path(self._settings.rules)}: what changes is told as against this one"
            )
        return found

    def _publish(self, plan: Plan, live: LiveRules) -> Done:
        event = RulesApplied(
            specversion="1.0",
            id=str(uuid.uuid4()),
            source=SOURCE,
            type="rules.applied",
            subject="rules",
            time=WallClock().now(),
            data=plan.edition,
        )
        number = asyncio.run(publish(self._settings, RULES, event, 0))
        self._people.print(f"Edition {number} is published.")
        if number != live.end:
            say("somebody else put rules in force meanwhile, and these take their place: see `rules history`")
        return Done(number, event)

    async def _follow(self, number: int) -> LaneSteps:
        """The lanes when all have followed, or when the time is up."""
        lanes: LaneSteps = {}
        try:
            async with (
                asyncio.timeout(self._within.total_seconds()),
                reading_rules(self._settings) as reader,
                aclosing(reader.follow(number)) as following,
            ):
                async for lanes in following:
                    if all(has_followed(step, number) for step in lanes.values()):
                        break
        except TimeoutError:
            pass
        return lanes

    def _tell(self, plan: Plan, done: Done) -> None:
        if self._as_json:
            typer.echo(plan_record(plan, done.number, done.event, done.lanes))

    def _end(self, done: Done) -> None:
        if done.lanes is None or done.number is None:
            return
        if behind := {lane: step for lane, step in done.lanes.items() if not has_followed(step, done.number)}:
            show_behind(behind, len(done.lanes), done.number)
            raise typer.Exit(UNANSWERED)
        self._people.print("Every lane has gone over to it, and judged all its customers.")


def _begins(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    moment = parse_moment(text, UTC, option="--effective-from", now=now)
    if moment <= now:
        problem = f"{on_day(moment)} has gone by: for the lanes it is {on_day(now)}"
        raise ConfigError(problem, key="--effective-from", remedy="leave it out to begin at once")
    return moment
