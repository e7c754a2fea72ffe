"""Settings: who wins, where a value came from, what is refused, and that secrets stay secret."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli.main import app
from schemas.errors import ConfigError
from schemas.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file() -> Path:
    """The settings file of the working directory, not written yet."""
    return Path("churn-monitor.toml")


def test_without_anything_said_the_defaults_hold() -> None:
    settings = load_settings(environ={})
    assert settings == Settings()
    assert set(settings.origins().values()) == {"default"}


def test_an_option_beats_the_environment_and_that_the_file_and_that_the_default(file: Path) -> None:
    file.write_text("# ours\npartitions = 2\nprocesses = 2\nreplication = 2\n")
    environ = {"CHURN_MONITOR_PROCESSES": "3", "CHURN_MONITOR_REPLICATION": "3"}
    settings = load_settings(environ=environ, replication=4, clock=None)
    assert (settings.partitions, settings.processes, settings.replication) == (2, 3, 4)
    origins = settings.origins()
    assert origins["partitions"] == "churn-monitor.toml:2"
    assert origins["processes"] == "CHURN_MONITOR_PROCESSES"
    assert origins["replication"] == "option --replication"
    assert origins["clock"] == "default"


def test_another_file_is_read_where_one_is_named(file: Path) -> None:
    file.write_text("partitions = 2\n")
    Path("b.toml").write_text("partitions = 3\n")
    Path("c.toml").write_text("partitions = 5\n")
    environ = {"CHURN_MONITOR_CONFIG": "b.toml"}
    assert load_settings(environ=environ).partitions == 3
    assert load_settings(Path("c.toml"), environ=environ).partitions == 5


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load_settings(environ={"CHURN_MONITOR_RULES": ""}).rules is None


def test_a_duration_is_read_as_one() -> None:
    assert load_settings(environ={"CHURN_MONITOR_IDLE_AFTER": "1m30s"}).idle_after == timedelta(seconds=90)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("partitons = 2", "churn-monitor.toml:2: partitons: unknown setting; did you mean partitions"),
        ("[kafka]\nservers = 'a:1'", "churn-monitor.toml:2: kafka: should be a valid string"),
        ("zzz = 1", "churn-monitor.toml:2: zzz: unknown setting; see `churn-monitor settings`"),
        ("partitions = 0", "churn-monitor.toml:2: partitions: should be greater than or equal to 1"),
        ("clock = 'sun'", "churn-monitor.toml:2: clock: should be 'wall' or 'event'"),
        ("idle_after = 5", "churn-monitor.toml:2: idle_after: 5 is not a duration such as 14d"),
        ("idle_after = '0s'", "churn-monitor.toml:2: idle_after: should be greater than 0 seconds"),
        ("kafka = 'localhost'", "churn-monitor.toml:2: kafka: must be host:port"),
        ("app_id = 'a b'", "churn-monitor.toml:2: app_id: string should match pattern"),
        ("kafka = ", "churn-monitor.toml: not TOML: Invalid value (at line 2, column 9)"),
        ("kafka_username = 'ada'", "kafka_username and kafka_password go together"),
    ],
)
def test_a_bad_file_is_refused_with_line_key_and_what_is_allowed(file: Path, text: str, message: str) -> None:
    file.write_text(f"# the shop's\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={})
    assert str(caught.value).startswith(message)


def test_an_unknown_variable_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^CHURN_MONITOR_PROCESES: proceses: .* did you mean processes"):
        load_settings(environ={"CHURN_MONITOR_PROCESES": "2"})


def test_a_file_that_is_named_has_to_be_there() -> None:
    with pytest.raises(ConfigError, match=r"^nowhere\.toml: not readable"):
        load_settings(Path("nowhere.toml"), environ={})


def test_a_file_that_is_not_utf8_is_refused(file: Path) -> None:
    file.write_bytes(b"kafka = '\xff'")
    with pytest.raises(ConfigError, match=r"^churn-monitor\.toml: not TOML"):
        load_settings(environ={})


SECRETS = {
    "CHURN_MONITOR_REDIS": "rediss://bob:TOPSECRET@redis.example:6380/1?password=TOPSECRET",
    "CHURN_MONITOR_KAFKA_USERNAME": "bob",
    "CHURN_MONITOR_KAFKA_PASSWORD": "TOPSECRET",
}


def test_a_secret_never_prints() -> None:
    settings = load_settings(environ=SECRETS)
    assert "TOPSECRET" not in f"{settings} {settings!r} {settings.model_dump_json()}"
    assert str(settings.redis) == "rediss://***@redis.example:6380/1?***"


def test_a_bad_secret_is_not_shown_either() -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(environ={"CHURN_MONITOR_REDIS": "http://bob:TOPSECRET@x"})
    assert str(caught.value).startswith("CHURN_MONITOR_REDIS: redis: must be a URL such as redis://")
    assert "TOPSECRET" not in str(caught.value)


def test_the_client_gets_the_secret() -> None:
    options = load_settings(environ=SECRETS, kafka_tls=True).kafka_options()
    assert options["sasl_plain_password"] == SECRETS["CHURN_MONITOR_KAFKA_PASSWORD"]
    assert options["security_protocol"] == "SASL_SSL"
    assert options["ssl_context"] is not None


def test_a_client_without_login_speaks_plain_text() -> None:
    assert Settings().kafka_options() == {
        "bootstrap_servers": "localhost:9092",
        "security_protocol": "PLAINTEXT",
    }


def test_certificates_that_cannot_be_read_are_named() -> None:
    with pytest.raises(ConfigError, match=r"^kafka_ca: no readable certificates"):
        Settings(kafka_tls=True, kafka_ca=Path("/nowhere.pem")).kafka_options()


def test_the_command_shows_each_setting_masked_and_with_its_origin() -> None:
    told = CliRunner().invoke(app, ["settings", "--json"], env=SECRETS)
    assert told.exit_code == 0
    assert "TOPSECRET" not in told.output
    shown = json.loads(told.output)
    assert shown.keys() == Settings.model_fields.keys()
    assert shown["kafka_password"] == {"value": "**********", "from": "CHURN_MONITOR_KAFKA_PASSWORD"}
    assert shown["idle_after"] == {"value": "5s", "from": "default"}


def test_the_table_shows_the_same() -> None:
    told = CliRunner().invoke(app, ["settings"], env=SECRETS).output
    assert "TOPSECRET" not in told
    assert "rediss://***@redis.example:6380/1?***" in told
    assert all(name in told for name in Settings.model_fields)
