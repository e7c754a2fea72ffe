"""How long lanes stood still, by fault: from the stamps of their steps, also where a clock was stepped."""

from __future__ import annotations

from chaos.standstill import by_fault, standstills
from chaos.town import Happening


def test_pauses_lie_between_steps() -> None:
    assert [each.length for each in standstills(0, [1.0, 1.5, 4.5])] == [0.5, 3.0]


def test_a_stepped_clock_makes_no_pause() -> None:
    stamps = [1.0, 3602.0, 3603.0, 4.0, -3595.0, 6.0]
    assert [round(each.length) for each in standstills(0, stamps)] == [1] * 5


def test_the_longest_standstill_of_any_lane_counts_for_a_fault() -> None:
    story = [
        Happening(10.0, "kill", "", 2.0),
        Happening(40.0, "kill", "", 2.0),
        Happening(50.0, "stop", "", 1.0),
    ]
    pauses = [*standstills(0, [9.0, 9.5, 21.5, 25.0, 41.0, 44.5]), *standstills(1, [10.5, 14.5, 50.5, 52.5])]
    found = by_fault(story, pauses)
    assert found == {"kill": (19.75, 36.0), "stop": (2.0, 2.0)}  # the second kill found lane 1 standing


def test_a_standstill_long_after_a_fault_is_not_its_own() -> None:
    story = [Happening(10.0, "kill", "", 2.0)]
    assert by_fault(story, standstills(0, [9.0, 10.5, 11.0, 40.0, 90.0])) == {"kill": (29.0, 29.0)}
    assert by_fault(story, standstills(0, [39.0, 40.0, 90.0])) == {"kill": (0.0, 0.0)}
