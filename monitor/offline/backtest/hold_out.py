"""Scores held against a hold-out, by a model fitted to what came before it or given as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from monitor.offline.backtest.bgnbd import BgNbd, fit
from monitor.offline.backtest.purchases import Purchases
from monitor.offline.backtest.report import HoldOut, Model
from monitor.offline.backtest.scores import Seen, rankings, seen_before
from schemas.errors import ConfigError
from schemas.score_models import BgNbdFile

EPOCH = date(1970, 1, 1)
MISSING = ["risk_score"]
"""Scores that will be ranked here once there are rules that make them."""


def hold_out(
    bought: Purchases, split: int, given: tuple[BgNbdFile, str] | None, files: Sequence[str]
) -> HoldOut:
    """How well the scores rank; without a model given, one is fitted to the days before the split."""
    seen = _seen(bought, split)
    known, file = given or (fitted(seen, bought, split, files), None)
    parameters = BgNbd(known.r, known.alpha, known.a, known.b)
    model = Model(known.model, known.unit, known.r, known.alpha, known.a, known.b, file)
    day = (EPOCH + timedelta(split)).isoformat()
    return HoldOut(day, float(seen.weeks), model, rankings(seen, parameters), MISSING)


def fitted(seen: Seen, bought: Purchases, split: int, files: Sequence[str]) -> BgNbdFile:
    """The model of what was known before the split, as it is kept in a file."""
    model = fit(seen.histories)
    return BgNbdFile(
        r=model.r,
        alpha=model.alpha,
        a=model.a,
        b=model.b,
        log_likelihood=float(model.log_likelihood(seen.histories).sum()),
        customers=len(seen.silent),
        repeat_buyers=int((seen.histories.x > 0).sum()),
        first=EPOCH + timedelta(int(bought.day.min())),
        last=EPOCH + timedelta(split - 1),
        fitted_to=tuple(files),
    )


def fitted_before(bought: Purchases, split: int, files: Sequence[str]) -> BgNbdFile:
    """The model of the orders before a day."""
    return fitted(_seen(bought, split), bought, split, files)


def _seen(bought: Purchases, split: int) -> Seen:
    day = bought.day
    if not (day.min() < split <= bought.end):
        raise ConfigError(
            f"{EPOCH + timedelta(split)} does not part the orders",
            key="--split",
            remedy=f"give a day after {EPOCH + timedelta(int(day.min()))} and up to "
            f"{EPOCH + timedelta(int(bought.end))}, the first of the hold-out",
        )
    return seen_before(bought, split)
