"""Numbers as text: one place for separators, signs and how many digits are honest.

A mean over draws is shown down to the place of the first digit of its Monte Carlo standard error (as laboratories do,
JCGM 100:2008, 7.2.6) and never with more than a few significant digits. Words (`never`, `million SEK`) are in the
message catalogue.
"""

from __future__ import annotations

import math
from typing import NamedTuple

NO_BREAK = "\u00a0"
MINUS = "\u2212"
MISSING = "\u2013"


class Separators(NamedTuple):
    """How a language writes numbers."""

    decimal: str
    group: str


SEPARATORS: dict[str, Separators] = {"en": Separators(".", NO_BREAK), "sv": Separators(",", NO_BREAK)}


class MoneyScale(NamedTuple):
    """Unit of a money axis: what amounts are divided by, and the key of the unit's name."""

    divisor: float
    key: str


def money_scale(largest: float) -> MoneyScale:
    """SEK below 10 000, then thousands, then millions, so that axis labels stay short."""
    if not math.isfinite(largest) or abs(largest) < 1e4:
        return MoneyScale(1.0, "unit.sek")
    if abs(largest) < 1e7:
        return MoneyScale(1e3, "unit.thousand_sek")
    return MoneyScale(1e6, "unit.million_sek")


def last_place(*values: float, error: float = 0.0, digits: int = 3) -> int:
    """Exponent of ten of the last digit worth showing, never below 0.

    Parameters
    ----------
    values : what stands together in a sentence or column; the largest decides.
    error : Monte Carlo standard error; digits beyond its first are noise.
    digits : significant digits that the largest value gets at most.
    """
    largest = max((abs(v) for v in values if math.isfinite(v)), default=0.0)
    by_size = math.floor(math.log10(largest)) - digits + 1 if largest > 0 else 0
    # 960 is one thousand to one digit, so its first digit is that of the thousands.
    by_error = math.floor(math.log10(error / 0.95)) if error > 0 and math.isfinite(error) else 0
    return max(by_size, by_error, 0)


class Numbers:
    """Numbers in one language."""

    def __init__(self, language: str) -> None:
        self._separators = SEPARATORS[language]

    def plain(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """`value` with a fixed number of decimals; `signed` puts a plus sign on gains. NaN is a dash."""
        if math.isnan(value):
            return MISSING
        if math.isinf(value):
            return f"{MINUS}∞" if value < 0 else "∞"
        digits = f"{abs(value):,.{decimals}f}"
        nothing = not digits.strip("0.,")
        text = digits.replace(",", "\0").replace(".", self._separators.decimal).replace("\0", self._separators.group)
        if nothing:
            return text
        if value < 0:
            return f"{MINUS}{text}"
        return f"+{text}" if signed else text

    def digits(self, text: str) -> str:
        """A number that is text already, such as `1 200.50`, with the separators and the minus of the language."""
        grouped = text.replace(NO_BREAK, self._separators.group).replace(".", self._separators.decimal)
        return grouped.replace("-", MINUS)

    def money(self, value: float, *, place: int = 0, signed: bool = False) -> str:
        """Amount rounded to 10**`place`, without its unit."""
        if not math.isfinite(value):
            return self.plain(value)
        step = 10**place
        return self.plain(float(round(value / step) * step), signed=signed)

    def scaled(self, value: float, scale: MoneyScale, *, place: int = 0, signed: bool = False) -> str:
        """Amount in the unit of `scale`, rounded to 10**`place` of the amount itself."""
        if not math.isfinite(value):
            return self.plain(value)
        step = 10**place
        if round(value / step) == 0:
            return "0"
        decimals = max(0, min(3, round(math.log10(scale.divisor)) - place))
        return self.plain(round(value / step) * step / scale.divisor, decimals, signed=signed)

    def share(self, value: float, decimals: int = 0) -> str:
        """A share as per cent."""
        if math.isnan(value):
            return MISSING
        return f"{self.plain(100 * value, decimals)}{NO_BREAK}%"

    def percent(self, value: float, digits: int = 4) -> str:
        """A share or yearly rate as per cent, with as many digits as it has, at most `digits`."""
        return f"{self.quantity(100 * value, digits)}{NO_BREAK}%"

    def probability(self, value: float) -> str:
        """A share of draws as per cent; the ends are open, for no number of draws proves certainty."""
        if math.isnan(value):
            return MISSING
        if value < 0.005:
            return f"<1{NO_BREAK}%"
        if value > 0.995:
            return f">99{NO_BREAK}%"
        return self.share(value)

    def years(self, value: float) -> str:
        """Years with one decimal, none where it says nothing; NaN and infinity are a dash."""
        if not math.isfinite(value):
            return MISSING
        return self.plain(value, 0 if abs(value - round(value)) < 0.05 else 1)

    def quantity(self, value: float, digits: int = 3) -> str:
        """Any number with about `digits` significant digits, for parameters of unknown size."""
        if not math.isfinite(value) or value == 0:
            return self.plain(value)
        size = math.floor(math.log10(abs(value)))
        if size < -6:
            return f"{self.plain(value / 10.0**size, 1)}{NO_BREAK}·{NO_BREAK}10^{self.plain(size)}"
        if size >= digits:
            return self.money(value, place=size - digits + 1)
        text = self.plain(value, max(0, digits - 1 - size))
        decimal = self._separators.decimal
        return text.rstrip("0").rstrip(decimal) if decimal in text else text
