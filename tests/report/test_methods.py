"""What is said of methods of sensitivity analysis, on the page and in the terminal."""

import xarray as xr

from engine.report.messages import Messages
from engine.report.methods import split_elsewhere
from engine.report.numbers import Numbers


def said(language: str, threshold: float) -> str | None:
    analysis = xr.Dataset({"regional_threshold": threshold, "regional_share": 0.5})
    return split_elsewhere(Messages(language), Numbers(language), analysis)


def test_a_split_elsewhere_than_at_zero_is_told_in_both_languages() -> None:
    english, swedish = said("en", -80_812.0), said("sv", -80_812.0)
    assert english is not None
    assert (
        "below a net saving of −80\N{NO-BREAK SPACE}800 SEK per participant (50\N{NO-BREAK SPACE}% of the runs)"
        in english
    )
    assert swedish is not None
    assert "nettobesparing på −80\N{NO-BREAK SPACE}800 kronor per deltagare" in swedish


def test_a_split_at_zero_needs_no_words() -> None:
    assert said("en", 0.0) is None
    assert split_elsewhere(Messages("en"), Numbers("en"), xr.Dataset({"delta": 0.3})) is None
