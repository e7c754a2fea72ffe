from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.offline.files import read_records
from monitor.offline.records import AS_RECOGNISED, Columns, RawRecord
from schemas.errors import ConfigError


def first_event(tmp_path: Path, content: str, columns: Columns = AS_RECOGNISED) -> dict[str, Any]:
    file = tmp_path / "orders.csv"
    file.write_text(content)
    record = next(iter(read_records(file, columns=columns)))
    assert isinstance(record, RawRecord), record
    event: dict[str, Any] = msgspec.json.decode(record.value)
    return event


@pytest.mark.parametrize(
    "names",
    [
        "customer,date,amount",
        "CustomerID,OrderDate,TotalPrice",
        "Customer ID,Invoice Date,Sales",
        "customer_unique_id,order_purchase_timestamp,payment_value",
        "user_id,created_at,total",
        "Email,Created at,Total",
        "client,timestamp,revenue",
        "buyer,time,dollar_value",
        "Kundennummer,Bestelldatum,Gesamtbetrag",
    ],
)
def test_the_usual_names_are_recognised(tmp_path: Path, names: str) -> None:
    event = first_event(tmp_path, f"{names}\nada,2024-01-01 10:00,12.5\n")
    assert (event["subject"], event["time"], event["data"]) == (
        "ada",
        "2024-01-01T10:00:00Z",
        {"amount": 12.5},
    )


def test_the_order_of_the_columns_does_not_matter(tmp_path: Path) -> None:
    event = first_event(tmp_path, "amount,region,date,customer\n12.5,north,2024-01-01,ada\n")
    assert (event["subject"], event["data"]) == ("ada", {"amount": 12.5})


def test_online_retail_is_read_as_it_is(tmp_path: Path) -> None:
    event = first_event(
        tmp_path,
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,WHITE HEART,6,12/13/10 8:26,2.55,17850,United Kingdom\n",
    )
    assert (event["subject"], event["time"]) == ("17850", "2010-12-13T08:26:00Z")
    assert event["data"] == {"amount": 15.3, "order_id": "536365"}


def test_a_price_alone_is_the_amount(tmp_path: Path) -> None:
    assert first_event(tmp_path, "customer,date,price\nada,2024-01-01,12.5\n")["data"] == {"amount": 12.5}


def test_without_amounts_orders_count_nothing_and_that_is_told(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("customer,date\nada,2024-01-01\n")
    told: list[str] = []
    (record,) = read_records(file, tell=told.append)
    assert isinstance(record, RawRecord)
    assert msgspec.json.decode(record.value)["data"] == {"amount": 0}
    assert told == ["orders.csv: customer is 'customer', time is 'date', amount is not given and counts 0"]


def test_columns_are_taken_as_told(tmp_path: Path) -> None:
    content = "customer,who,date,shipped,amount,paid\nx,ada,2024-01-01,2024-01-05,1,12.5\n"
    event = first_event(tmp_path, content, Columns("who", "Shipped", "paid"))
    assert (event["subject"], event["time"], event["data"]["amount"]) == ("ada", "2024-01-05T00:00:00Z", 12.5)


def test_columns_are_told_by_number_where_names_are_missing(tmp_path: Path) -> None:
    event = first_event(tmp_path, "00004 0001 19970101 2 29.33\n" * 3, Columns("1", "3", "5"))
    assert (event["subject"], event["time"], event["data"]) == (
        "00004",
        "1997-01-01T00:00:00Z",
        {"amount": 29.33},
    )


def test_without_names_the_content_tells_where_it_leaves_no_doubt(tmp_path: Path) -> None:
    event = first_event(tmp_path, "29.33;ada;19970101\n12.00;bob;19970102\n")
    assert (event["subject"], event["time"], event["data"]) == (
        "ada",
        "1997-01-01T00:00:00Z",
        {"amount": 29.33},
    )


def test_without_names_and_in_doubt_the_first_row_is_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--customer: .*1 is '00004', 2 is '0001', 3 is '19970101'"):
        first_event(tmp_path, "00004 0001 19970101 2 29.33\n")


def test_a_time_column_with_an_unusual_name_is_known_by_its_content(tmp_path: Path) -> None:
    assert first_event(tmp_path, "customer,bought\nada,2024-01-01\n")["time"] == "2024-01-01T00:00:00Z"


def test_a_name_counts_only_where_the_content_agrees(tmp_path: Path) -> None:
    content = "customer,created,date\nada,web,2024-01-01\n"
    assert first_event(tmp_path, content)["time"] == "2024-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "content",
    [
        "customer,date,time,amount\nada,2024-01-01,10:30,1\n",
        "customer,date,amount,order_time\nada,01.01.2024,1,10:30:00\n",
        "ada,2024-01-01,10:30,1.5\n",
    ],
)
def test_a_time_of_day_beside_the_date_is_joined(tmp_path: Path, content: str) -> None:
    assert first_event(tmp_path, content)["time"] == "2024-01-01T10:30:00Z"


def test_a_wrong_name_is_told_with_those_there_are_and_those_alike(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        first_event(tmp_path, "customer,date,amount\nada,2024-01-01,1\n", Columns(customer="custmer"))
    assert str(wrong.value) == (
        "orders.csv: --customer: no column 'custmer'; did you mean 'customer'? "
        "the columns are 'customer', 'date', 'amount'; give --customer NAME"
    )


@pytest.mark.parametrize("number", ["0", "4", "99"])
def test_a_number_beyond_the_columns_is_refused(tmp_path: Path, number: str) -> None:
    with pytest.raises(ConfigError, match=f"no column '{number}'"):
        first_event(tmp_path, "ada,2024-01-01,1.5\n", Columns(amount=number))


def test_a_table_without_customers_says_which_option_helps(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give --customer NAME"):
        first_event(tmp_path, "sku,date,amount,note\nx,2024-01-01,1,y\n")
