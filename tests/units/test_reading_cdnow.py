"""The readers on real purchases; where they come from is told in the folder `shared`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from monitor.offline.files import read_records, sorted_records
from monitor.offline.records import AS_RECOGNISED, Columns, RawRecord
from schemas.errors import ConfigError
from schemas.events import FACTS
from schemas.orders import OrderPlaced


@pytest.fixture(scope="module")
def cdnow(shared: Path) -> Path:
    return shared / "data" / "cdnow"


def orders_of(path: Path, columns: Columns = AS_RECOGNISED) -> list[OrderPlaced]:
    orders = []
    for record in sorted_records(path, columns=columns):
        assert isinstance(record, RawRecord)
        order = FACTS.validate_json(record.value)
        assert isinstance(order, OrderPlaced)
        orders.append(order)
    return orders


@pytest.fixture(scope="module")
def master(cdnow: Path) -> list[OrderPlaced]:
    """All orders of the master file, read once."""
    return orders_of(cdnow / "CDNOW_master.txt.gz")


def test_every_row_of_the_master_file_is_an_order_of_its_own(master: list[OrderPlaced]) -> None:
    assert len({order.id for order in master}) == 69_659
    assert len({order.subject for order in master}) == 23_570
    assert sum(order.data.amount == 0 for order in master) == 80
    times = [order.time for order in master]
    assert times == sorted(times)
    assert (f"{times[0]:%F}", f"{times[-1]:%F}") == ("1997-01-01", "1998-06-30")


def test_the_exact_duplicates_of_the_master_file_all_count(master: list[OrderPlaced]) -> None:
    rows = Counter((order.subject, order.time, order.data.amount) for order in master)
    assert sum(rows.values()) - len(rows) >= 255


def test_the_sample_holds_the_orders_of_its_customers_in_the_master_file(
    cdnow: Path, master: list[OrderPlaced]
) -> None:
    sample = orders_of(cdnow / "CDNOW_sample.txt", Columns("1", "3", "5"))
    assert len(sample) == 6_919
    chosen = {order.subject for order in sample}
    theirs = [order for order in master if order.subject in chosen]
    assert Counter((o.subject, o.time, o.data.amount) for o in sample) == Counter(
        (o.subject, o.time, o.data.amount) for o in theirs
    )


def test_the_sample_asks_for_its_customers_alone(cdnow: Path) -> None:
    with pytest.raises(ConfigError, match="--customer NUMBER"):
        read_records(cdnow / "CDNOW_sample.txt")
    assert orders_of(cdnow / "CDNOW_sample.txt", Columns(customer="1")) == orders_of(
        cdnow / "CDNOW_sample.txt", Columns("1", "3", "5")
    )
