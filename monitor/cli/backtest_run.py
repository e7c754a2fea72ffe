"""A backtest as the command runs it: files in, tables, JSON and a page out, a bar meanwhile."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from monitor.adapters.rule_files import load_model
from monitor.cli.backtest_save import Saving
from monitor.cli.backtest_tables import show_backtest
from monitor.cli.replay_bar import ReplayBar
from monitor.cli.tables import console
from monitor.offline.backtest.hold_out import fitted_before
from monitor.offline.backtest.page import page
from monitor.offline.backtest.purchases import Purchases
from monitor.offline.backtest.reading import read_purchases
from monitor.offline.backtest.report import Backtest, as_json
from monitor.offline.backtest.run import Asked, backtest
from monitor.offline.blocks import STDIN
from monitor.offline.files import Source
from monitor.offline.history import History
from schemas.errors import ConfigError
from schemas.rules import RuleFile
from schemas.score_models import BgNbdFile

Now = Callable[[], datetime]


@dataclass(frozen=True)
class Job:
    """What is to be held against what, and where what comes of it goes; durations in days."""

    history: History
    rules: RuleFile
    wished: float
    gone_after: float
    split: int | None
    model: Path | None
    save_model: Path | None
    as_json: bool
    page: Path | None
    saving: Saving | None


def run(job: Job, now: Now) -> bool:
    """Run it, and tell what came of it; False where there are no orders, or no rules to be saved."""
    _refuse(job)
    asked = Asked(job.rules, job.gone_after, job.wished, job.split, _model(job.model))
    started, people = now(), console(stderr=True)
    with _twice_readable(job.history) as history:
        bought = _read(history, started, people)
        if not bought.orders:
            people.print("No order at all could be read.")
            return False
        _save_model(job, bought)
        with ReplayBar(people, history.size, "judging") as bar:
            found = backtest(history, asked, bought, started, bar.show)
    _tell(job, found)
    read = [source.path for source in job.history.sources]
    return job.saving is None or job.saving.save(job.rules, found, read, people)


def _refuse(job: Job) -> None:
    written = [job.page, job.save_model, job.saving.path if job.saving else None]
    job.history.refuse_overwriting(written)
    if job.saving is not None:
        job.saving.refuse()
    for path in written:
        if path is not None and not path.parent.is_dir():
            raise ConfigError(
                "no such folder", where=str(path.parent), remedy="make it, or name another file"
            )
    for option, path in (("--model", job.model), ("--save-model", job.save_model)):
        if path is not None and job.split is None:
            raise ConfigError("given without --split", key=option, remedy="give --split DATE as well")


def _read(history: History, started: datetime, people: Console) -> Purchases:
    with ReplayBar(people, history.size, "reading") as bar:
        return read_purchases(history, started, lambda notice: people.print(notice, style="dim"), bar.show)


def _model(path: Path | None) -> tuple[BgNbdFile, str] | None:
    return None if path is None else (load_model(path), path.name)


def _save_model(job: Job, bought: Purchases) -> None:
    if job.save_model is not None and job.split is not None:
        files = [source.path.name for source in job.history.sources]
        _write(job.save_model, fitted_before(bought, job.split, files).model_dump_json(indent=2) + "\n")


def _tell(job: Job, found: Backtest) -> None:
    if job.as_json:
        sys.stdout.buffer.write(as_json(found))
        sys.stdout.buffer.flush()
    show_backtest(found, console(stderr=job.as_json))
    if job.page is not None:
        _write(job.page, page(found))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"can't be written: {error.strerror}", where=str(path), remedy="name another file"
        ) from error


@contextmanager
def _twice_readable(history: History) -> Iterator[History]:
    """The history with standard input kept in a file for as long as this lasts: a backtest reads it twice."""
    with TemporaryDirectory(prefix="churn-monitor-") as folder:
        kept = Path(folder) / "stdin"
        yield replace(history, sources=[_kept(source, kept) for source in history.sources])


def _kept(source: Source, kept: Path) -> Source:
    if source.path != STDIN:
        return source
    with kept.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return Source(kept, kept.stat().st_size)
