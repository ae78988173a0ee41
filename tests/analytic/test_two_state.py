"""`configs/two_state` against the calculation by hand in its README, to the last digit shown there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import engine

STUDY = Path(__file__).resolve().parents[2] / "configs" / "two_state"


@pytest.fixture(scope="module")
def model():  # type: ignore[no-untyped-def]
    return engine.compile_model(engine.load_study(STUDY))


@pytest.fixture(scope="module")
def results(model) -> xr.Dataset:  # type: ignore[no-untyped-def]
    return engine.run_model(model)


@pytest.fixture(scope="module")
def summary(results: xr.Dataset) -> xr.Dataset:
    return engine.summarize(results).isel(strategy=0)


def exactly(value: object, expected: float) -> None:
    assert float(value) == pytest.approx(expected, rel=1e-13, abs=1e-8)  # type: ignore[arg-type]


def test_people_are_where_the_hand_puts_them(results: xr.Dataset) -> None:
    at_work = results["mean_occupancy"].sel(calculation="hopeful", state="at_work")
    np.testing.assert_allclose(at_work.sel(course="usual")[:3], [0, 0.25, 0.4125], rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(at_work.sel(course="coaching")[:3], [0, 0.5, 0.7], rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize(
    ("party", "expected"),
    [("municipality", 11_440), ("individual", 53_760), ("society", 65_200), ("municipal_budget", 11_440)],
)
def test_hopeful_npv_is_that_of_the_hand(summary: xr.Dataset, party: str, expected: float) -> None:
    at = summary.sel(calculation="hopeful", party=party)
    exactly(at["mean"], expected)
    assert float(at["mcse"]) == 0.0
    assert float(at["sd"]) == 0.0


@pytest.mark.parametrize(
    ("course", "payer", "expected"),
    [
        ("usual", "municipality", 169_760),
        ("coaching", "municipality", 158_320),
        ("usual", "individual", -308_960),
        ("coaching", "individual", -362_720),
    ],
)
def test_discounted_costs_are_those_of_the_hand(results: xr.Dataset, course: str, payer: str, expected: float) -> None:
    cost = results["cost"].sel(calculation="hopeful", course=course, payer=payer)
    exactly(cost.mean(), expected)


@pytest.mark.parametrize(
    ("party", "mean", "low", "high"),
    [
        ("municipality", -18_000, -50_000, 14_000),
        ("individual", 28_000, 0, 56_000),
        ("society", 10_000, -50_000, 70_000),
    ],
)
def test_wary_takes_each_value_in_half_of_the_draws(
    results: xr.Dataset, summary: xr.Dataset, party: str, mean: float, low: float, high: float
) -> None:
    npv = results["npv"].sel(calculation="wary", party=party).isel(strategy=0).values
    np.testing.assert_allclose(np.sort(npv), np.repeat([low, high], npv.size // 2), rtol=1e-13, atol=1e-8)
    at = summary.sel(calculation="wary", party=party)
    exactly(at["mean"], mean)
    assert float(at["p_positive"]) == 0.5


def test_pay_back_and_benefit_cost_ratio_are_those_of_the_hand(results: xr.Dataset) -> None:
    at = results.isel(strategy=0, draw=0).sel(calculation="hopeful")
    exactly(at["benefit_cost_ratio"].sel(party="municipality"), 1.2288)
    exactly(at["benefit_cost_ratio"].sel(party="society"), 2.304)
    assert np.isnan(float(at["benefit_cost_ratio"].sel(party="individual")))
    # discounted -50 000, -18 000, 11 440 at years 1, 2, 3; undiscounted -50 000, -10 000, 36 000
    exactly(at["payback_year_discounted"].sel(party="municipality"), 2 + 18_000 / 29_440)
    exactly(at["payback_year"].sel(party="municipality"), 2 + 10_000 / 46_000)
    exactly(at["payback_year"].sel(party="individual"), 0)


def test_wary_pays_back_in_half_of_the_draws(results: xr.Dataset) -> None:
    years = results["payback_year"].sel(calculation="wary", party="municipality").isel(strategy=0).values
    npv = results["npv"].sel(calculation="wary", party="municipality").isel(strategy=0).values
    assert np.isinf(years[npv < 0]).all()
    np.testing.assert_allclose(years[npv > 0], 1 + 50_000 / 80_000, rtol=1e-13)


@pytest.mark.parametrize(
    ("party", "assumption", "expected"),
    [
        ("municipality", "horizon", -26_240),
        ("municipality", "risk_ratio", -3_200),
        ("society", "horizon", -49_200),
        ("society", "risk_ratio", -6_000),
    ],
)
def test_contributions_are_those_of_the_hand(model, party: str, assumption: str, expected: float) -> None:  # type: ignore[no-untyped-def]
    gaps = engine.explain_differences(model).isel(pair=0)
    exactly(gaps["shapley"].sel(party=party, assumption=assumption), expected)


def test_steps_taken_first_and_last_are_those_of_the_hand(model) -> None:  # type: ignore[no-untyped-def]
    at = engine.explain_differences(model).isel(pair=0).sel(party="municipality")
    exactly(at["alone"].sel(assumption="horizon"), -29_440)
    exactly(at["total"].sel(assumption="horizon"), -23_040)
    exactly(at["alone"].sel(assumption="risk_ratio"), -6_400)
    exactly(at["total"].sel(assumption="risk_ratio"), 0)
    exactly(at["min_step"].sel(assumption="horizon"), -29_440)
    exactly(at["max_step"].sel(assumption="horizon"), -23_040)
    exactly(at["gap"], -29_440)


def test_what_each_reports_differs_by_perspective_too(model) -> None:  # type: ignore[no-untyped-def]
    at = engine.explain_differences(model).isel(pair=0).sel(party="reported")
    exactly(at["from_npv"], 65_200)
    exactly(at["gap"], -18_000 - 65_200)
    exactly(at["shapley"].sum(), -18_000 - 65_200)
    assert float(at["shapley"].sel(assumption="perspective")) < 0
