"""`churn-monitor verify`: whether what stands on the topics is what the inputs call for, each once, nothing else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from monitor.cli.columns import AsJson, ConfigFile

if TYPE_CHECKING:
    from monitor.cli.verify_run import Lane, Verdict


def verify_command(
    *,
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A rule file that workers had once, beside the one of the settings."
        ),
    ] = None,
    at_rest: Annotated[
        bool, typer.Option("--at-rest", help="Nothing runs: all must be applied, and copied to Redis.")
    ] = False,
    redis: Annotated[
        bool, typer.Option(help="Hold the Redis streams against the warning topic, too.")
    ] = True,
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Prove what was told: repeat every step from the inputs, and compare all that stands on the topics.

    Warnings, those that stand, changes of customers, refusals, dead letters, steps and rows have to be there once, in
    order, byte for byte; each input record in one step. It needs inputs and steps from the beginning on, the settings
    of the workers and the version of churn-monitor that they run. Exit code 1: something differs; the first is shown.
    """
    from monitor.cli.tables import console
    from monitor.cli.verify_run import verify
    from schemas.settings import load_settings

    settings, progress = load_settings(config), console(stderr=True)
    verdict = asyncio.run(verify(settings, rules or [], at_rest=at_rest, redis=redis, console=progress))
    typer.echo(msgspec.json.encode(as_record(verdict)).decode() if as_json else "\n".join(told(verdict)))
    raise typer.Exit(1 if verdict.first else 0)


def as_record(verdict: Verdict) -> dict[str, Any]:
    """The verdict for scripts."""
    return {
        "clean": verdict.first is None,
        "wrong": dict(verdict.counts),
        "lanes": [_lane_record(each) for each in verdict.lanes],
        "first": verdict.first and verdict.first._asdict(),
        "divergences": [each._asdict() for lane in verdict.lanes for each in lane.proven.found.first],
    }


def told(verdict: Verdict) -> list[str]:
    """The verdict in lines for people: what was compared, and the first thing that differs."""
    from monitor.offline.proof import NAMED

    steps = sum(each.proven.steps for each in verdict.lanes)
    positions = sum(sum(each.proven.applied.values()) for each in verdict.lanes)
    lag = sum(sum(each.lag.values()) for each in verdict.lanes)
    lines = [
        f"{len(verdict.lanes)} lanes, {steps:,} steps, {positions:,} positions of inputs, {lag:,} not applied yet"
    ]
    lines += [f"{verdict.total(topic):,} on {topic}" for topic in NAMED if verdict.total(topic)]
    if (first := verdict.first) is None:
        return [*lines, "Clean: nothing is missing, doubled, out of order or different."]
    wrong = ", ".join(f"{count:,} {kind}" for kind, count in verdict.counts.items())
    lines += ["", f"Wrong: {wrong}. The first:", f"{first.kind}: {first.what}"]
    where = f"lane {first.lane}, {first.topic}"
    lines += [f"  where     {where}{'' if first.step is None else f', step {first.step}'}"]
    shown = {
        "customer": first.customer,
        "offset": first.offset,
        "expected": first.expected,
        "seen": first.seen,
    }
    lines += [f"  {name:9} {value}" for name, value in shown.items() if value is not None]
    events = next((each.told for each in verdict.lanes if each.proven.found.first), ())
    return [*lines, *(f"  event     {each}" for each in events)]


def _lane_record(lane: Lane) -> dict[str, Any]:
    proven = lane.proven
    return {
        "lane": proven.lane,
        "steps": proven.steps,
        "applied": proven.applied,
        "lag": lane.lag,
        "told": proven.told,
        "copies": lane.copies,
        "wrong": dict(proven.found.counts),
        "events": lane.told,
    }
