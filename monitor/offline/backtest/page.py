"""The report: one HTML page with its charts inside, that asks nothing of any network."""

from __future__ import annotations

import jinja2
from markupsafe import Markup

from monitor.offline.backtest import words
from monitor.offline.backtest.charts import auc_chart, class_chart, curve_chart
from monitor.offline.backtest.report import Backtest, Proposal

MOST_DRAWN = 40
"""Rules in one chart; the tables have all."""


def page(found: Backtest) -> str:
    """The page of a backtest."""
    loader = jinja2.PackageLoader("monitor.offline.backtest", "templates")
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"percent": words.percent, "in_days": words.in_days}
    template = made.get_template("report.html.j2")
    return template.render(found=found, charts=_charts(found), called=called, words=words)


def _charts(found: Backtest) -> dict[str, Markup]:
    rules = [(rule.name, rule.judged.groups) for rule in found.telling]
    proposed = [(called(each), each.expected) for each in found.proposals.proposals]
    drawn = {"curves": curve_chart(found.curves)}
    drawn |= {"rules": class_chart(rules[:MOST_DRAWN])} if rules else {}
    drawn |= {"proposals": class_chart(proposed[:MOST_DRAWN])} if proposed else {}
    drawn |= {"scores": auc_chart(found.hold_out.groups)} if found.hold_out else {}
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - drawn here; names in it are escaped


def called(proposal: Proposal) -> str:
    """What a proposal is called among others."""
    name = proposal.instead_of or words.SHAPES[proposal.shape]
    return name if proposal.spread == "everyone" else f"{name}, evenly"
