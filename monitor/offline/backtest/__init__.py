"""What rules would have been worth: warnings held against what customers did, thresholds, and scores.

Pure functions on arrays; durations in them are days, as floats. Needs the extra `churn-monitor[backtest]`; without
it, importing this package raises ConfigError.
"""

from __future__ import annotations

from importlib.util import find_spec

from schemas.errors import ConfigError

_EXTRA = ("jinja2", "matplotlib", "numpy", "scipy")

if _missing := [name for name in _EXTRA if find_spec(name) is None]:
    raise ConfigError(
        f"a backtest needs {', '.join(_missing)}", remedy="pip install 'churn-monitor[backtest]'"
    )
