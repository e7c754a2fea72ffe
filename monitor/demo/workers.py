"""The demo's workers: real ones, as child processes that can't outlive it unless they are let go."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from schemas.errors import StoreUnavailable
from schemas.settings import PREFIX, Settings

Role = Literal["detect", "deliver"]
ROLES: tuple[Role, ...] = get_args(Role)

TAIL_LINES = 12
_ROOT = Path(__file__).parents[2]


def environment(settings: Settings) -> dict[str, str]:
    """What a worker, or anybody at a shell, needs in the environment to be in this play."""
    told = {
        "kafka": settings.kafka,
        "redis": settings.redis.get_secret_value(),
        "topic_prefix": settings.topic_prefix,
        "app_id": settings.app_id,
        "partitions": str(settings.partitions),
        "clock": settings.clock,
        "rules": str(settings.rules.resolve()) if settings.rules else "",
    }
    return {f"{PREFIX}{name.upper()}": value for name, value in told.items() if value}


class Worker:
    """One worker of a role on its leash, with a folder of its own below `settings.data_dir`."""

    def __init__(self, role: Role, settings: Settings, lives_with: Path) -> None:
        self.role = role
        home = settings.data_dir / role
        home.mkdir(parents=True)
        self._log = home / "worker.log"
        command = [
            sys.executable,
            "-m",
            "monitor.cli.main",
            "worker",
            "--role",
            role,
            "--data-dir",
            str(home),
        ]
        with self._log.open("wb") as log:
            self._leash = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-m", "monitor.demo.leash", str(lives_with), *command],
                cwd=home,  # where no settings file lies
                env=_clean(os.environ) | environment(settings) | _own(settings),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us, and we tell them
            )

    def check(self) -> None:
        """Raise `StoreUnavailable`, with the end of its log, if the worker has ended."""
        if (code := self._leash.poll()) is not None:
            raise StoreUnavailable(
                f"the worker ended with code {code}\n{self.last_words()}", address=f"role {self.role}"
            )

    def last_words(self) -> str:
        """The end of the worker's log."""
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return "\n".join(lines[-TAIL_LINES:])

    def let_go(self) -> None:
        """Let the worker live on after us, for as long as the servers do."""
        if self._leash.stdin is not None:
            self._leash.stdin.write(b"!")
            self._leash.stdin.close()

    def ask_to_end(self) -> None:
        """Begin to stop the worker."""
        if self._leash.stdin is not None:
            self._leash.stdin.close()

    def wait(self) -> None:
        """Wait until the worker has ended."""
        self._leash.wait()


def _clean(ours: Mapping[str, str]) -> dict[str, str]:
    """Our environment without settings, and so that the worker finds this code wherever it starts."""
    path = os.pathsep.join(filter(None, (str(_ROOT), ours.get("PYTHONPATH"))))
    kept = {name: value for name, value in ours.items() if not name.startswith(PREFIX)}
    return kept | {"PYTHONPATH": path}


def _own(settings: Settings) -> dict[str, str]:
    """What only workers need: on the event clock, time passes by events and by what the player says."""
    idle = f"{settings.idle_after.total_seconds():.0f}s"
    return {f"{PREFIX}IDLE_AFTER": idle, f"{PREFIX}LOG_LEVEL": settings.log_level}
