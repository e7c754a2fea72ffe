"""The schedule of faults: repeated by its seed, every kind once before any comes again, done in time."""

from __future__ import annotations

from itertools import pairwise

import pytest

from chaos.faults import FAULTS
from chaos.schedule import names_of, schedule
from schemas.errors import ConfigError

HOUR = 3600.0


def test_a_seed_is_the_same_schedule_every_time_and_another_seed_another() -> None:
    assert schedule(1, HOUR, tuple(FAULTS)) == schedule(1, HOUR, tuple(FAULTS))
    assert schedule(1, HOUR, tuple(FAULTS)) != schedule(2, HOUR, tuple(FAULTS))


def test_each_kind_comes_once_before_any_comes_again() -> None:
    names = [each.fault for each in schedule(3, HOUR, tuple(FAULTS))]
    for start in range(0, len(names) - len(FAULTS), len(FAULTS)):
        assert sorted(names[start : start + len(FAULTS)]) == sorted(FAULTS)


def test_no_fault_begins_before_the_last_one_is_over_and_all_end_in_time() -> None:
    planned = schedule(4, 600, tuple(FAULTS))
    assert all(one.at + FAULTS[one.fault].takes < other.at for one, other in pairwise(planned))
    assert planned[-1].at + FAULTS[planned[-1].fault].takes <= 600


def test_half_an_hour_has_at_least_sixty_faults_of_twelve_kinds() -> None:
    names = [each.fault for each in schedule(5, HOUR / 2, tuple(FAULTS))]
    assert len(names) >= 60
    assert len(set(names)) >= 12


def test_faults_are_named_on_the_command_line() -> None:
    assert names_of("kill, burst") == ("kill", "burst")
    assert names_of(None) == tuple(FAULTS)
    with pytest.raises(ConfigError, match="no such fault"):
        names_of("kill,flood")
