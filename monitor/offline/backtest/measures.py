"""Warnings held against how silences ended: precision, recall, false alarms, delay. Whose warnings, is open here."""

from __future__ import annotations

import math

import msgspec
import numpy as np

from monitor.offline.backtest.arrays import Bools, Floats, median, share
from monitor.offline.backtest.silences import Group, Silences

GROUPS: tuple[Group, ...] = ("all", "few", "fast", "middle", "slow")
RHYTHMIC: tuple[Group, ...] = ("all", "fast", "middle", "slow")
NEVER = math.inf


class Figures(msgspec.Struct, frozen=True):
    """What warnings were worth in one group; None where there is nothing to divide by.

    `returned` gaps ended in a purchase and `leavers` did not; `false_alarms` of the former and `noticed` of the
    latter were warned of. `delay` is the median over all leavers of the days from last order to warning, None
    where half of them were not warned by the end.
    """

    group: str
    returned: int
    leavers: int
    false_alarms: int
    noticed: int
    precision: float | None
    recall: float | None
    false_alarm_rate: float | None
    delay: float | None


def figures(
    told: Silences, after: Floats, warned: Bools, groups: tuple[Group, ...], among: Bools | None = None
) -> list[Figures]:
    """The figures of each group, then those of all weighted by sales (`sales`).

    `after` is how many days after its start a silence is warned of, `NEVER` where it is not; `warned` says where it
    was before the silence ended. With `among` only these silences count. Groups without any are left out, but for all.
    """
    among = told.group("all") if among is None else among
    plain = np.ones(len(after))
    each = [_figures(told, after, warned, among & told.group(name), plain, name) for name in groups]
    by_sales = _figures(told, after, warned, among, told.sales, "sales")
    return [
        figures
        for figures in (*each, by_sales)
        if figures.returned or figures.leavers or figures.group == "all"
    ]


def _figures(
    told: Silences, after: Floats, warned: Bools, among: Bools, weight: Floats, name: str
) -> Figures:
    back, gone = among & told.returned, among & told.left
    false, true = back & warned, gone & warned
    delay = median(after[gone], weight[gone])
    return Figures(
        name,
        int(back.sum()),
        int(gone.sum()),
        int(false.sum()),
        int(true.sum()),
        precision=share(weight[true], weight[true | false]),
        recall=share(weight[true], weight[gone]),
        false_alarm_rate=share(weight[false], weight[back]),
        delay=delay if delay is not None and math.isfinite(delay) else None,
    )


def limited(told: Silences, limit: Floats, among: Bools) -> list[Figures]:
    """The figures of limits in closed form: whoever is silent for as long is warned of, unless an order comes then.

    The delay is the limit of those who left, whether or not the history lasts until then.
    """
    warned = np.where(told.returned, told.length > limit, told.length >= limit)
    return figures(told, limit, warned, RHYTHMIC, among)
