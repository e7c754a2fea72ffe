"""The servers that a user's commands share: which folder they are in is noted in the user's state folder.

A folder that was named is used as it is. Without a name, it is the one last brought up and not yet taken
down, or else a new throw-away one.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from monitor.local import state
from monitor.local.servers import Servers
from monitor.local.state import State


def up(folder: Path | None, tell: Callable[[str], None] = lambda _line: None) -> Servers:
    """Bring the servers up, or find them up; they outlive the command. Raises like `Servers.up`."""
    with state.alone(_place()):
        home = (folder or _noted() or _throwaway()).resolve()
        # Before the start, so that servers whose start was cut short can be found and taken down.
        _note().write_text(str(home))
        return Servers.up(home, tied=False, tell=tell)


def find(folder: Path | None) -> Servers | None:
    """The servers of the folder, or those last brought up, or None when there are none."""
    home = folder or _noted()
    return Servers.find(home) if home else None


def down(folder: Path | None) -> Servers | None:
    """Take down what `find` finds, and return it, or None when there was nothing."""
    with state.alone(_place()):
        servers = find(folder)
        if servers is None:
            return None
        servers.down()
        if _noted() in (None, servers.folder):
            _note().unlink(missing_ok=True)
        return servers


def _throwaway() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="churn-monitor-"))
    state.write(folder, State(throwaway=True))
    return folder


def _noted() -> Path | None:
    """The folder last brought up, if there still is one."""
    try:
        folder = Path(_note().read_text())
    except FileNotFoundError:
        return None
    return folder if state.read(folder) else None


def _note() -> Path:
    return _place() / "folder"


def _place() -> Path:
    states = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(states) / "churn-monitor" / "local"
