"""Scores held against a hold-out, by a model fitted to what came before it or given as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from monitor.offline.backtest.arrays import Floats
from monitor.offline.backtest.bgnbd import BgNbd, fit
from monitor.offline.backtest.purchases import Purchases
from monitor.offline.backtest.report import HoldOut, Model
from monitor.offline.backtest.scores import RISK, Seen, rankings, seen_before
from schemas.errors import ConfigError
from schemas.score_models import BgNbdFile

EPOCH = date(1970, 1, 1)
Given = tuple[BgNbdFile, str] | None


def hold_out(
    bought: Purchases, split: int, given: Given, files: Sequence[str], risk: Mapping[str, Floats]
) -> HoldOut:
    """How well the scores rank; without a model given, one is fitted to the days before the split.

    `risk` has the scores of the file's score rules, by customer.
    """
    seen = _seen(bought, split)
    known, file = given or (fitted(seen, bought, split, files), None)
    parameters = BgNbd(known.r, known.alpha, known.a, known.b)
    model = Model(known.model, known.unit, known.r, known.alpha, known.a, known.b, file)
    day = (EPOCH + timedelta(split)).isoformat()
    return HoldOut(day, float(seen.weeks), model, rankings(seen, parameters, risk), [] if risk else [RISK])


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
