"""Lengths of time as people write them, in years."""

from __future__ import annotations

import re
from typing import Any

from engine.spec.numerals import shorten

_IN_YEARS = {"year": 1.0, "month": 1 / 12, "week": 7 / 365.25, "day": 1 / 365.25}
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s+(year|month|week|day)s?")
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)")


def read_years(value: Any) -> Any:
    """Years of `1 month`, `2 weeks`, `1/52`; anything but text as it is.

    Raises
    ------
    ValueError : text that is no length of time.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if found := _WITH_UNIT.fullmatch(text):
        return float(found[1]) * _IN_YEARS[found[2]]
    if (found := _FRACTION.fullmatch(text)) and float(found[2]) > 0:
        return float(found[1]) / float(found[2])
    raise ValueError(f"{shorten(text)!r} is no length of time; write years, 0.25, or `1 month`, `2 weeks`, `1/52`")
