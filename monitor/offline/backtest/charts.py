"""Charts as SVG for a page of ours: text stays text, colours are the page's own, so that dark and light both do."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from monitor.offline.backtest.curves import Curve
from monitor.offline.backtest.measures import Figures
from monitor.offline.backtest.scores import Ranking
from monitor.offline.backtest.words import GROUP_WORDS, SHAPES, score_name

WIDE = 9.0
ROW = 0.42
DOT: dict[str, Any] = {"markersize": 8, "clip_on": False}
# Each stands for a variable of the page's style sheet until the drawing is done.
INK, MUTED, GRID = "#010101", "#020202", "#030303"
SERIES = [f"#0400{number:02x}" for number in range(1, 8)]
VARIABLES = {INK: "ink", MUTED: "muted", GRID: "grid"} | {each: f"s{at}" for at, each in enumerate(SERIES, 1)}
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "backtest",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "lines.linewidth": 2,
}
Row = tuple[str, Sequence[Figures]]


def curve_chart(curves: Sequence[Curve]) -> str:
    """Delay against false alarms, a line for each shape, a dot where a rule of the file stands."""
    with _drawn(WIDE, 4.4) as (figure, svg):
        axes = figure.subplots()
        usual = [curve for curve in curves if curve.rule is None]
        for curve, colour in zip(usual, SERIES, strict=False):
            axes.plot(*_line(curve), color=colour, label=SHAPES[curve.shape])
        for curve in curves:
            if curve.here is not None:
                _mark_rule(axes, curve)
        axes.set(
            xlabel="false alarms, % of the gaps that ended", ylabel="days to the median leaver's warning"
        )
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.legend(loc="upper right")
    return svg()


def _line(curve: Curve) -> tuple[list[float], list[float]]:
    return [100 * point.false_alarm_rate for point in curve.points], [point.delay for point in curve.points]


def _mark_rule(axes: Axes, curve: Curve) -> None:
    if curve.here is None:
        return
    at = 100 * curve.here.false_alarm_rate, curve.here.delay
    axes.plot(*_line(curve), color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot(*at, "o", color=INK, markersize=6)
    axes.annotate(curve.rule or "", at, xytext=(7, 6), textcoords="offset points", color=INK)


def class_chart(rows: Sequence[Row]) -> str:
    """False alarms and delay of some rules, a dot for each class of buyers."""
    with _drawn(WIDE, 1.3 + ROW * len(rows)) as (figure, svg):
        left, right = figure.subplots(1, 2, sharey=True)
        _dots(left, rows, lambda each: _percent(each.false_alarm_rate))
        _dots(right, rows, lambda each: each.delay)
        left.set(xlabel="false alarms, %")
        right.set(xlabel="days to the median leaver's warning")
        handles, labels = left.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))
    return svg()


def _percent(rate: float | None) -> float | None:
    return None if rate is None else 100 * rate


def _dots(axes: Axes, rows: Sequence[Row], value: Callable[[Figures], float | None]) -> None:
    for group, colour, marker in zip(("few", "fast", "middle", "slow"), SERIES[3::-1], "sod^", strict=True):
        found = [
            (value(each), at)
            for at, (_, figures) in enumerate(rows)
            for each in figures
            if each.group == group
        ]
        dots = [(x, y) for x, y in found if x is not None]
        if dots:
            axes.plot(*zip(*dots, strict=True), marker, color=colour, label=GROUP_WORDS[group], **DOT)
    _name_rows(axes, [name for name, _ in rows])
    axes.set_xlim(left=0)


def auc_chart(rankings: Sequence[Ranking]) -> str:
    """The area under the ROC curve of each score with its interval, a panel for each group of customers."""
    shown = [ranking for ranking in rankings if ranking.scores]
    names = list(dict.fromkeys(score.score for ranking in shown for score in ranking.scores))
    with _drawn(WIDE, 1.3 + ROW * len(names)) as (figure, svg):
        panels = figure.subplots(1, max(len(shown), 1), sharex=True, sharey=True, squeeze=False)[0]
        for axes, ranking in zip(panels, shown, strict=False):
            for score in ranking.scores:
                at = names.index(score.score)
                axes.plot([score.low, score.high], [at, at], color=SERIES[0], linewidth=3, alpha=0.5)
                axes.plot(score.auc, at, "o", color=SERIES[0], markersize=7)
            axes.axvline(0.5, color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
            axes.set_title(f"{ranking.group}, {ranking.customers:,}", loc="left", fontsize=10, color=MUTED)
            axes.set(xlabel="AUC, 95 % interval")
            _name_rows(axes, [score_name(name) for name in names])
    return svg()


def _name_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)


@contextmanager
def _drawn(width: float, height: float) -> Iterator[tuple[Figure, Callable[[], str]]]:
    """A figure to draw on, and what gives the SVG when all is drawn."""
    with mpl.rc_context(STYLE):  # type: ignore[arg-type]  # its keys are a long list of literals
        figure = Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.12))
        figure.patch.set_visible(False)
        yield figure, lambda: _as_svg(figure)


def _as_svg(figure: Figure) -> str:
    for axes in figure.axes:
        axes.patch.set_visible(False)
    nothing: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with mpl.rc_context(STYLE), io.StringIO() as file:  # type: ignore[arg-type]
        figure.savefig(file, format="svg", metadata=nothing)
        text = file.getvalue()
    text = re.sub(r"^.*?(?=<svg)", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"|(<svg[^>]*?) height="[^"]*"', r"\1\2", text, count=1)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var(--{variable})")
    return text
