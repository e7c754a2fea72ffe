"""A whole backtest: thresholds are proposed, rules and proposals run by the engine, scores ranked, all put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.domain.rules import RuleSet, compile_rules
from monitor.offline.backtest.curves import curves
from monitor.offline.backtest.definitions import definitions
from monitor.offline.backtest.gravest import who_stands
from monitor.offline.backtest.hold_out import hold_out
from monitor.offline.backtest.important import important
from monitor.offline.backtest.judged import Collected, Judged, judged
from monitor.offline.backtest.limits import usual_gap
from monitor.offline.backtest.proposals import Draft, by_class, drafts
from monitor.offline.backtest.purchases import Purchases, moment
from monitor.offline.backtest.report import Backtest, HoldOut, Proposal, Proposals, RuleReport, Span
from monitor.offline.backtest.risk import risk_scores
from monitor.offline.backtest.silences import Silences, silences
from monitor.offline.backtest.specs import as_yaml, meant_for
from monitor.offline.history import History, Show
from monitor.offline.replay import Replay
from schemas.rules import Rule, RuleFile
from schemas.score_models import BgNbdFile

MOST_RULES = 500
Judging = Callable[[RuleSet, Show], Collected]


@dataclass(frozen=True)
class Asked:
    """What a backtest is asked for; durations in days, `split` as a number of the day since 1970.

    `model` and the name of its file stand for parameters fitted elsewhere.
    """

    rules: RuleFile
    gone_after: float
    wished: float
    split: int | None
    model: tuple[BgNbdFile, str] | None = None


def backtest(history: History, asked: Asked, bought: Purchases, started: datetime, show: Show) -> Backtest:
    """Hold rules, proposals and scores against the purchases of this history."""
    told = silences(bought, asked.gone_after)
    rules = [rule for rule in asked.rules.rules if rule.is_on]
    made = drafts(told, rules, asked.wished)
    together = _with_drafts(asked.rules, made)
    collected, ran = _run(history, together, bought, started, show)
    each = _judged(told, collected, rules, made)
    files = [source.path.name for source in history.sources]
    return Backtest(
        version=1,
        definitions=definitions(asked.gone_after, told.cuts),
        history=_span(files, bought, told, asked.gone_after),
        rules=[RuleReport(rule.name, rule.kind, rule.mode, each[rule.name]) for rule in rules],
        standing=who_stands(
            ran.customers.standing(), together, ran.clock or started, {rule.name for rule in rules}
        ),
        curves=curves(told, rules),
        proposals=_proposals(told, made, each, asked.wished),
        hold_out=None if asked.split is None else _held(history, asked, asked.split, bought, started),
        important=important(bought),
    )


def _run(
    history: History, rules: RuleSet, bought: Purchases, started: datetime, show: Show
) -> tuple[Collected, Replay]:
    collected = Collected(bought.customers, rules.by_name)
    run = history.run(rules, started=started)
    for stretch in run.stretches(show):
        collected.add(stretch.transitions)
    return collected, run.replay


def _judged(
    told: Silences, collected: Collected, rules: Sequence[Rule], made: Sequence[Draft]
) -> dict[str, Judged]:
    among = {_name(made, draft): draft.limit.judges(told) for draft in made}
    among |= {rule.name: meant_for(rule, told) for rule in rules}
    return {name: judged(told, warned, among[name]) for name, warned in collected.by_rule.items()}


def _held(history: History, asked: Asked, split: int, bought: Purchases, started: datetime) -> HoldOut:
    files = [source.path.name for source in history.sources]
    risk = risk_scores(history, compile_rules(asked.rules), moment(split), started, bought.customers)
    return hold_out(bought, split, asked.model, files, risk)


def _with_drafts(file: RuleFile, made: Sequence[Draft]) -> RuleSet:
    """The rules of the file and those proposed, each under a name that no rule of the file has."""
    proposed: dict[str, Any] = {
        _name(made, draft): draft.judged | {"name": _name(made, draft)} for draft in made
    }
    room = MOST_RULES - len(file.rules)
    rules = [*file.rules, *list(proposed.values())[:room]]
    return compile_rules(RuleFile.model_validate({"version": 1, "customers": file.customers, "rules": rules}))


def _name(made: Sequence[Draft], draft: Draft) -> str:
    """Under which name a proposal is judged: those that judge alike are judged as one."""
    place = next(at for at, each in enumerate(made) if each.judged == draft.judged)
    return f"proposal_{place}_of_this_backtest"


def _proposals(told: Silences, made: Sequence[Draft], each: dict[str, Judged], wished: float) -> Proposals:
    proposed = [
        Proposal(
            draft.instead_of,
            draft.shape,
            draft.spread,
            draft.rule,
            as_yaml(draft.rule),
            draft.note,
            draft.expected(told),
            each.get(_name(made, draft)),
        )
        for draft in made
    ]
    return Proposals(wished, proposed, by_class(told, wished))


def _span(files: list[str], bought: Purchases, told: Silences, gone_after: float) -> Span:
    low, high = told.cuts
    return Span(
        files,
        moment(float(bought.time.min())),
        moment(bought.end),
        customers=len(bought.begins),
        orders=bought.orders,
        purchases=len(bought.time),
        sales=float(bought.amount.sum()),
        gone_after=gone_after,
        leavers=int(told.left.sum()),
        undecided=int((~(told.left | told.returned)).sum()),
        fast_up_to=low,
        middle_up_to=high,
        usual_gap=usual_gap(told),
    )
