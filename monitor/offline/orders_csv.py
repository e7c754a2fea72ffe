"""Rows of a CSV as `order.placed` events. How they are written and laid out is not known here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from operator import itemgetter
from urllib.parse import quote

import msgspec
from xxhash import xxh3_64_hexdigest

from monitor.offline.amounts import amount_reader, decimal_mark, product_reader
from monitor.offline.blocks import Content
from monitor.offline.by_time import by_time
from monitor.offline.dialects import column, recognise_dialect
from monitor.offline.layout import Layout, describe, recognise_layout
from monitor.offline.lines import Lines, read_rows
from monitor.offline.records import Columns, DateOrder, RawRecord, Record, RejectedRow, Tell
from monitor.offline.times import day_and_month, time_reader
from schemas.dead_letters import Reason
from schemas.errors import ConfigError, ContractError

SAMPLE_LINES = 1000
LONGEST_SUBJECT, LONGEST_SOURCE, LONGEST_ORDER_ID = 256, 512, 128
ABSENT = {"", "nan", "null", "none", "n/a", "\\n"}
encode = msgspec.json.Encoder().encode

TextOf = Callable[[list[str]], str]


class OrdersCsv:
    """A CSV of orders, recognised; raises `ConfigError` where the file doesn't tell enough to be read."""

    def __init__(self, content: Content, columns: Columns, tell: Tell) -> None:
        self._content = content
        self._tell: Tell = lambda notice: tell(f"{content.name}: {notice}")
        self._dialect, sample = recognise_dialect(list(islice(Lines(content.again()).after(0), SAMPLE_LINES)))
        self._layout = recognise_layout(self._dialect, sample, columns, where=content.name)
        self._time_text = _time_text(self._layout)
        order = columns.time_format or self._date_order()
        self._time = time_reader(columns.zone, order)
        self._data = _data_writer(self._layout, sample)
        self._start = f'{{"specversion":"1.0","source":{json(source_of(content.name))},"type":"order.placed"'
        self._tell(describe(self._layout, self._dialect) + (f", dates are {order}" if order else ""))

    def records(self) -> Iterator[Record]:
        """Yield the rows as they stand."""
        return map(itemgetter(1), self._timed())

    def sorted_records(self) -> Iterator[Record]:
        """Read all rows into memory and yield them by time, equal times as they stand, rejected first."""
        return by_time(self._timed())

    def is_sorted(self) -> bool:
        """Whether the rows stand in the order of their times; looks up to the first that doesn't."""
        return all(earlier <= later for earlier, later in pairwise(self._times()))

    def _timed(self) -> Iterator[tuple[str, Record]]:
        """Yield each row's time, as text that sorts as the times do ("" if rejected), and its record."""
        name = self._content.name
        lines = Lines(self._content.again(), self._tell)
        new = tuple.__new__  # half the price of the class's own
        for position, (first, last, fields) in enumerate(read_rows(lines, self._dialect)):
            try:
                time, value = self._event(first, fields)
            except ContractError as refusal:
                given = lines.raw(first, last), refusal.reason, refusal.detail
                yield "", RejectedRow(f"{name}:{first}", position, *given, lines.consumed)
            else:
                yield time, new(RawRecord, (f"{name}:{first}", position, value, lines.consumed))

    def _times(self) -> Iterator[str]:
        for fields in self._whole_rows():
            try:
                yield self._time(self._time_text(fields))
            except ContractError:
                continue

    def _event(self, line: int, fields: list[str]) -> tuple[str, bytes]:
        if len(fields) != self._dialect.width:
            raise ContractError(
                Reason.bad_field, f"{len(fields)} columns where {self._dialect.width} are expected"
            )
        subject = _subject(fields[self._layout.customer])
        time = self._time(self._time_text(fields))
        # The line keeps equal rows apart, the hash equal lines of files that bear the same name.
        event = (
            f'{self._start},"id":"{line}-{_digest(fields)}",'
            f'"subject":{subject},"time":"{time}Z","data":{self._data(fields)}}}'
        )
        return time, event.encode()

    def _whole_rows(self) -> Iterator[list[str]]:
        rows = read_rows(Lines(self._content.again()), self._dialect)
        return (fields for _, _, fields in rows if len(fields) == self._dialect.width)

    def _date_order(self) -> DateOrder | None:
        """Find the order of day and month: in the first rows, or else in the first row that shows it."""
        sample = map(self._time_text, islice(self._whole_rows(), SAMPLE_LINES))
        found: set[str | None] = set(map(day_and_month, sample))
        if found & {"same", "either"} and not found & {"dmy", "mdy"}:
            found |= self._orders_to_first_shown()
        if "dmy" in found and "mdy" in found:
            raise self._unclear("the dates show both orders of day and month")
        if "dmy" in found or "mdy" in found:
            return "dmy" if "dmy" in found else "mdy"
        if "either" in found:
            raise self._unclear("no date tells day from month")
        return None

    def _unclear(self, problem: str) -> ConfigError:
        return ConfigError(
            problem,
            where=self._content.name,
            key="--time-format",
            remedy="give --time-format dmy for 31/12/2024, --time-format mdy for 12/31/2024",
        )

    def _orders_to_first_shown(self) -> set[str | None]:
        found: set[str | None] = set()
        for text in map(self._time_text, self._whole_rows()):
            found.add(shown := day_and_month(text))
            if shown in {"dmy", "mdy"}:
                break
        return found


def _digest(fields: list[str]) -> str:
    return xxh3_64_hexdigest(",".join(fields).encode())


def source_of(name: str) -> str:
    """The CloudEvents source of the events of a file; packing the file doesn't change it."""
    return ("/files/" + quote(name.removesuffix(".gz")))[:LONGEST_SOURCE]


def _time_text(layout: Layout) -> TextOf:
    if len(layout.time) == 1:
        return itemgetter(layout.time[0])
    day, clock = layout.time
    return lambda fields: f"{fields[day].strip()} {fields[clock].strip()}".strip()


def _subject(text: str) -> str:
    """Read a customer as a JSON text; raises `ContractError`."""
    subject = text.strip()
    if subject.casefold() in ABSENT:
        raise ContractError(Reason.missing_subject, "customer: missing")
    if len(subject) > LONGEST_SUBJECT:
        raise ContractError(Reason.bad_field, f"customer: longer than {LONGEST_SUBJECT} characters")
    return json(subject)


def json(text: str) -> str:
    """Write a text as JSON."""
    return encode(text).decode()


def _data_writer(layout: Layout, sample: list[list[str]]) -> TextOf:
    """Make the writer of an event's `data`."""
    amount = _amount_text(layout, sample)
    if layout.order is None:
        return lambda fields: f'{{"amount":{amount(fields)}}}'
    order = layout.order

    def write(fields: list[str]) -> str:
        order_id = fields[order].strip()
        if not order_id or len(order_id) > LONGEST_ORDER_ID:
            return f'{{"amount":{amount(fields)}}}'
        return f'{{"amount":{amount(fields)},"order_id":{json(order_id)}}}'

    return write


def _amount_text(layout: Layout, sample: list[list[str]]) -> TextOf:
    mark = decimal_mark(value for at in layout.amount for value in column(sample, at))
    match layout.amount:
        case (only,):
            read = amount_reader(mark)
            return lambda fields: read(fields[only])
        case (quantity, price):
            multiply = product_reader(mark)
            return lambda fields: multiply(fields[quantity], fields[price])
        case _:
            return lambda _: "0"
