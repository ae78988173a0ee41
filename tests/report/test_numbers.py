from __future__ import annotations

import math

import pytest

from engine.report.numbers import MINUS, NO_BREAK, Numbers, last_place, money_scale

EN, SV = Numbers("en"), Numbers("sv")


def test_thousands_are_separated_by_a_no_break_space():
    assert EN.money(1234567) == f"1{NO_BREAK}234{NO_BREAK}567"


def test_a_loss_has_a_real_minus_sign_and_a_gain_a_plus_on_request():
    assert EN.money(-4200) == f"{MINUS}4{NO_BREAK}200"
    assert EN.money(4200, signed=True) == f"+4{NO_BREAK}200"
    assert EN.money(0, signed=True) == "0"


def test_zero_after_rounding_has_no_sign():
    assert EN.money(-300, place=3) == "0"
    assert EN.plain(-0.001, 2) == "0.00"


def test_swedish_writes_a_decimal_comma():
    assert SV.plain(1234.5, 1) == f"1{NO_BREAK}234,5"
    assert SV.share(0.125, 1) == f"12,5{NO_BREAK}%"


@pytest.mark.parametrize(
    ("value", "error", "place"),
    [
        (711_300, 900, 3),  # three significant digits decide
        (933_000, 22_000, 4),  # the error's first digit decides
        (83_400, 960, 3),  # 960 is a thousand to one digit
        (83_400, 940, 2),
        (12, 0, 0),
        (0, 0, 0),
        (math.nan, math.nan, 0),
        (1_234_567, 0, 4),
    ],
)
def test_digits_stop_at_the_first_digit_of_the_standard_error(value: float, error: float, place: int):
    assert last_place(value, error=error) == place


def test_the_largest_value_of_a_column_decides_its_digits():
    assert last_place(12.0, -456_789.0) == 3


def test_probabilities_never_claim_certainty():
    assert EN.probability(0.0) == f"<1{NO_BREAK}%"
    assert EN.probability(1.0) == f">99{NO_BREAK}%"
    assert EN.probability(0.634) == f"63{NO_BREAK}%"


def test_years_show_one_decimal_only_where_it_says_something():
    assert EN.years(7.0) == "7"
    assert EN.years(7.43) == "7.4"
    assert EN.years(math.inf) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (2.0, "2"), (85_432.0, f"85{NO_BREAK}400"), (0.12345, "0.123"), (-3.5, f"{MINUS}3.5"), (0.0, "0")],
)
def test_a_quantity_of_unknown_size_gets_three_digits(value: float, text: str):
    assert EN.quantity(value) == text


def test_the_money_axis_changes_unit_with_size():
    assert [money_scale(x).key for x in (900, 90_000, 90_000_000)] == [
        "unit.sek",
        "unit.thousand_sek",
        "unit.million_sek",
    ]


def test_scaled_amounts_keep_only_supported_decimals():
    scale = money_scale(90_000)
    assert EN.scaled(83_432, scale, place=2) == "83.4"
    assert EN.scaled(83_432, scale, place=3) == "83"
    assert EN.scaled(math.nan, scale) == "–"
    assert EN.scaled(0.0, scale, place=2) == "0"
