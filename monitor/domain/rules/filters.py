"""Which flavours of events (observe.py) a rule counts: types, each with the values its fields may have."""

from __future__ import annotations

from collections.abc import Mapping

Where = Mapping[str, tuple[str, ...]]


class Filters(dict[str, bool]):
    """Whether a flavour belongs, told by filters: it does if any of them matches it.

    Answers are remembered: there are few flavours, and they are asked for with every event.
    """

    def __init__(self, *filters: tuple[str, Where]) -> None:
        super().__init__()
        self._filters = filters
        self.types = frozenset(kind for kind, _ in filters)
        self.told = " or ".join(_told(kind, where) for kind, where in filters)

    def __missing__(self, flavour: str) -> bool:
        known = self[flavour] = self._matches(flavour)
        return known

    def _matches(self, flavour: str) -> bool:
        kind, *told = flavour.split(" ")
        fields = dict(field.split("=", 1) for field in told)
        return any(
            kind == wanted and all(fields.get(k) in v for k, v in where.items())
            for wanted, where in self._filters
        )


def _told(kind: str, where: Where) -> str:
    values = ["/".join(values) for values in where.values()]
    return f"{kind} ({', '.join(values)})" if values else kind
