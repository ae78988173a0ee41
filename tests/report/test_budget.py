"""Budgets year by year, on the page and in its figures."""

from __future__ import annotations

import dataclasses
import html
import re

import numpy as np
import pytest
import xarray as xr

from engine.analysis.budget import budget_impact
from engine.report.english_budget import ENGLISH_BUDGET
from engine.report.material import Material
from engine.report.messages import LANGUAGES
from engine.report.page import render
from engine.report.plots.budget_fan import plot_budget_fan
from engine.report.plots.budget_years import plot_budget_years
from engine.report.sections.budget import budget_section
from engine.report.swedish_budget import SWEDISH_BUDGET
from engine.results.export import budget_csv
from engine.results.findings import Findings
from tests.slow_budget import Money, tally

INTAKE = {2024: 100.0, 2025: 50.0}
# of every party, in a draw with factor 1: 6 million out in two years, back in 2028
FLOW = 1e6 * np.array([-4.0, -2.0, 1.5, 2.5, 3.0, 0.0])


def budget(findings: Findings, flow: np.ndarray = FLOW) -> xr.Dataset:
    parties = [p.name for p in findings.description.perspectives] + [p.name for p in findings.description.payers]
    names = [str(c) for c in findings.summary["calculation"].values]
    spread = np.linspace(0.9, 1.1, 11)
    saving = np.broadcast_to(flow[None, :, None] * spread, (len(parties), flow.size, 11))
    cost = np.ones((2, len(parties), flow.size))
    money = Money(saving, 0.9 * saving, cost, cost, np.arange(11))
    return budget_impact(
        {name: [tally(money, first_year=2024, paths=11)] for name in names},
        intake=INTAKE,
        years=flow.size,
        parties=parties,
        courses=("usual", "coach"),
        draws=11,
        paths=11,
        attrs={"strategy": "coach", "start_year": 2023, "apart": 0, "draws": 11},
    )


def told(findings: Findings, flow: np.ndarray = FLOW) -> Material:
    return Material(dataclasses.replace(findings, analyses={"budget/coach": budget(findings, flow)}), "en")


def words(material: Material) -> str:
    section = budget_section(material)
    assert section is not None
    text = html.unescape(re.sub(r"<[^>]+>", " ", render(material, (section,))))
    return " ".join(text.replace("\u00a0", " ").split())


def test_without_an_intake_there_is_no_section(material: Material) -> None:
    assert budget_section(material) is None


def test_need_and_pay_back_of_the_whole_programme_are_told_in_words(findings: Findings) -> None:
    text = words(told(findings))
    assert "150 participants start: 100 in 2024 and 50 in 2025." in text
    assert "at most 6 000 thousand SEK more has been paid than saved, at the end of 2025" in text
    assert "(up to 6 540 thousand SEK in 95 % of the draws)" in text
    assert "has paid back by the end of 2028; it does so in >99 % of the draws. Over all years to 2028" in text


def test_amounts_of_a_sentence_have_one_unit(findings: Findings) -> None:
    """Alone, ten million would be told in millions, and the rest in thousands."""
    text = words(told(findings, FLOW * [1, 1, 1, 1, 6, 1]))
    sentences = [s for s in re.split(r"(?<=\.) (?=[A-Z])", text) if "more has been paid than saved" in s]
    assert sentences
    for sentence in sentences:
        assert "million SEK more has been paid" in sentence, sentence
        assert "thousand SEK" not in sentence


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        (FLOW * [1, 1, 0.1, 0.1, 0.1, 0], "the programme as a whole does not pay back"),
        (np.abs(FLOW), "no year ends with more paid than saved"),
        (np.zeros(6), "nothing is paid or saved"),
    ],
)
def test_a_programme_that_never_or_always_saves_is_told_so(findings: Findings, flow: np.ndarray, said: str) -> None:
    assert said in words(told(findings, flow))


def test_bars_of_a_year_add_up_to_its_line_and_end_with_the_last_money(findings: Findings) -> None:
    material = told(findings)
    found = material.findings.analyses["budget/coach"]
    n = len(material.payers)
    saving = found["budget_saving"].isel(party=slice(-n, None)).rename(party="payer")
    figure = plot_budget_years(saving, look=material.look)
    lines = figure.axes[0].collections[0].get_segments()
    np.testing.assert_allclose([s[0][1] for s in lines], n * FLOW[:5])
    assert figure.axes[0].get_xlim()[1] == pytest.approx(2028.7)


def test_the_curve_starts_at_zero_and_marks_its_lowest_point_and_the_way_back(findings: Findings) -> None:
    material = told(findings)
    own = material.findings.analyses["budget/coach"].isel(party=0)
    ax = plot_budget_fan(own, look=material.look, views=["x"] * len(material.calculations)).axes[0]
    mean, low, back = ax.lines[:3]
    np.testing.assert_allclose(mean.get_ydata(), [0, *np.cumsum(FLOW)])
    np.testing.assert_allclose(mean.get_xdata()[:2], [2023, 2024])
    assert (low.get_xdata()[0], low.get_ydata()[0]) == (2025, pytest.approx(-6e6))
    assert back.get_xdata()[0] == 2028


def test_the_section_can_be_written_in_swedish(findings: Findings, monkeypatch: pytest.MonkeyPatch) -> None:
    swedish = LANGUAGES["en"]._replace(messages={**LANGUAGES["en"].messages, **SWEDISH_BUDGET})
    monkeypatch.setitem(LANGUAGES, "sv", swedish)
    material = Material(told(findings).findings, "sv")
    text = words(material)
    assert "Insatsen som helhet har betalat sig till slutet av 2028" in text
    assert ENGLISH_BUDGET["budget.title"] not in text


def test_the_file_of_budgets_has_every_party_and_year(findings: Findings) -> None:
    material = told(findings)
    rows = [line.split(",") for line in budget_csv(material.findings).splitlines()]
    found = material.findings.analyses["budget/coach"]
    assert len(rows) == 1 + found.sizes["calculation"] * found.sizes["party"] * found.sizes["calendar_year"]
    at = dict(zip(rows[0], rows[2], strict=True))
    assert (at["year"], at["participants"], at["net_saving"], at["cumulative"]) == (
        "2025",
        "50",
        "-2000000.00",
        "-6000000.00",
    )
    assert float(at["q05"]) == pytest.approx(-6e6 * 1.09)
    assert float(at["cumulative_discounted"]) == pytest.approx(-5.4e6)


def test_without_an_intake_the_file_of_budgets_is_a_header(findings: Findings) -> None:
    assert len(budget_csv(findings).splitlines()) == 1
