"""Laws of comparing two rule files: no warning is lost or counted twice, and either side may come first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.rule_diff import Difference, Episode, Subject, paired

DAWN = datetime(2025, 1, 1, tzinfo=UTC)
MIRRORED = {"new": "gone", "earlier": "later", "graver": "milder", "same": "same"}
MIRRORED |= {after: before for before, after in MIRRORED.items()}


@st.composite
def episodes(draw: st.DrawFn) -> list[Episode]:
    """The warnings about one subject: one after the other, the last may still stand; some end as they begin."""
    moments = sorted(draw(st.lists(st.integers(0, 40), max_size=12)))
    at = [DAWN + timedelta(days=moment) for moment in moments]
    spans = zip(at[::2], [*at[1::2], None], strict=False)
    return [Episode(began, ended, draw(st.integers(0, 2))) for began, ended in spans]


@given(episodes(), episodes())
def test_every_warning_stands_in_one_pair_and_in_its_order(a: list[Episode], b: list[Episode]) -> None:
    pairs = list(paired(a, b))
    assert [left for left, _ in pairs if left is not None] == a
    assert [right for _, right in pairs if right is not None] == b


@given(episodes(), episodes())
def test_only_warnings_that_overlap_are_one(a: list[Episode], b: list[Episode]) -> None:
    assert all(left.overlaps(right) for left, right in paired(a, b) if left and right)


@given(episodes())
def test_nothing_differs_from_itself(a: list[Episode]) -> None:
    assert list(paired(a, a)) == [(each, each) for each in a]


@given(episodes(), episodes())
def test_looked_at_from_the_other_side_new_is_gone_and_earlier_is_later(
    a: list[Episode], b: list[Episode]
) -> None:
    subject = Subject("ada", "quiet", None)
    there = [Difference(subject, *pair) for pair in paired(a, b)]
    back = [Difference(subject, *pair) for pair in paired(b, a)]
    assert sorted(MIRRORED[each.change] for each in there) == sorted(each.change for each in back)
    assert sorted(each.by for each in there if each.by) == sorted(each.by for each in back if each.by)
