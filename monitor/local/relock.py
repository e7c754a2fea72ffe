"""Writes kafka-jars.lock anew: `python -m monitor.local.relock`, after a change of the versions below.

For maintainers; it needs the network and trusts what the repository serves, so read the diff.
"""

from __future__ import annotations

from jgo.config import GlobalSettings
from jgo.maven import Artifact, MavenContext

from monitor.local.jars import LOCK, Jar, sha256_of

KAFKA = "4.3.0"
LOG4J = "2.25.4"  # the version that Kafka's own dependencies name

# With all that they need.
_WHOLE = (f"org.apache.kafka:kafka_2.13:{KAFKA}", f"org.apache.logging.log4j:log4j-slf4j-impl:{LOG4J}")
# Alone: the console tools; what else they need (Kafka Connect) serves tools that nobody asks for here.
_ALONE = (f"org.apache.kafka:kafka-tools:{KAFKA}",)

_HEAD = """\
# The jars of the embedded Kafka, each with the SHA-256 of its file, in the order of the class path.
# Made by `python -m monitor.local.relock`; `churn-monitor local fetch` accepts nothing else.
"""


def resolve(maven: MavenContext) -> list[Artifact]:
    """All artifacts, each once, those asked for first."""
    alone = [maven.create_dependency(coordinate).artifact for coordinate in _ALONE]
    found = [artifact for coordinate in _WHOLE for artifact in _with_all_it_needs(maven, coordinate)]
    return list({artifact.key: artifact for artifact in [*found, *alone]}.values())


def _with_all_it_needs(maven: MavenContext, coordinate: str) -> list[Artifact]:
    # One at a time: resolved together, the versions that Log4j's own build pins would win over Kafka's.
    inputs, transitive = maven.resolver.resolve([maven.create_dependency(coordinate)])
    needed = [*inputs, *(each for each in transitive if each.scope in {"compile", "runtime"})]
    return [each.artifact for each in needed]


def main() -> None:
    """Resolve, download, hash, write."""
    artifacts = resolve(MavenContext(repo_cache=GlobalSettings.load().repo_cache))
    jars = [Jar(each.groupId, each.artifactId, each.version, sha256_of(each.resolve())) for each in artifacts]
    LOCK.write_text(_HEAD + "".join(f"{jar}\n" for jar in jars))


if __name__ == "__main__":
    main()
