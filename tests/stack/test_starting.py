"""What a worker refuses to start on: one error that says what to put right, and an exit code."""

from __future__ import annotations

from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from monitor.local import Servers
from monitor.local.ports import choose
from tests.stack.stage import staged
from tests.stack.workers import Worker, as_environment

RULES = "version: 1\nrules: [{name: overdue, kind: silence, of: order.placed, quiet_for: 14d}]\n"
WRONG = """version: 1
rules:
  - name: overdue
    kind: silence
    of: order.placed
    quiet_for: two weeks
"""


def only_line(worker: Worker) -> str:
    """The one line that it has said."""
    (line,) = worker.log().splitlines()
    return line


async def test_a_wrong_rule_file_is_one_error_with_file_line_and_key(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text(WRONG)
    worker = Worker("worker", tmp_path, as_environment({"rules": rules}))
    assert (await worker.ended()).code == 2
    line = only_line(worker)
    assert f"{rules}:6" in line
    assert "quiet_for" in line


async def test_a_wrong_setting_is_one_error_with_variable_and_key(tmp_path: Path) -> None:
    worker = Worker("worker", tmp_path, as_environment({"late_allowance": "soon"}))
    assert (await worker.ended()).code == 2
    line = only_line(worker)
    assert "CHURN_MONITOR_LATE_ALLOWANCE" in line
    assert "10s" in line


async def test_a_broker_that_is_not_there_is_named_when_patience_ends(tmp_path: Path) -> None:
    (port,) = choose(1)
    address = f"127.0.0.1:{port}"
    worker = Worker("worker", tmp_path, as_environment({"kafka": address, "broker_patience": "2s"}))
    ended = await worker.ended()
    assert ended.code == 3
    assert 2 <= ended.took.total_seconds() < 15
    last = worker.log().splitlines()[-1]
    assert address in last
    assert "2s" in last
    assert "Traceback" not in worker.log()


async def test_unequal_partition_counts_are_refused_with_the_remedy(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES) as stage:
        admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
        await admin.start()
        await admin.create_partitions({f"{prefix}tickets": NewPartitions(3)})
        await admin.close()
        worker = stage.start()
        assert (await worker.ended()).code == 2
        line = only_line(worker)
        assert f"{prefix}tickets" in line
        assert "expected 2, found 3" in line
        assert "make it anew with 2" in line


async def test_topics_that_are_missing_are_refused_with_the_command(
    servers: Servers, prefix: str, tmp_path: Path
) -> None:
    async with staged(servers, prefix, tmp_path, RULES) as stage:
        worker = stage.start(topic_prefix=f"{prefix}other-")
        assert (await worker.ended()).code == 2
        assert "churn-monitor topics ensure" in only_line(worker)


async def test_a_data_folder_in_use_is_refused(servers: Servers, prefix: str, tmp_path: Path) -> None:
    async with staged(servers, prefix, tmp_path, RULES) as stage:
        await stage.share("worker")
        second = stage.start("second", data_dir=tmp_path / "worker")
        assert (await second.ended()).code == 2
        line = only_line(second)
        assert str(tmp_path / "worker") in line
        assert "--processes" in line
