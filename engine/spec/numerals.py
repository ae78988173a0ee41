"""How numbers are written, and what to say when they are written in another way.

A number is what Python and YAML 1.2 agree on: `1350000`, `1_350_000`, `0.05`, `1e-3`. Everything that people in a
decimal-comma country write by habit (`0,05`, `5 %`, `1 000`, `12 kr`) is refused with the right spelling: a figure that
is guessed is worse than a figure that is asked about.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal, InvalidOperation

LARGEST_INT = 2**63 - 1
"""Whole numbers beyond this do not fit the arrays that they end in."""
LONGEST = 1000
"""Characters of a number; patterns of millions of groups take hundreds of megabytes to match."""

_INT = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:_[0-9]+)*(?:\.(?:[0-9]+(?:_[0-9]+)*)?)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")

_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2212": "-"})
_FIGURE = r"[-+]?[0-9][0-9 .,']*"
_PERCENT = re.compile(rf"({_FIGURE})%")
_SUFFIXED = re.compile(rf"({_FIGURE})(:-|[^\W\d_][^\d]*)")
_FACTORS = {"tkr": 1_000, "ksek": 1_000, "mkr": 1_000_000, "mnkr": 1_000_000, "msek": 1_000_000}


class NumeralError(ValueError):
    """Text that looks like a number but is not written as one; the message says how to write it."""


def read_number(text: str) -> int | float | None:
    """The number that a plain text stands for, or None where it is not a number.

    Raises
    ------
    NumeralError : a leading zero, infinity, not-a-number, or too large or too long to be held.
    """
    if len(text) > LONGEST:
        if text.strip("+-0123456789_.eE"):
            return None
        if "." not in text and "e" not in text.lower():
            raise NumeralError(f"{shorten(text)} is too large a whole number; the largest is {LARGEST_INT}")
        raise NumeralError(f"{shorten(text)} has {len(text)} characters; a number has at most {LONGEST}")
    if _INT.fullmatch(text):
        if _LEADING_ZERO.match(text):
            digits = text.replace("_", "").lstrip("+-").lstrip("0") or "0"
            raise NumeralError(
                f"{shorten(text)!r} begins with a zero; write {shorten(digits)}, or 0.{shorten(text.lstrip('+-'))[1:]} "
                "if a decimal comma or point was meant, or put it in quotes if it is text"
            )
        if len(text) > 30 or abs(int(text)) > LARGEST_INT:
            raise NumeralError(f"{shorten(text)} is too large a whole number; the largest is {LARGEST_INT}")
        return int(text)
    if _FLOAT.fullmatch(text):
        if _LEADING_ZERO.match(text):
            raise NumeralError(f"{shorten(text)!r} begins with a zero; leave out zeros in front")
        value = float(text)
        if math.isinf(value):
            raise NumeralError(f"{shorten(text)} is too large a number; the largest is about 1.8e308")
        return value
    if _BASED.fullmatch(text):
        if len(text) > 30 or int(text, 0) > LARGEST_INT:
            raise NumeralError(f"{shorten(text)} is too large a whole number; the largest is {LARGEST_INT}")
        return int(text, 0)
    if _SPECIAL.fullmatch(text):
        raise NumeralError(f"{text} is not a number that a model can use; write a finite number")
    return None


def spelling(text: str) -> str | None:
    """How a number written by habit (`0,05`, `5 %`, `1 000`, `12 kr`) is to be written; None where none is seen."""
    plain = text.strip().translate(_SPACES)
    if len(plain) > 60:
        return None
    if match := _PERCENT.fullmatch(plain):
        value = _decimal(match[1])
        return None if value is None else _format(value / 100)
    if (value := _decimal(plain)) is not None:
        return _format(value)
    if match := _SUFFIXED.fullmatch(plain):
        value = _decimal(match[1])
        factor = _FACTORS.get(match[2].strip(" .").lower(), 1)
        return None if value is None else _format(value * factor)
    return None


def advise(text: str) -> str:
    """The sentence for a text that stands where a number must."""
    right = spelling(text)
    if right is None:
        return f"{shorten(text)!r} is not a number; write it as 0.05, 1000 or 1e-3"
    message = f"{shorten(text)!r} is text, not a number; write {right}"
    plain = text.strip().translate(_SPACES)
    if re.fullmatch(r"[-+]?[0-9]{1,3},[0-9]{3}", plain) and not plain.lstrip("+-").startswith("0"):
        return f"{message} (or {plain.replace(',', '')} if the comma separates thousands)"
    if plain == right:
        return f"{message} without quotes"
    if _SUFFIXED.fullmatch(plain) and not plain.endswith("%"):
        return f"{message}; the unit belongs in `unit`"
    return message


def ambiguous_thousands(text: str) -> str | None:
    """How to write what may be meant by a point before three digits (`40.000`), for money; None where all is clear."""
    match = re.fullmatch(r"([-+]?[1-9][0-9]{0,2})\.([0-9]{3})", text)
    if match is None:
        return None
    whole, thousandths = match.groups()
    small = f"{whole}.{thousandths}".rstrip("0").rstrip(".")
    return (
        f"{text} is {small}, as a point parts decimals; write {whole}{thousandths} or {whole}_{thousandths} if it "
        f"parts thousands, {small} if not"
    )


def shorten(text: str, length: int = 40) -> str:
    """Text for a message: its beginning, if it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def _decimal(text: str) -> Decimal | None:
    """A figure with thousands separators, decimal comma or point; None where it cannot be told."""
    text = text.strip()
    if "," in text and "." in text:
        # The later of the two is the decimal sign: 1.000,5 and 1,000.5 are the same number.
        thousands, decimal = (".", ",") if text.rfind(",") > text.rfind(".") else (",", ".")
        if text.count(decimal) > 1:
            return None
        text = text.replace(thousands, "").replace(decimal, ".")
    elif text.count(",") == 1:
        text = text.replace(",", ".")
    elif re.fullmatch(r"[-+]?[0-9]{1,3}(?:([,.'])[0-9]{3})(?:\1[0-9]{3})+", text):
        text = re.sub(r"[,.']", "", text)
    head, point, tail = text.partition(".")
    if re.fullmatch(r"[-+]?[0-9]{1,3}(?:[ '][0-9]{3})+", head):
        head = head.replace(" ", "").replace("'", "")
    if not re.fullmatch(r"[-+]?[0-9]*", head) or not re.fullmatch(r"[0-9]*", tail) or not (head + tail).strip("+-"):
        return None
    try:
        return Decimal(head + point + tail)
    except InvalidOperation:
        return None


def _format(value: Decimal) -> str:
    text = format(value, "f")
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text
