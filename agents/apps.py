"""Faust apps, as we want them: settings that Faust has and ours don't, chosen once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from faust import SASLCredentials, SSLCredentials
from yarl import URL

from agents.transport import BatchApp, Positions
from monitor.adapters.clock import WallClock
from schemas.settings import Settings

SESSION = timedelta(seconds=10)
"""After this without a heartbeat, a worker's partitions go to others."""

HEARTBEAT = timedelta(seconds=3)
METADATA = timedelta(seconds=10)
"""How often to ask which topics and partitions there are. A worker that was told of none, by a broker that was just
coming up, gives out no lanes to anybody if it leads the group, until it asks again: five minutes by default.
"""

RECORDS = 12_000
BYTES = 1 << 20
"""How much one poll hands on at most, and one partition brings."""


def batch_app(
    settings: Settings, group: str, *, positions: Callable[[], Positions], clock: WallClock
) -> BatchApp:
    """An app that reads in batches as the consumer group `group`, keeps its tables and serves no web page."""
    return BatchApp(
        group,
        positions=positions,
        clock=clock,
        broker=[URL(f"kafka://{server.strip()}") for server in settings.kafka.split(",")],
        broker_credentials=_credentials(settings),
        store=URL(f"{settings.store}://"),
        datadir=settings.data_dir,
        topic_partitions=settings.partitions,
        topic_replication_factor=settings.replication,
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=max(BYTES, settings.max_event_bytes * 2),
        consumer_metadata_max_age_ms=int(METADATA / timedelta(milliseconds=1)),
        broker_max_poll_records=RECORDS,
        broker_session_timeout=SESSION.total_seconds(),
        broker_heartbeat_interval=HEARTBEAT.total_seconds(),
        stream_buffer_maxsize=32,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )


def _credentials(settings: Settings) -> Any:
    options = settings.kafka_options()
    context = options.get("ssl_context")
    if "sasl_mechanism" in options:
        return SASLCredentials(
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            mechanism=options["sasl_mechanism"],
            ssl_context=context,
        )
    return SSLCredentials(context) if context is not None else None
