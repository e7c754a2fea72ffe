"""What the words of a backtest mean: they stand in every report, and in the docs."""

from __future__ import annotations

DEFINITIONS = {
    "purchase": "All orders of a customer on one day (UTC). A gap is the time from one purchase to the next.",
    "leaver": "A customer whose last order lies at least {gone_after} days before the end of the history. Who has been "
    "silent for less is not decided, and counts neither way.",
    "false alarm": "A warning in a gap, that is, after which the customer ordered again. The rate is the share of all "
    "gaps with such a warning.",
    "precision": "Of the silences warned of, and decided, the share whose customers left.",
    "recall": "Of the leavers, the share warned of between their last order and the end of the history.",
    "delay": "Days from a leaver's last order to the first warning after it: the median over all leavers, those not "
    "warned of counted as later than all others.",
    "fast, middle, slow": "Thirds of the leavers by their mean gap before the silence: up to {fast} days, up to "
    "{middle} days, more. Few: fewer than two gaps before the silence.",
    "only for some": "Of a rule that is for customers with so many orders, their silences alone count.",
    "by sales": "Each silence counts with what the customer had bought by then.",
    "expected": "Proposals in closed form, over the silences they were learned from: those after at least two gaps; "
    "for a rule of the file those that it gives this limit. The delay is the leavers' median limit. Judged: the "
    "same rule run by the engine over all whom it is for; its rhythm counts each order, also of one day.",
}


def definitions(gone_after: float, cuts: tuple[float, float]) -> dict[str, str]:
    """The definitions with the numbers of this history."""
    numbers = {"gone_after": f"{gone_after:g}", "fast": f"{cuts[0]:.3g}", "middle": f"{cuts[1]:.3g}"}
    return {word: told.format(**numbers) for word, told in DEFINITIONS.items()}
