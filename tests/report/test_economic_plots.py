"""Figures of cost-effectiveness and outcomes, by the data on their axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from matplotlib.path import Path

from engine.analysis.cost_effectiveness import analyze_cost_effectiveness
from engine.analysis.outcomes import summarize_outcomes
from engine.report.material import Material
from engine.report.plots.acceptability import FRONTIER, plot_acceptability
from engine.report.plots.expected_loss import plot_expected_loss
from engine.report.plots.outcome_bars import plot_outcome_bars
from engine.report.plots.plane import plot_plane

COURSES = ["usual", "coach", "club"]
PRICES = [0.0, 20_000.0, 40_000.0, 60_000.0]


def _drawn(means: list[float], sds: list[float], seed: int) -> np.ndarray:
    z = np.random.default_rng(seed).normal(size=(3, 1, 200))
    return np.array(means)[:, None, None] + np.array(sds)[:, None, None] * z


@pytest.fixture(scope="module")
def results() -> xr.Dataset:
    cost = _drawn([0.0, 3_000.0, 9_000.0], [0.0, 500.0, 900.0], 8)
    gain = _drawn([0.0, 0.15, 0.3], [0.0, 0.05, 0.1], 9)
    names = {"calculation": ["director", "consultant"], "course": COURSES, "strategy": COURSES[1:]}
    return xr.Dataset(
        {
            "cost": (("calculation", "course", "payer", "draw"), np.stack([cost, 1.1 * cost])),
            "outcome_amount": (("calculation", "course", "outcome_measure", "draw"), np.stack([gain, gain])),
            "status": (("calculation", "draw"), np.zeros((2, 200), dtype=int)),
        },
        coords={**names, "payer": ["municipality"], "outcome_measure": ["work"]},
        attrs={"replicates": 1},
    )


@pytest.fixture(scope="module")
def found(results: xr.Dataset) -> xr.Dataset:
    return analyze_cost_effectiveness(
        results, outcome="work", payers=["municipality"], better="more", willingness=PRICES
    )


def _lines(ax: Any, **style: Any) -> list[Any]:
    return [line for line in ax.lines if all(getattr(line, f"get_{k}")() == v for k, v in style.items())]


def test_plane_shows_each_draw_and_joins_what_is_worth_its_money(material: Material, found: xr.Dataset) -> None:
    figure = plot_plane(found, look=material.look, effect_axis="years gained")
    assert len(figure.axes) == 2
    ax, at = figure.axes[0], found.isel(calculation=0)
    clouds = _lines(ax, linestyle="None", markersize=1.4)
    np.testing.assert_array_equal(clouds[0].get_xdata(), at["plane_effect"].isel(course=1))
    np.testing.assert_array_equal(clouds[0].get_ydata(), at["plane_cost"].isel(course=1))
    means = _lines(ax, linestyle="None", markersize=7.0)
    assert [float(m.get_xdata()[0]) for m in means] == pytest.approx(at["effect_difference"].values.tolist())
    joined = _lines(ax, linewidth=1.1)
    slope = np.diff(joined[0].get_ydata())[0] / np.diff(joined[0].get_xdata())[0]
    assert slope == pytest.approx(float(np.nanmin(at["icer"])))


def test_ellipse_holds_nineteen_draws_in_twenty(material: Material, found: xr.Dataset) -> None:
    ax = plot_plane(found, look=material.look, effect_axis="years gained").axes[0]
    at = found.isel(calculation=0, course=2)
    ellipse = _lines(ax, linewidth=1.2)[1]
    points = np.stack([at["plane_effect"].values, at["plane_cost"].values], axis=-1)
    inside = Path(ellipse.get_xydata()).contains_points(points).mean()
    assert abs(inside - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 200)


def test_acceptability_marks_what_is_best_on_average(material: Material, found: xr.Dataset) -> None:
    ax = plot_acceptability(found, look=material.look, price_axis="Price of a year").axes[0]
    at = found.isel(calculation=0)
    for s, line in enumerate(_lines(ax, linewidth=FRONTIER["linewidth"])):
        np.testing.assert_array_equal(np.isfinite(line.get_ydata()), at["best_course"].values == s)
    curves = _lines(ax, linewidth=2)
    np.testing.assert_allclose(sum(c.get_ydata() for c in curves), 1.0)


def test_expected_loss_runs_along_the_value_of_information(material: Material, found: xr.Dataset) -> None:
    figure = plot_expected_loss(found, look=material.look, price_axis="Price of a year")
    ax, at = figure.axes[1], found.isel(calculation=1)
    (lowest,) = _lines(ax, linewidth=FRONTIER["linewidth"])
    np.testing.assert_array_equal(lowest.get_ydata(), at["evpi_by_willingness"])
    curves = np.stack([c.get_ydata() for c in _lines(ax, linewidth=2)])
    np.testing.assert_array_equal(curves.min(axis=0), lowest.get_ydata())


def test_outcome_bars_show_the_difference_of_each_calculation(
    material: Material, results: xr.Dataset, bars_of: Any
) -> None:
    found = summarize_outcomes(results, {"work": "more"}).sel(outcome_measure="work")
    ax = plot_outcome_bars(found, look=material.look, axis="years per participant").axes[0]
    bars = sorted(bars_of(ax), key=lambda bar: bar.y)
    expected = found["amount_difference"].transpose("strategy", "calculation").values.ravel()
    np.testing.assert_allclose([bar.width for bar in bars], expected)
