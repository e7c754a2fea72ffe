from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.files import read_records
from monitor.offline.records import AS_RECOGNISED, Columns, RawRecord, RejectedRow
from schemas.dead_letters import Reason
from schemas.errors import ConfigError

ADA_AND_BOB = [("ada", "2024-01-01T00:00:00Z", 12.5), ("bob", "2024-01-02T00:00:00Z", 7.0)]


def orders_of(
    tmp_path: Path, content: str | bytes, columns: Columns = AS_RECOGNISED
) -> list[tuple[str, str, float]]:
    """Customer, time and amount of each order in a file of that content."""
    events = [
        msgspec.json.decode(record.value)
        for record in records_of(tmp_path, content, columns)
        if isinstance(record, RawRecord)
    ]
    return [(event["subject"], event["time"], event["data"]["amount"]) for event in events]


def records_of(tmp_path: Path, content: str | bytes, columns: Columns = AS_RECOGNISED) -> list[Any]:
    file = tmp_path / "orders.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read_records(file, columns=columns))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", "   ", " \t"])
def test_the_delimiter_is_recognised(tmp_path: Path, delimiter: str) -> None:
    rows = [["customer", "date", "amount"], ["ada", "2024-01-01", "12.50"], ["bob", "2024-01-02", "7.00"]]
    content = "".join(delimiter.join(row) + "\n" for row in rows)
    assert orders_of(tmp_path, content) == ADA_AND_BOB


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(tmp_path: Path, end: str) -> None:
    assert orders_of(
        tmp_path, end.join(["customer,date,amount", "ada,2024-01-01,12.5", "", "bob,2024-01-02,7"])
    ) == (ADA_AND_BOB)


def test_decimal_commas_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    content = "Kunde;Datum;Betrag\nada;01.01.2024;12,50\nbob;02.01.2024;7,00\n"
    assert orders_of(tmp_path, content) == ADA_AND_BOB
    spaced = "customer date amount\nada 01.01.2024 12,50\nbob 02.01.2024 7,00\n"
    assert orders_of(tmp_path, spaced) == ADA_AND_BOB


def test_spaces_within_a_time_do_not_pass_for_delimiters(tmp_path: Path) -> None:
    content = "customer,date,amount\nada,Jan 1 2024,12.50\nbob,Jan 2 2024,7.00\n"
    assert orders_of(tmp_path, content) == ADA_AND_BOB


def test_a_single_row_below_a_header_is_enough(tmp_path: Path) -> None:
    assert orders_of(tmp_path, "customer,date,amount\nada,2024-01-01,12.5") == ADA_AND_BOB[:1]


def test_a_header_alone_has_no_orders(tmp_path: Path) -> None:
    assert orders_of(tmp_path, "customer,date,amount\n") == []


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert (
        orders_of(tmp_path, "\ufeffcustomer,date,amount\nada,2024-01-01,12.5\nbob,2024-01-02,7\n")
        == ADA_AND_BOB
    )


def test_a_time_of_day_after_white_space_belongs_to_its_date(tmp_path: Path) -> None:
    content = "customer time amount\nada 2024-01-01 10:30:00 12.5\nbob 2024-01-02 11:00:00 7\n"
    assert [time for _, time, _ in orders_of(tmp_path, content)] == [
        "2024-01-01T10:30:00Z",
        "2024-01-02T11:00:00Z",
    ]


def test_rows_between_white_space_are_aligned_from_the_right(tmp_path: Path) -> None:
    content = " id date cds dollar_value\n 00001 19970101 1 11.77\n 00004 0001 19970102 2 29.33\n"
    assert orders_of(tmp_path, content, Columns(customer="id")) == [
        ("00001", "1997-01-01T00:00:00Z", 11.77),
        ("00004 0001", "1997-01-02T00:00:00Z", 29.33),
    ]


def test_delimiters_at_the_end_of_lines_are_no_columns(tmp_path: Path) -> None:
    content = "customer;date;amount\nada;2024-01-01;12.5;\nbob;2024-01-02;7;;\n"
    assert orders_of(tmp_path, content) == ADA_AND_BOB
    assert orders_of(tmp_path, content.replace("amount", "amount;")) == ADA_AND_BOB


def test_a_quoted_field_may_hold_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    content = 'customer,note,date\n"a,""d""\na",x,2024-01-01\nbob,"two\nlines",2024-01-02\ncyd,,2024-01-03\n'
    records = records_of(tmp_path, content)
    assert [msgspec.json.decode(record.value)["subject"] for record in records] == ['a,"d"\na', "bob", "cyd"]
    assert [record.place for record in records] == ["orders.csv:2", "orders.csv:4", "orders.csv:6"]


