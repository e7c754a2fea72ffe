"""Proof of a run: what a lane told, held against what it must have told. Pure; reading topics is for others.

The lane is repeated by the engine, step by step as `churn.steps` recorded them (docs/explanation/exactness.md).
"""

from __future__ import annotations

from monitor.offline.proof.copies import copied
from monitor.offline.proof.divergence import Divergence, Kind
from monitor.offline.proof.following import FACTS, Follower, Given, Unknown
from monitor.offline.proof.lane import LaneProof, Proven
from monitor.offline.proof.seen import NAMED, Place, Seen, digest_of

__all__ = [
    "FACTS",
    "NAMED",
    "Divergence",
    "Follower",
    "Given",
    "Kind",
    "LaneProof",
    "Place",
    "Proven",
    "Seen",
    "Unknown",
    "copied",
    "digest_of",
]
