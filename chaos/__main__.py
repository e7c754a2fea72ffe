"""`python -m chaos`: servers, workers, a stream and faults by a seed; in the end everything is proven."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from chaos import report
from chaos.ending import end
from chaos.faults import FAULTS
from chaos.schedule import Planned, names_of, schedule
from chaos.town import Happening, Plan, Store, Town, town
from monitor.cli.verify import told as told_verdict
from schemas.errors import ConfigError, StoreUnavailable


def chaos(
    *,
    seed: Annotated[
        int | None, typer.Option(help="Repeats a run's faults and chances (default: a new one).")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.2, help="How long faults go on.")] = 3.0,
    faults: Annotated[
        str | None, typer.Option(metavar="NAMES", help=f"Only these, with commas: {', '.join(FAULTS)}.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Detecting workers.")] = 3,
    store: Annotated[Store, typer.Option(help="Where workers keep rows: rocksdb or memory.")] = "rocksdb",
    rate: Annotated[int, typer.Option(min=1, help="Events a second.")] = 100,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the report there.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there as a document.")
    ] = None,
    keep_logs: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep the workers' logs there.")
    ] = None,
) -> None:
    """Do harm to a running system by a schedule, then prove that nothing was lost or doubled.

    Exit code 1: something was.
    """
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    planned = schedule(seed, minutes * 60, names_of(faults))
    plan = Plan(seed, minutes * 60, workers, rate, store)
    told = asyncio.run(_run(plan, planned, keep_logs))
    if json_file is not None:
        json_file.write_text(json.dumps(told, indent=1, default=str) + "\n")
    if page is not None:
        page.write_text(report.page(told, f"make chaos ARGS='--seed {seed} --minutes {minutes:g}'"))
    raise typer.Exit(0 if told["clean"] else 1)


async def _run(plan: Plan, planned: list[Planned], keep_logs: Path | None) -> dict[str, Any]:
    def tell(line: str) -> None:
        typer.echo(line, err=True)

    tell(f"seed {plan.seed}: {len(planned)} faults in {plan.lasts / 60:.1f} minutes")
    async with town(plan, tell) as here:
        try:
            told = await _play(here, plan, planned)
        finally:
            if keep_logs is not None:
                _keep(here, keep_logs)
    return told


async def _play(here: Town, plan: Plan, planned: list[Planned]) -> dict[str, Any]:
    selling = asyncio.create_task(here.shop.run())
    await FAULTS["poison"].harm(here)  # every log begins with records that can't be applied
    await here.heal()
    watching = asyncio.create_task(here.crew.watch())
    here.readers.add(0.2)
    try:
        for each in planned:
            await asyncio.sleep(max(0.0, each.at - here.elapsed()))
            await _do(here, each)
        await asyncio.sleep(max(0.0, plan.lasts - here.elapsed()))
        found = await end(here, selling)
    finally:
        watching.cancel()
        selling.cancel()
        await here.readers.stop()
        with suppress(asyncio.CancelledError):
            await selling
    told = report.record(here, found, plan.seed)
    for line in report.lines(told):
        here.tell(line)
    if found.verdict is not None and found.verdict.first is not None:
        here.tell("\n".join(told_verdict(found.verdict)))
    return told


async def _do(here: Town, planned: Planned) -> None:
    began = here.elapsed()
    what = await FAULTS[planned.fault].harm(here)
    here.story.append(Happening(round(began, 1), planned.fault, what, round(here.elapsed() - began, 1)))
    here.tell(f"{began:7.1f} s  {planned.fault:14} {what}")


def _keep(here: Town, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for worker in here.crew.workers.values():
        if worker.log.exists():
            (folder / f"{worker.name}.log").write_bytes(worker.log.read_bytes())


def main() -> None:
    """Run the command; what stops it is told in a few lines, and nothing is left running."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it retries is no news
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had us ignore it
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        typer.run(chaos)
    except (ConfigError, StoreUnavailable) as error:
        typer.echo(f"chaos: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
