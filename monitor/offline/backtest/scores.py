"""Scores of customers at a split of the history, and who was silent after it. How well they rank is for `ranking`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from monitor.offline.backtest.arrays import WEEK, Bools, Floats, Ints, starts
from monitor.offline.backtest.bgnbd import BgNbd, Histories
from monitor.offline.backtest.purchases import Purchases
from monitor.offline.backtest.ranking import Auc, aucs

RISK = "risk score"


@dataclass(frozen=True)
class Seen:
    """Customers who had bought before the split, by number, and whether each was `silent` from then to the end.

    `quiet` is the days since the last purchase, `weeks` how long the hold-out is.
    """

    customer: Ints
    histories: Histories
    quiet: Ints
    silent: Bools
    weeks: float


class Score(msgspec.Struct, frozen=True):
    """How well one score ranks: the area under the ROC curve with its 95 % interval."""

    score: str
    auc: float
    low: float
    high: float


class Ranking(msgspec.Struct, frozen=True):
    """The scores of one group of customers, the best first."""

    group: str
    customers: int
    silent: int
    scores: list[Score]


def seen_before(bought: Purchases, split: int) -> Seen:
    """What was known when the day `split` began; the hold-out is that day and all after it. Whole days count."""
    day, customer = bought.day, bought.customer
    before = day < split
    known = customer[before]
    first = starts(known)
    last = np.r_[first[1:], len(known)] - 1 if len(known) else first
    begun, newest = day[before][first], day[before][last]
    histories = Histories(last - first, (newest - begun) / WEEK, (split - 1 - begun) / WEEK)
    silent = ~np.isin(known[first], customer[~before])
    return Seen(
        known[first], histories, split - 1 - newest, silent, (np.floor(bought.end) - split + 1) / WEEK
    )


def rankings(seen: Seen, model: BgNbd, risk: Mapping[str, Floats]) -> list[Ranking]:
    """How well the scores rank repeat buyers, one-time buyers, and all of them; `risk` has risk scores by customer.

    A rhythm and P(alive) are for repeat buyers alone: a one-time buyer has no gap, and a P(alive) of 1 for ever.
    """
    repeat = seen.histories.x > 0
    rows = repeat | ~repeat
    every, own = _for_everyone(seen, model), _for_repeat_buyers(seen, model)
    every |= {f"{RISK}: {name}": score[seen.customer] for name, score in risk.items()}
    groups = [
        ("repeat buyers", repeat, every | own),
        ("one-time buyers", ~repeat, every),
        ("all", rows, every),
    ]
    return [_ranking(name, among, scores, seen.silent) for name, among, scores in groups]


def _for_everyone(seen: Seen, model: BgNbd) -> dict[str, Floats]:
    """Scores that all customers have, higher meaning silent."""
    return {
        "expected_purchases": -model.expected_purchases(seen.histories, seen.weeks),
        "days_since_last_order": seen.quiet.astype(np.float64),
    }


def _for_repeat_buyers(seen: Seen, model: BgNbd) -> dict[str, Floats]:
    gap = seen.histories.t_x / np.maximum(seen.histories.x, 1)
    ratio = np.divide(seen.quiet, gap, out=np.zeros(len(gap)), where=gap > 0)
    return {"one_minus_p_alive": -model.p_alive(seen.histories), "personal_ratio": ratio}


def _ranking(name: str, among: Bools, scores: dict[str, Floats], silent: Bools) -> Ranking:
    found = aucs({score: values[among] for score, values in scores.items()}, silent[among])
    return Ranking(name, int(among.sum()), int(silent[among].sum()), _best_first(found))


def _best_first(found: dict[str, Auc]) -> list[Score]:
    return sorted((Score(name, *auc) for name, auc in found.items()), key=lambda score: -score.auc)