def test_a_stray_quote_costs_its_own_line_alone(tmp_path: Path) -> None:
    content = 'customer,date,note\nada,2024-01-01,"5 inch\n' + "bob,2024-01-02,ok\n" * 3
    first, *others = records_of(tmp_path, content)
    assert (first.place, first.raw, first.reason) == (
        "orders.csv:2",
        b'ada,2024-01-01,"5 inch',
        Reason.bad_field,
    )
    assert [record.place for record in others] == ["orders.csv:3", "orders.csv:4", "orders.csv:5"]
    assert all(isinstance(record, RawRecord) for record in others)


@pytest.mark.parametrize("field", [0, 1, 2])
def test_a_stray_quote_costs_its_own_line_alone_in_a_long_file(tmp_path: Path, field: int) -> None:
    row = ["ada", "2024-01-01", "ok"]
    row[field] = '"' + row[field]
    good = [f"c{n},2024-01-02,ok" for n in range(60_000)]
    lines = ["customer,date,note", *good[:30_000], ",".join(row), *good[30_000:]]
    records = records_of(tmp_path, "\n".join(lines))
    rejected = [record for record in records if isinstance(record, RejectedRow)]
    assert [record.place for record in rejected] == ["orders.csv:30002"]
    assert len(records) == 60_001


def test_text_that_is_not_utf8_is_read_as_windows_1252_and_told_once(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(
        b"customer,date\nada,2024-01-01\nM\xfcller,2024-01-02\nFran\xe7ois,2024-01-03\n"
        + "Žofie,2024-01-04\n".encode()
    )
    told: list[str] = []
    records = [record for record in read_records(file, tell=told.append) if isinstance(record, RawRecord)]
    assert [msgspec.json.decode(record.value)["subject"] for record in records] == [
        "ada",
        "Müller",
        "François",
        "Žofie",
    ]
    assert told[1:] == ["orders.csv: line 3 is not UTF-8: such lines are read as Windows-1252"]


@pytest.mark.parametrize(
    "content", ["one\ntwo\nthree\n", "# Title\n\nSome words, and others.\n", "\x00\x01\x02\n"]
)
def test_a_text_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(ConfigError, match="--time"):
        orders_of(tmp_path, content)


customers = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=20
).filter(
    lambda text: (
        text.casefold() not in {"nan", "null", "none", "n/a", "\\n"} and not text.startswith("\ufeff")
    )
)
orders = st.lists(
    st.tuples(
        customers,
        st.datetimes().map(lambda t: t.replace(year=2024, microsecond=0, day=1)),
        st.integers(0, 10**7),
    ),
    min_size=1,
    max_size=30,
)


@given(
    orders=orders,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    mark=st.sampled_from(".,"),
)
def test_what_pythons_csv_writes_in_any_dialect_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    orders: list[tuple[str, Any, int]],
    delimiter: str,
    quoting: Any,
    end: str,
    mark: str,
) -> None:
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)
    writer.writerow(["Customer ID", "Order Date", "Total"])
    for customer, time, cents in orders:
        writer.writerow([customer, time, f"{cents / 100:.2f}".replace(".", mark)])
    assert orders_of(tmp_path_factory.mktemp("csv"), text.getvalue()) == [
        (customer, f"{time.isoformat()}Z", cents / 100) for customer, time, cents in orders
    ]


@given(
    content=st.binary(max_size=200)
    | st.lists(
        st.sampled_from(['"', ",", ";", "\n", "\r", " ", "ada", "2024-01-01", "1/2/24", "5", "\ufeff", "é"])
    ).map(lambda parts: ("customer,date,amount\nada,2024-01-01,1\n" + "".join(parts)).encode())
)
def test_any_content_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    try:
        records = records_of(tmp_path_factory.mktemp("any"), content)
    except ConfigError:
        return
    assert [record.position for record in records] == list(range(len(records)))


@given(noise=st.lists(st.sampled_from(["", '"', "x,", '"a,b', "bob,never,1", ",,", "\x00"]), max_size=8))
def test_no_noise_takes_a_good_row_away(tmp_path_factory: pytest.TempPathFactory, noise: list[str]) -> None:
    good = [f"c{n},2024-01-0{n + 1},1" for n in range(9)]
    lines = [line for pair in zip(good, [*noise, *[""] * 9], strict=False) for line in pair]
    content = "\n".join(["customer,date,amount", *lines])
    assert [order[0] for order in orders_of(tmp_path_factory.mktemp("noise"), content)] == [
        f"c{n}" for n in range(9)
    ]
