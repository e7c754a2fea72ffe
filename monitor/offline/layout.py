"""Which column holds the customer, the time and the amount: as told, by the usual names, or by content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from monitor.offline.amounts import has_fraction
from monitor.offline.dialects import Dialect, holds
from monitor.offline.names import AMOUNT, CLOCK, CUSTOMER, ORDER, PRICE, QUANTITY, TIME, bare
from monitor.offline.records import Columns
from monitor.offline.times import looks_like_clock, looks_like_time
from schemas.errors import ConfigError


@dataclass(frozen=True)
class Layout:
    """The places of columns, from 0.

    `time` is one column, or a date and the time of day beside it; `amount` is one, or two to be multiplied,
    or none.
    """

    customer: int
    time: tuple[int, ...]
    amount: tuple[int, ...]
    order: int | None


def recognise_layout(dialect: Dialect, rows: list[list[str]], asked: Columns, *, where: str) -> Layout:
    """Find the columns; raises `ConfigError` naming those there are and the option that helps."""
    found = _Finder(dialect, rows, where)
    told = found.told("--time", asked.time)
    day = found.time() if told is None else told
    time = (day, *found.clock(day)) if told is None else (day,)
    amount = found.told("--amount", asked.amount)
    amounts = found.amount(day) if amount is None else (amount,)
    customer = found.told("--customer", asked.customer)
    return Layout(
        customer=found.customer({*time, *amounts}) if customer is None else customer,
        time=time,
        amount=amounts,
        order=found.named(ORDER),
    )


def describe(layout: Layout, dialect: Dialect) -> str:
    """Say in words which columns were taken for what."""

    def called(places: Sequence[int], joined: str = " ") -> str:
        return joined.join(repr(dialect.names[at]) if dialect.names else f"column {at + 1}" for at in places)

    amount = called(layout.amount, " × ") or "not given and counts 0"
    return f"customer is {called([layout.customer])}, time is {called(layout.time)}, amount is {amount}"


class _Finder:
    def __init__(self, dialect: Dialect, rows: list[list[str]], where: str) -> None:
        self._names = dialect.names
        self._rows = rows
        self._width = dialect.width
        self._where = where
        self._places: dict[str, int] = {}
        for at, name in enumerate(dialect.names or ()):
            self._places.setdefault(bare(name), at)

    def named(self, usual: tuple[str, ...]) -> int | None:
        return next((self._places[name] for name in usual if name in self._places), None)

    def told(self, option: str, name: str | None) -> int | None:
        """Find the column that an option names: by its exact name, nearly so, or by number from 1."""
        if name is None:
            return None
        if self._names and name in self._names:
            return self._names.index(name)
        if self._names and bare(name) in self._places:
            return self._places[bare(name)]
        if name.isdecimal() and 1 <= int(name) <= self._width:
            return int(name) - 1
        near = get_close_matches(bare(name), self._places, n=3, cutoff=0.6)
        meant = ", ".join(repr(self._names[self._places[each]]) for each in near) if self._names else ""
        raise self._error(option, f"no column {name!r}", f"did you mean {meant}? " if meant else "")

    def time(self) -> int:
        """Find the times: by name where the content agrees, by content where one column alone holds times."""
        times = [at for at in range(self._width) if self._holds(at, looks_like_time)]
        named = [self._places[name] for name in TIME if name in self._places]
        for at in named:
            if at in times:
                return at
        in_words = [at for at in times if not self._holds(at, str.isdecimal)]
        for candidates in (in_words, times, named[:1]):
            if len(candidates) == 1:
                return candidates[0]
        raise self._error("--time", "no column, or more than one, looks like the time of the order")

    def clock(self, day: int) -> tuple[int, ...]:
        """Find the time of day where it stands apart from the date."""
        if self._holds(day, lambda text: ":" in text):
            return ()
        candidates = [*(self._places[name] for name in CLOCK if name in self._places), day + 1]
        return next(((at,) for at in candidates if self._holds(at, looks_like_clock)), ())

    def amount(self, day: int) -> tuple[int, ...]:
        """Find the amount; a quantity and a unit price stand for their product."""
        if (total := self.named(AMOUNT)) is not None:
            return (total,)
        quantity, price = self.named(QUANTITY), self.named(PRICE)
        if price is not None:
            return (price,) if quantity is None else (quantity, price)
        if self._names:
            return ()
        broken = [at for at in range(self._width) if at != day and self._holds(at, has_fraction)]
        return (broken[0],) if len(broken) == 1 else ()

    def customer(self, taken: set[int]) -> int:
        """Find the customers: by name, or as the only column that is left."""
        if (named := self.named(CUSTOMER)) is not None:
            return named
        left = set(range(self._width)) - taken
        if len(left) == 1:
            return left.pop()
        raise self._error("--customer", "no column looks like the customer")

    def _holds(self, at: int, test: Callable[[str], bool]) -> bool:
        return holds(self._rows, at, test)

    def _error(self, option: str, problem: str, hint: str = "") -> ConfigError:
        if self._names:
            there = f"the columns are {', '.join(repr(name[:60]) for name in self._names[:60])}"
        else:
            first = self._rows[0] if self._rows else []
            shown = ", ".join(f"{at} is {value[:60]!r}" for at, value in enumerate(first[:60], 1))
            there = f"there is no header; of the first row, {shown}"
        example = "NAME" if self._names else "NUMBER"
        return ConfigError(
            problem, where=self._where, key=option, remedy=f"{hint}{there}; give {option} {example}"
        )
