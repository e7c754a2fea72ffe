"""A backtest for people at a terminal: rules, proposals, scores."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from rich.console import Console
from rich.table import Table

from monitor.offline.backtest.gravest import WhoStands
from monitor.offline.backtest.important import Important
from monitor.offline.backtest.measures import Figures
from monitor.offline.backtest.report import Backtest, HoldOut, Proposal, Proposals, RuleReport, Span
from monitor.offline.backtest.words import (
    GROUP_WORDS,
    NONE,
    SHAPES,
    SPREADS,
    at_risk,
    doubts,
    in_days,
    percent,
    score_name,
    stands,
    told_moment,
)

SHOWN = 10
"""Standing warnings on a terminal; the report has more."""


def show_backtest(found: Backtest, console: Console) -> None:
    """Print all of it, the definitions last."""
    console.print(_history(found.history, found.important), "", _rules(found.telling), "", sep="\n")
    if found.silent:
        console.print(f"no warnings: {found.silent}", "", sep="\n")
    if found.standing.warnings:
        console.print(_standing(found.standing), "", sep="\n")
    console.print(_proposed(found.proposals), "", sep="\n")
    for each in _to_paste(found.proposals.proposals):
        console.print(f"# {_called(each)}, {SPREADS[each.spread]}", each.yaml, sep="\n")
    if found.hold_out is not None:
        console.print(_ranked(found.hold_out), "", sep="\n")
    if (doubt := doubts(found.history.leavers)) is not None:
        console.print(doubt, "", sep="\n")
    for word, meaning in found.definitions.items():
        console.print(f"{word}: {meaning}", style="dim")


def _history(span: Span, important: Important) -> Table:
    table = _table()
    table.add_row("history", f"{span.first:%Y-%m-%d} to {span.end:%Y-%m-%d}: {', '.join(span.files)}")
    bought = f"{span.customers:,} customers, {span.orders:,} orders on {span.purchases:,} days"
    table.add_row("orders", f"{bought}, {span.sales:,.0f} in sales")
    left = f"{span.leavers:,} left, {span.undecided:,} not decided; silent for {span.gone_after:g} days at the end"
    table.add_row("customers", left)
    table.add_row(
        "classes", f"fast up to {span.fast_up_to:.1f} days of mean gap, middle up to {span.middle_up_to:.1f}"
    )
    best = f"the top {percent(important.customers)} of customers brought {important.sales_from:,.2f} each or more"
    table.add_row("important", f"{best}, {percent(important.sales)} of all sales")
    return table


def _rules(rules: list[RuleReport]) -> Table:
    columns = ("rule", "buyers", "warnings", "precision", "recall", "false alarms", "delay")
    table = _table(*columns, right_from=2)
    for rule in rules:
        name = f"{rule.name} (shadow)" if rule.mode == "shadow" else rule.name
        for at, figures in enumerate(rule.judged.groups):
            first = (name, f"{rule.judged.warnings:,}") if at == 0 else ("", "")
            table.add_row(first[0], GROUP_WORDS[figures.group], first[1], *_measures(figures))
    return table


def _measures(figures: Figures) -> Iterator[str]:
    yield percent(figures.precision)
    yield percent(figures.recall)
    counts = "" if figures.group == "sales" else f"{figures.false_alarms:,} of {figures.returned:,} = "
    yield counts + percent(figures.false_alarm_rate)
    yield in_days(figures.delay)


def _standing(found: WhoStands) -> Table:
    table = _table(f"stands on {found.at:%Y-%m-%d}", "severity", "rule", "since", "at risk", "why")
    table.columns[4].justify = "right"
    for each in islice(found.gravest, SHOWN):
        since = f"{each.since:%Y-%m-%d}"
        table.add_row(each.customer, each.severity, each.rule, since, at_risk(each), each.title)
    told = stands(found).replace("listed", "in the report")
    table.caption = f"{told} All of them: `replay --at {told_moment(found.at)}`."
    table.caption_justify = "left"
    return table


def _proposed(proposals: Proposals) -> Table:
    title = f"proposed for {percent(proposals.wished)}"
    columns = (title, "spread", "limit", "false alarms: all", "fast", "middle", "slow", "judged")
    table = _table(*columns, "delay: all", "fast", "middle", "slow", right_from=3)
    for each in proposals.proposals:
        groups = [each.of(name) for name in ("all", "fast", "middle", "slow")]
        rates = [percent(figures.false_alarm_rate) for figures in groups]
        judged = percent(each.judged.groups[0].false_alarm_rate) if each.judged else NONE
        delays = [in_days(figures.delay) for figures in groups]
        table.add_row(_called(each), SPREADS[each.spread], limit_told(each), *rates, judged, *delays)
    return table


def _to_paste(proposals: list[Proposal]) -> list[Proposal]:
    """Those that take the place of a rule; all, where none does."""
    return [each for each in proposals if each.instead_of] or proposals


def _called(proposal: Proposal) -> str:
    return proposal.instead_of or SHAPES[proposal.shape]


def limit_told(proposal: Proposal) -> str:
    """A proposed limit in a few words."""
    own = proposal.rule.get("personal")
    if own is None:
        return str(proposal.rule["quiet_for"])
    bounds = [own["floor"], own["ceiling"]] if "ceiling" in own else []
    between = f" in {bounds[0]}..{bounds[1]}" if bounds else ""
    return f"{own['factor']:g} x{between}, else {own['fallback']}"


def _ranked(hold_out: HoldOut) -> Table:
    title = f"silent from {hold_out.split}"
    table = _table(title, "customers", "silent", "score", "AUC", "95 % interval", right_from=1)
    for ranking in hold_out.groups:
        head = [ranking.group, f"{ranking.customers:,}", f"{ranking.silent:,}"]
        for score in ranking.scores:
            interval = f"{score.low:.3f} to {score.high:.3f}"
            table.add_row(*head, score_name(score.score), f"{score.auc:.3f}", interval)
            head = ["", "", ""]
    model = hold_out.model
    parameters = f"r {model.r:.3f}, alpha {model.alpha:.3f}, a {model.a:.3f}, b {model.b:.3f}"
    table.caption = f"{model.name} by {model.unit}: {parameters}"
    table.caption_justify = "left"
    return table


def _table(*headings: str, right_from: int = 99) -> Table:
    table = Table(box=None, pad_edge=False, show_header=bool(headings))
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="right" if at >= right_from else "left")
    return table
