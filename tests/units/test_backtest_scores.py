"""BG/NBD against published numbers and plain cases; the area under the curve against counting pairs."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.backtest.bgnbd import BgNbd, Histories, fit
from monitor.offline.backtest.purchases import of_rows
from monitor.offline.backtest.ranking import Ranked, aucs
from monitor.offline.backtest.scores import rankings, seen_before
from schemas.errors import ConfigError
from tests.units.test_backtest_silences import on

PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)


def one(x: int, t_x: float, seen: float) -> Histories:
    return Histories(np.array([x]), np.array([t_x]), np.array([seen]))


def test_the_worked_example_of_fader_and_hardie() -> None:
    # "Implementing the BG/NBD Model for Customer Base Analysis in Excel": the customer with id 1, 39 weeks ahead.
    assert PUBLISHED.expected_purchases(one(2, 30.43, 38.86), 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_a_one_time_buyer_has_the_likelihood_of_no_purchase() -> None:
    found = PUBLISHED.log_likelihood(one(0, 0, 20))[0]
    assert found == pytest.approx(0.243 * np.log(4.414 / (4.414 + 20)))


def test_a_one_time_buyer_is_alive_for_ever() -> None:
    assert PUBLISHED.p_alive(one(0, 0, 500))[0] == 1


def test_who_has_just_bought_is_likelier_to_be_alive() -> None:
    just, long_ago = (PUBLISHED.p_alive(one(5, last, 38.86))[0] for last in (38, 5))
    assert just > 0.7
    assert long_ago < 0.1


def test_a_fit_finds_the_parameters_that_a_crowd_was_drawn_from() -> None:
    draw, true = np.random.default_rng(5), BgNbd(1.2, 6.0, 0.8, 3.0)
    rows = []
    for rate, leaves in zip(draw.gamma(1.2, 1 / 6.0, 6000), draw.beta(0.8, 3.0, 6000), strict=True):
        at, x = 0.0, 0
        while (next_at := at + draw.exponential(1 / rate)) <= 52:
            at, x = next_at, x + 1
            if draw.random() < leaves:
                break
        rows.append((x, at, 52.0))
    counts, last, seen = (np.array(each) for each in zip(*rows, strict=True))
    histories = Histories(counts, last, seen)
    found = fit(histories)
    assert found.log_likelihood(histories).sum() >= true.log_likelihood(histories).sum()
    assert found.r / found.alpha == pytest.approx(true.r / true.alpha, rel=0.1)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.15)


def test_without_repeat_buyers_nothing_can_be_fitted() -> None:
    with pytest.raises(ConfigError, match="nobody bought twice"):
        fit(one(0, 0, 9))


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=25))
def test_the_area_is_the_share_of_pairs_in_the_right_order(drawn: list[tuple[int, bool]]) -> None:
    silent = [score for score, gone in drawn if gone]
    others = [score for score, gone in drawn if not gone]
    if not (silent and others):
        return
    pairs = [(one > other) + (one == other) / 2 for one, other in product(silent, others)]
    scores, gone = (np.array(each) for each in zip(*drawn, strict=True))
    found = Ranked(scores.astype(np.float64), gone).auc(np.ones(len(drawn)))
    assert found == pytest.approx(sum(pairs) / len(pairs))


def test_the_interval_holds_the_area_and_is_the_same_each_time() -> None:
    draw = np.random.default_rng(2)
    silent = draw.random(400) < 0.5
    score = {"score": draw.normal(size=400) + silent}
    found = aucs(score, silent)["score"]
    assert found.low < found.auc < found.high
    assert aucs(score, silent)["score"] == found


def test_one_kind_of_customer_alone_can_t_be_ranked() -> None:
    assert aucs({"score": np.array([1.0, 2.0])}, np.array([True, True])) == {}


def test_what_is_known_at_a_split_ends_the_day_before() -> None:
    bought = of_rows(
        [("ada", on(0), 1), ("ada", on(14), 1), ("ada", on(28), 1), ("bob", on(7), 1), ("eve", on(30), 1)]
    )
    first = int(bought.day[0])
    seen = seen_before(bought, first + 28)
    assert seen.histories.x.tolist() == [1, 0]
    assert seen.histories.t_x.tolist() == [2, 0]
    assert pytest.approx([27 / 7, 20 / 7]) == seen.histories.T
    assert seen.quiet.tolist() == [13, 20]
    assert seen.silent.tolist() == [False, True]
    assert seen.weeks == pytest.approx(3 / 7)


def test_one_time_buyers_get_no_p_alive_and_no_rhythm() -> None:
    days = {"ada": [0, 5, 50], "bob": [0, 9], "cleo": [3], "dan": [4, 60]}
    bought = of_rows([(name, on(day), 1.0) for name, each in days.items() for day in each])
    seen = seen_before(bought, int(bought.day[0]) + 40)
    groups = {each.group: {score.score for score in each.scores} for each in rankings(seen, PUBLISHED, {})}
    assert groups["repeat buyers"] >= {"one_minus_p_alive", "personal_ratio"}
    assert groups["one-time buyers"] == {"expected_purchases", "days_since_last_order"}
