"""Numbers as they are written, and as people write them."""

from __future__ import annotations

import pytest

from engine.spec.numerals import NumeralError, advise, read_number, spelling


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("-3", -3),
        ("+3", 3),
        ("1_350_000", 1_350_000),
        ("0.05", 0.05),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("1_000.5", 1000.5),
        ("0o17", 15),
        ("0x1F", 31),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_number_is_read_with_its_kind(text: str, value: float) -> None:
    found = read_number(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", ["", "abc", "1_", "_1", "1__0", "12:30", "2024-01-01", "1 000", "0,05", "e3", ".", "1.2.3"]
)
def test_other_text_is_no_number(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    "text", ["0777", "-01", "00", "007.5", ".inf", "-.Inf", ".nan", "1e400", "9" * 5000, str(2**63), "0x" + "F" * 20]
)
def test_trap_is_refused(text: str) -> None:
    with pytest.raises(NumeralError):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0,05", "0.05"),
        ("-0,5", "-0.5"),
        ("5 %", "0.05"),
        ("5%", "0.05"),
        ("2,5 %", "0.025"),
        ("1 000", "1000"),
        ("1 000,5", "1000.5"),
        ("1\u00a0350\u00a0000", "1350000"),
        ("1\u202f000", "1000"),
        ("1'000", "1000"),
        ("1.350.000", "1350000"),
        ("1.000,5", "1000.5"),
        ("1,000.5", "1000.5"),
        ("1,000,000", "1000000"),
        ("\u22125", "-5"),
        ("12kr", "12"),
        ("12 000 kr", "12000"),
        ("1,5 mkr", "1500000"),
        ("450 tkr", "450000"),
        ("250:-", "250"),
        ("0.05", "0.05"),
    ],
)
def test_habitual_spelling_is_put_right(text: str, right: str) -> None:
    assert spelling(text) == right
    assert f"write {right}" in advise(text)


@pytest.mark.parametrize("text", ["many", "1-2", "5 % or so 3", "1 00", "a1", "", "1,2,3", "9" * 100])
def test_what_cannot_be_told_is_not_guessed(text: str) -> None:
    assert spelling(text) is None


def test_comma_that_may_separate_thousands_is_told_both_ways() -> None:
    assert advise("1,350") == "'1,350' is text, not a number; write 1.35 (or 1350 if the comma separates thousands)"
