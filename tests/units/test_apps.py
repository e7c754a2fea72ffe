"""What Faust is told: in time for what operators can wait for."""

from __future__ import annotations

from datetime import timedelta

from agents.apps import HEARTBEAT, SESSION, batch_app
from monitor.adapters.clock import WallClock
from schemas.settings import Settings


def test_a_worker_asks_often_which_topics_there_are() -> None:
    app = batch_app(Settings(), "group", positions=dict, clock=WallClock())
    assert timedelta(milliseconds=app.conf.consumer_metadata_max_age_ms) <= timedelta(seconds=15)


def test_a_session_outlives_two_heartbeats_that_were_lost() -> None:
    assert SESSION > 3 * HEARTBEAT
