"""Sums without rounding, and parts that add up to the whole whatever the weights."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skywright.topics.cost.books.exact import decimal_of, digits, minus, plain, shown, split, times, total

AMOUNTS = st.decimals(min_value=-(10**14), max_value=10**14, places=18, allow_nan=False)
WEIGHTS = st.lists(st.one_of(st.integers(0, 10**9), st.fractions(0, 1000)), min_size=1, max_size=30).filter(any)


def test_a_sum_keeps_every_digit() -> None:
    large, small = Decimal("1000000000000.000000000000000001"), Decimal("0.000000000000000001")
    assert total([large, small]) == Decimal("1000000000000.000000000000000002")
    assert minus(large, small) == Decimal(10**12)
    assert times(large, Decimal("1.000000001")) == Decimal("1000000001000.000000000000000001000000001")


@pytest.mark.parametrize(
    ("whole", "weights", "expected"),
    [
        ("100", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("100", [60, 40], ["60.00", "40.00"]),
        ("0.01", [1, 1], ["0.01", "0.00"]),
        ("-100", [1, 1, 1], ["-33.33", "-33.33", "-33.34"]),
        ("1", [0, 1, 0], ["0.00", "1.00", "0.00"]),
        ("0.001", [1, 2], ["0.000", "0.001"]),
        ("5", [Fraction(1, 3), Fraction(2, 3)], ["1.67", "3.33"]),
    ],
)
def test_parts_by_largest_remainders(whole, weights, expected) -> None:
    assert list(map(str, split(Decimal(whole), weights))) == expected


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_to_the_whole(whole, weights) -> None:
    parts = split(whole, weights)
    assert total(parts) == whole
    among = sum(map(Fraction, weights), Fraction(0))
    unit = Fraction(1, 10 ** digits([whole]))
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(whole) * Fraction(weight) / among) < unit


@given(AMOUNTS, WEIGHTS, st.integers(0, 6))
def test_parts_add_up_even_with_fewer_digits_than_the_whole_has(whole, weights, places) -> None:
    assert total(split(whole, weights, places)) == whole


@given(st.lists(AMOUNTS, max_size=30))
def test_what_is_shown_adds_up_to_the_rounded_total(amounts) -> None:
    cents = shown(amounts)
    assert total(cents) == total(amounts).quantize(Decimal("0.01"))
    assert all(abs(minus(cent, amount)) < Decimal("0.01") for cent, amount in zip(cents, amounts, strict=True))


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2]])
def test_weights_that_are_none(weights) -> None:
    with pytest.raises(ValueError, match="weights must not be negative, and not all be zero"):
        split(Decimal(1), weights)


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0E-18", "0.00"), ("1E+3", "1000.00"), ("-1.500000", "-1.50"), ("0.000000000000000001", "0.000000000000000001")],
)
def test_an_amount_in_full(amount, text) -> None:
    assert plain(Decimal(amount)) == text


def test_a_fraction_is_rounded_down() -> None:
    assert decimal_of(Fraction(2, 3), 4) == Decimal("0.6666")
    assert decimal_of(Fraction(-2, 3), 4) == Decimal("-0.6667")
