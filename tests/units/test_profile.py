"""The profile in a row: told whole, read back whole, gone without a trace."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.domain.profile import NO_PROFILE, Profile, profile_of, with_profile, without_profile
from monitor.domain.state import Absence, State, with_about
from schemas.customers import CustomerProfile, ProfileUpdated
from tests.laws.strategies import at

FULL: dict[str, Any] = {
    "name": "Ada Lovelace",
    "company": "Engines Ltd",
    "contact_persons": [{"name": "Bo", "role": "buyer", "email": "bo@example.org", "phone": "+44 1"}],
    "kind": "organisation",
    "account": "A-1",
    "province": "Kent",
    "city": "Dover",
    "region": "South",
    "type": "reseller",
    "industry": "machines",
    "level": "gold",
    "source": "fair",
    "stage": "trial",
    "owner": "cy",
    "time_zone": "Europe/London",
    "language": "en",
    "birthday": "1990-12-10",
    "preferences": {"contact": "before noon"},
    "preferred_channel": "phone",
    "segments": ["b2b", "north"],
    "consent": {"birthday": True},
    "policy": "let_go",
}


def told(**content: Any) -> ProfileUpdated:
    envelope = {
        "specversion": "1.0",
        "id": "1",
        "source": "/crm",
        "subject": "ada",
        "time": at(3).isoformat(),
    }
    return ProfileUpdated.model_validate(
        {**envelope, "type": "profile.updated", "data": content}, strict=False
    )


def kept(state: State) -> Profile:
    return profile_of(state.about.profile if state.about else b"")


def test_a_row_keeps_all_that_a_profile_can_tell() -> None:
    assert set(FULL) == set(CustomerProfile.model_fields) == set(Profile.__struct_fields__) - {"updated"}


@pytest.mark.parametrize("content", [FULL, {}, *({name: value} for name, value in FULL.items())])
def test_what_a_profile_told_is_read_back(content: dict[str, Any]) -> None:
    event = told(**content)
    profile = kept(with_profile(State(), event))
    assert profile.updated == event.time
    assert profile.home_region == event.data.home_region
    for name in set(FULL) - {"contact_persons"}:
        assert getattr(profile, name) == getattr(event.data, name)
    people = [(each.name, each.role, each.email, each.phone) for each in profile.contact_persons]
    assert people == [(each.name, each.role, each.email, each.phone) for each in event.data.contact_persons]


def test_a_profile_replaces_the_one_before_whole() -> None:
    state = with_profile(with_profile(State(), told(**FULL)), told(city="Deal"))
    assert (kept(state).city, kept(state).owner) == ("Deal", None)


def test_fields_that_say_nothing_take_no_room() -> None:
    state = with_profile(State(), told())
    assert state.about is not None
    assert len(state.about.profile) < 30


def test_a_profile_that_is_gone_leaves_nothing_behind() -> None:
    assert without_profile(with_profile(State(), told(**FULL))) == State()
    assert without_profile(State()) == State()
    assert profile_of(b"") == NO_PROFILE


def test_what_else_was_told_of_a_customer_stays_with_and_without_a_profile() -> None:
    away = with_about(State(), absences=(Absence(at(1), at(2)),))
    assert without_profile(with_profile(away, told(**FULL))) == away
