"""What a run came to: for people in lines, for scripts as JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chaos.ending import Ending
from chaos.town import Town
from monitor.cli.verify import as_record
from monitor.engine.outputs import DEAD_LETTERS, WARNINGS

NUMBERS = (
    "events",
    "positions",
    "steps",
    "takeovers",
    "lanes_lost",
    "warnings",
    "copies",
    "dead_letters",
    "standing",
    "standing_by_the_judge",
)


def record(town: Town, found: Ending, seed: int) -> dict[str, Any]:
    """All of it."""
    verdict = found.verdict
    said = sum((worker.said() for worker in town.crew.workers.values()), Counter[str]())
    return {
        "clean": not found.wrong,
        "wrong": found.wrong,
        "seed": seed,
        "seconds": round(town.elapsed(), 1),
        "workers": town.size,
        "faults": len(town.story),
        "kinds": dict(Counter(each.fault for each in town.story)),
        "events": found.events,
        "sent": dict(town.shop.counts),
        "steps": sum(lane.proven.steps for lane in verdict.lanes) if verdict else None,
        "positions": sum(sum(lane.proven.applied.values()) for lane in verdict.lanes) if verdict else None,
        "warnings": verdict.total(WARNINGS) if verdict else None,
        "dead_letters": verdict.total(DEAD_LETTERS) if verdict else None,
        "copies": sum(lane.copies for lane in verdict.lanes) if verdict else None,
        "standing": found.stand,
        "standing_by_the_judge": found.judged,
        "readers": found.readers,
        "caught_up_after": round(found.caught_up, 1),
        "takeovers": said["lanes.taken_over"],
        "lanes_lost": said["lane.lost"],
        "restarts_by_themselves": dict(town.crew.restarts),
        "said": dict(said),
        "told_to_end": dict(sum((worker.ends for worker in town.crew.workers.values()), Counter[str]())),
        "story": [each._asdict() for each in town.story],
        "standstill": {kind: [round(each, 1) for each in told] for kind, told in found.standstill.items()},
        "proof": as_record(verdict) if verdict else None,
    }


def lines(told: dict[str, Any]) -> list[str]:
    """The same for people, without the story, which was told when it happened."""
    restarts = (
        ", ".join(f"{name}: {count}" for name, count in told["restarts_by_themselves"].items()) or "none"
    )
    ends = ", ".join(f"{code}: {count}" for code, count in sorted(told["told_to_end"].items()))
    sent, n = told["sent"], {name: f"{told[name] or 0:,}" for name in NUMBERS}
    return [
        "",
        f"seed {told['seed']}, {told['seconds']:.0f} s, {told['workers']} workers",
        f"{told['faults']} faults of {len(told['kinds'])} kinds",
        f"{n['events']} events, {sent.get('late', 0):,} of them late, and {sent.get('repeated', 0):,} repeats",
        f"{n['positions']} positions applied in {n['steps']} steps; {n['takeovers']} takeovers",
        f"{n['lanes_lost']} lanes given up in doubt; ended by themselves: {restarts}",
        f"{n['warnings']} warnings told, {n['copies']} in Redis; {n['dead_letters']} dead letters",
        f"{n['standing']} warnings stand; by the second judge {n['standing_by_the_judge']} must",
        f"told to end, by exit code: {ends}",
        f"caught up {told['caught_up_after']} s after the last fault",
        *(["Clean: nothing lost, nothing doubled, nothing different."] if told["clean"] else []),
        *(f"WRONG: {each}" for each in told["wrong"]),
    ]


def page(told: dict[str, Any], command: str) -> str:
    """The report as a document, with its story."""
    kinds = [
        f"| {name} | {count} | {' | '.join(f'{each:.1f}' for each in told['standstill'].get(name, ()))} |"
        for name, count in sorted(told["kinds"].items())
    ]
    story = [f"| {each['at']:.1f} | {each['fault']} | {each['what']} |" for each in told["story"]]
    return "\n".join(
        [
            "<!-- Made by the command below; not written by hand. -->",
            "",
            "# A run of chaos",
            "",
            f"`{command}`, what it means: [Each warning once, nothing lost](explanation/exactness.md).",
            "",
            "```text",
            *lines(told)[1:],
            "```",
            "",
            "How long the lane that stood still the longest did so, under a fault or just after it: the median,",
            "and the most. Faults come close after each other, so some of it belongs to the one before.",
            "",
            "| fault | times | median, s | most, s |",
            "| --- | ---: | ---: | ---: |",
            *kinds,
            "",
            "## What happened when",
            "",
            "| second | fault | |",
            "| ---: | --- | --- |",
            *story,
            "",
        ]
    )
