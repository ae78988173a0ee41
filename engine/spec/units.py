"""Units of parameters: what values they allow, and per what their money is."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import NamedTuple


class Unit(NamedTuple):
    """One unit that a parameter can have."""

    name: str
    low: float
    high: float
    per: str | None
    """For money: `person-year`, `transition`, `participant`, or what an expression must bring to one of these."""

    @property
    def money(self) -> bool:
        return self.per is not None

    @property
    def domain(self) -> str:
        """The values allowed, in words."""
        return "any number" if self.low == -math.inf else "0 to 1" if self.high == 1 else "0 or more"


def _money(per: str) -> Unit:
    # A cost may be negative: a saving, or a benefit in kind.
    return Unit(f"SEK/{per}", -math.inf, math.inf, per)


UNITS: dict[str, Unit] = {
    u.name: u
    for u in (
        Unit("share", 0.0, 1.0, None),
        Unit("probability", 0.0, 1.0, None),
        Unit("ratio", 0.0, math.inf, None),
        Unit("rate/year", 0.0, math.inf, None),
        Unit("years", 0.0, math.inf, None),
        Unit("count", 0.0, math.inf, None),
        Unit("number", -math.inf, math.inf, None),
        _money("person-year"),
        _money("transition"),
        _money("participant"),
        _money("day"),
        _money("month"),
        _money("case"),
    )
}

_OTHER_SPELLINGS = {
    "%": "share",
    "percent": "share",
    "procent": "share",
    "andel": "share",
    "p": "probability",
    "sannolikhet": "probability",
    "rate": "rate/year",
    "1/year": "rate/year",
    "per year": "rate/year",
    "hazard": "rate/year",
    "year": "years",
    "år": "years",
    "kvot": "ratio",
    "1": "ratio",
    "antal": "count",
    "coefficient": "number",
    "log": "number",
    "log odds": "number",
    "koefficient": "number",
}
_OTHER_PERS = {
    "year": "person-year",
    "år": "person-year",
    "personår": "person-year",
    "person": "participant",
    "deltagare": "participant",
    "dag": "day",
    "dygn": "day",
    "månad": "month",
    "ärende": "case",
    "fall": "case",
    "övergång": "transition",
}


def unknown_unit(text: str) -> str:
    """The sentence for a unit that is not one of `UNITS`."""
    plain = text.strip().lower()
    head, _, per = plain.partition("/")
    if head in ("sek", "kr", "kronor", "tkr", "mkr", "msek", "ksek"):
        scale = "" if head in ("sek", "kr", "kronor") else ", with the value in whole kronor"
        if not per:
            return (
                f"{text!r} lacks a per{scale}; write SEK/person-year, SEK/transition or SEK/participant (or SEK/day, "
                "SEK/month, SEK/case, to be multiplied in an expression)"
            )
        per = _OTHER_PERS.get(per, per)
        near = get_close_matches(f"SEK/{per}", UNITS, n=1, cutoff=0.75)
        if near:
            return f"no unit {text!r}; write {near[0]}{scale}"
    near = [_OTHER_SPELLINGS[plain]] if plain in _OTHER_SPELLINGS else get_close_matches(plain, UNITS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else "."
    return f"no unit {text!r}{hint} Units: {', '.join(UNITS)}"
