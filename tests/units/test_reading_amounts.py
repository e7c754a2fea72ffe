from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.offline.amounts import (
    DecimalMark,
    amount_reader,
    decimal_mark,
    looks_like_number,
    product_reader,
)
from schemas.dead_letters import Reason
from schemas.errors import ContractError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("11.77", 11.77),
        ("0", 0),
        ("12.00", 12),
        ("007", 7),
        (".5", 0.5),
        ("5.", 5),
        ("+3", 3),
        (" 12.5 ", 12.5),
        ("$1,234.50", 1234.5),
        ("1,234", 1234),
        ("1,234,567", 1234567),
        ("12,34,567.80", 1234567.8),
        ("1.234,50", 1234.5),
        ("12,50", 12.5),
        ("€ 12.50", 12.5),
        ("12.50 €", 12.5),
        ("USD 12.50", 12.5),
        ("12.50 EUR", 12.5),
        ("R$ 9.90", 9.9),
        ("1 234.50", 1234.5),
        ("1\u202f234,50 €", 1234.5),
        ("1'234.50", 1234.5),
        ("1.2E+03", 1200),
        ("-0", 0),
    ],
)
def test_an_amount_is_read_as_shops_write_it(text: str, amount: float) -> None:
    assert json.loads(amount_reader(".")(text)) == amount


@pytest.mark.parametrize(("text", "amount"), [("1.234", 1234), ("1,234", 1.234), ("9,90", 9.9), ("7", 7)])
def test_in_a_column_with_decimal_commas_a_point_groups_thousands(text: str, amount: float) -> None:
    assert json.loads(amount_reader(",")(text)) == amount


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "nan", "inf", "1e400", "1,2,3", "1.2.3", "1,23.45", "12 or 13", "--5"]
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ContractError) as refused:
        amount_reader(".")(text)
    assert refused.value.reason is Reason.bad_amount


@pytest.mark.parametrize("text", ["-1", "-0.01", "(12.50)", "$-5.00", "-$5.00", "5.00-", "\u22127"])
def test_a_negative_amount_is_no_order(text: str) -> None:
    with pytest.raises(ContractError, match="negative"):
        amount_reader(".")(text)


def test_a_quantity_and_a_price_are_multiplied() -> None:
    assert json.loads(product_reader(".")("6", "2.55")) == 15.3


def test_a_returned_quantity_is_no_order() -> None:
    with pytest.raises(ContractError, match="negative"):
        product_reader(".")("-6", "2.55")


def test_the_decimal_mark_is_the_one_that_most_amounts_prove() -> None:
    assert decimal_mark(["1.000", "12,50", "1.234,56"]) == ","
    assert decimal_mark(["1,000", "12.50"]) == "."


def test_without_proof_the_decimal_mark_is_a_point() -> None:
    assert decimal_mark(["1,234", "7"]) == "."


def test_names_of_columns_are_no_numbers() -> None:
    assert not any(map(looks_like_number, ["amount", "Q1", "id 2", "2nd", ""]))


@given(cents=st.integers(0, 10**11), mark=st.sampled_from([".", ","]), grouped=st.booleans())
def test_an_amount_written_with_either_mark_and_grouping_is_read_back(
    cents: int, mark: DecimalMark, grouped: bool
) -> None:
    english = f"{cents // 100:,}.{cents % 100:02}" if grouped else f"{cents // 100}.{cents % 100:02}"
    written = english if mark == "." else english.translate(str.maketrans(".,", ",."))
    assert json.loads(amount_reader(mark)(written)) == cents / 100


@given(text=st.text(max_size=20))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = json.loads(amount_reader(".")(text))
    except ContractError:
        return
    assert amount >= 0
