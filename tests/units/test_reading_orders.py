from __future__ import annotations

import gzip
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.offline.files import read_records, sorted_records
from monitor.offline.records import AS_RECOGNISED, Columns, RawRecord, Record, RejectedRow
from monitor.offline.times import checked_format
from schemas.dead_letters import Reason
from schemas.errors import ConfigError
from schemas.events import FACTS, Fact

HEADER = "customer,date,amount\n"


def write(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


def events(records: list[Record]) -> list[Fact]:
    return [FACTS.validate_json(record.value) for record in records if isinstance(record, RawRecord)]


def read(
    tmp_path: Path, rows: str, columns: Columns = AS_RECOGNISED, name: str = "orders.csv"
) -> list[Record]:
    return list(read_records(write(tmp_path / name, HEADER + rows), columns=columns))


def test_a_row_is_an_order_that_the_contract_accepts(tmp_path: Path) -> None:
    (order,) = events(read(tmp_path, '"Ada ""the first"" \u20ac",2024-01-01,12.5\n'))
    assert (order.type, order.subject, order.source) == (
        "order.placed",
        'Ada "the first" €',
        "/files/orders.csv",
    )


def test_equal_rows_are_orders_of_their_own(tmp_path: Path) -> None:
    orders = events(read(tmp_path, "ada,2024-01-01,12.5\n" * 2))
    assert len({order.id for order in orders}) == 2


def test_reading_again_gives_the_same_events(tmp_path: Path) -> None:
    rows = "ada,2024-01-01,12.5\nbob,2024-01-01,7\n"
    assert read(tmp_path, rows) == read(tmp_path, rows)


def test_a_packed_copy_gives_the_same_events(tmp_path: Path) -> None:
    plain = write(tmp_path / "orders.csv", HEADER + "ada,2024-01-01,12.5\n")
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert events(list(read_records(packed))) == events(list(read_records(plain)))


def test_other_rows_under_the_same_name_have_other_ids(tmp_path: Path) -> None:
    (one,), (other,) = (
        events(read(tmp_path, "ada,2024-01-01,1\n")),
        events(read(tmp_path, "ada,2024-02-01,1\n")),
    )
    assert one.id != other.id


def test_a_file_that_grew_keeps_the_ids_it_had(tmp_path: Path) -> None:
    before = events(read(tmp_path, "ada,2024-01-01,1\n"))
    assert events(read(tmp_path, "ada,2024-01-01,1\nbob,2024-01-02,1\n"))[:1] == before


def test_the_zone_moves_the_time_and_not_the_id(tmp_path: Path) -> None:
    (here,) = events(read(tmp_path, "ada,2024-01-01,1\n"))
    (there,) = events(read(tmp_path, "ada,2024-01-01,1\n", Columns(zone=ZoneInfo("Asia/Tokyo"))))
    assert (here.time - there.time).total_seconds() == 9 * 3600
    assert here.id == there.id


def test_the_source_is_a_uri_whatever_the_file_is_called(tmp_path: Path) -> None:
    (order,) = events(read(tmp_path, "ada,2024-01-01,1\n", name='Ü 100% "x".csv'))
    assert order.source == "/files/%C3%9C%20100%25%20%22x%22.csv"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",2024-01-02,1", Reason.missing_subject),
        ("  ,2024-01-02,1", Reason.missing_subject),
        ("NaN,2024-01-02,1", Reason.missing_subject),
        (f"{'x' * 257},2024-01-02,1", Reason.bad_field),
        ("bob,soon,1", Reason.bad_time),
        ("bob,,1", Reason.bad_time),
        ("bob,2024-02-30,1", Reason.bad_time),
        ("bob,2024-01-02,much", Reason.bad_amount),
        ("bob,2024-01-02,", Reason.bad_amount),
        ("bob,2024-01-02,-3", Reason.bad_amount),
        ("bob,2024-01-02,inf", Reason.bad_amount),
        ("bob,2024-01-02", Reason.bad_field),
        ("bob,2024-01-02,1,2", Reason.bad_field),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_its_neighbours_stay(
    tmp_path: Path, row: str, reason: Reason
) -> None:
    before, rejected, after = read(tmp_path, f"ada,2024-01-01,1\n{row}\ncyd,2024-01-03,1\n")
    assert isinstance(rejected, RejectedRow)
    assert (rejected.place, rejected.position, rejected.raw) == ("orders.csv:3", 1, row.encode())
    assert rejected.reason is reason
    assert [order.subject for order in events([before, after])] == ["ada", "cyd"]


def test_why_a_row_was_rejected_does_not_repeat_what_stood_in_it(tmp_path: Path) -> None:
    _, rejected = read(tmp_path, "ada,2024-01-01,1\nbob,secret,1\n")
    assert isinstance(rejected, RejectedRow)
    assert rejected.detail == "time: not one that can be read"


def test_the_raw_row_is_kept_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(HEADER.encode() + b'ada,2024-01-01,1\r\n"M\xfcller\r\n",never,1\r\n')
    _, rejected = read_records(file)
    assert isinstance(rejected, RejectedRow)
    assert rejected.raw == b'"M\xfcller\r\n",never,1'


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (["01/02/2024", "13/02/2024"], "2024-02-01"),
        (["01/02/2024", "02/13/2024"], "2024-01-02"),
        (["01/02/2024"] * 5000 + ["31/12/2024"], "2024-02-01"),
        (["01/01/2024"] * 5000 + ["01/02/2024", "12/31/2024"], "2024-01-01"),
        (["05/05/2024"], "2024-05-05"),
    ],
)
def test_the_order_of_day_and_month_is_found_in_the_file(
    tmp_path: Path, dates: list[str], first: str
) -> None:
    records = read(tmp_path, "".join(f"ada,{date},1\n" for date in dates))
    assert len(events(records[:1] + records[-2:])) == len(records[:1] + records[-2:])
    assert f"{events(records)[0].time:%Y-%m-%d}" == first


def test_an_order_of_day_and_month_that_no_date_shows_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--time-format dmy"):
        read(tmp_path, "ada,01/02/2024,1\nada,03/04/2024,1\n")


def test_dates_that_contradict_each_other_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="both orders"):
        read(tmp_path, "ada,01/13/2024,1\nada,13/01/2024,1\n")


def test_the_order_of_day_and_month_is_taken_as_told(tmp_path: Path) -> None:
    first, second = read(tmp_path, "ada,01/13/2024,1\nada,13/01/2024,1\n", Columns(time_format="mdy"))
    assert isinstance(first, RawRecord)
    assert isinstance(second, RejectedRow)


def test_times_of_a_pattern_of_their_own_are_read_by_it(tmp_path: Path) -> None:
    read_as = Columns(time_format=checked_format("%d-%b-%y %H.%M"))
    first, second = read(tmp_path, "ada,31-Dec-23 18.30,1\nada,2024-01-01,1\n", read_as)
    assert isinstance(first, RawRecord)
    assert b'"time":"2023-12-31T18:30:00' in first.value
    assert isinstance(second, RejectedRow)


@pytest.mark.parametrize("text", ["ymd", "%d.%m.", "%Q", "31.12.2024", ""])
def test_a_format_that_gives_no_date_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="--time-format"):
        checked_format(text)


def test_rows_out_of_order_are_sorted_and_equal_times_stay_as_they_stand(tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv", HEADER + "c,2024-01-03,1\na,2024-01-01,1\nb,2024-01-03,1\nx,never,1\n")
    records = list(sorted_records(file))
    assert [record.place for record in records] == ["o.csv:5", "o.csv:3", "o.csv:2", "o.csv:4"]
    assert [record.position for record in records] == [3, 1, 0, 2]


def test_sorting_looks_at_moments_and_not_at_texts(tmp_path: Path) -> None:
    rows = "c,2024-01-01T00:00:00.5Z,1\nb,2024-01-01T00:00:00Z,1\na,2024-01-01T01:00:00+02:00,1\n"
    file = write(tmp_path / "o.csv", HEADER + rows)
    assert [order.subject for order in events(list(sorted_records(file)))] == ["a", "b", "c"]


def test_what_was_consumed_grows_to_the_size_of_the_file_also_when_sorted(tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv", HEADER + "c,2024-01-03,1\nx,never,1\na,2024-01-01,1\n")
    consumed = [record.consumed for record in sorted_records(file)]
    assert consumed == sorted(consumed)
    assert consumed[-1] == file.stat().st_size


def test_rows_in_order_are_not_touched(tmp_path: Path) -> None:
    file = write(tmp_path / "o.csv", HEADER + "a,2024-01-01,1\nx,never,1\nb,2024-01-01,1\nc,2024-01-02,1\n")
    assert list(sorted_records(file)) == list(read_records(file))


def test_json_lines_are_never_put_in_another_order(tmp_path: Path) -> None:
    file = write(tmp_path / "e.jsonl", '{"time":"2024-01-02T00:00:00Z"}\n{"time":"2024-01-01T00:00:00Z"}\n')
    assert list(sorted_records(file)) == list(read_records(file))
