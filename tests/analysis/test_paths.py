from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from engine.analysis.paths import (
    accumulate_cash_flow,
    cumulative_quantiles,
    median_payback,
    payback_probability,
    yearly_cash_flow,
)


def _results(status: np.ndarray) -> xr.Dataset:
    rng = np.random.default_rng(3)
    payback = np.array([[1.0, 2.5, np.inf, 0.0], [np.inf] * 4])
    return xr.Dataset(
        {
            "cumulative_saving": (
                ("calculation", "strategy", "party", "path", "time_point"),
                rng.normal(size=(2, 1, 2, 3, 4)),
            ),
            "payback_year": (
                ("calculation", "strategy", "party", "draw"),
                np.stack([payback, payback], axis=1)[:, None],
            ),
            "status": (("calculation", "draw"), status),
        },
        coords={
            "calculation": ["a", "b"],
            "party": ["x", "y"],
            "time_at": ("time_point", np.arange(4.0)),
        },
    )


def test_quantiles_over_paths_are_those_of_numpy():
    results = _results(np.zeros((2, 4), dtype=int))
    found = cumulative_quantiles(results)
    expected = np.quantile(results["cumulative_saving"].values, [0.05, 0.25, 0.5, 0.75, 0.95], axis=3)
    np.testing.assert_allclose(found.values, expected)
    assert found.dims == ("quantile", "calculation", "strategy", "party", "time_point")
    assert "time_at" in found.coords


def test_rejected_draws_do_not_enter_the_quantiles():
    status = np.array([[0, 4, 0, 0], [1, 1, 1, 1]])
    results = _results(status)
    found = cumulative_quantiles(results, levels=(0.5,))
    kept = results["cumulative_saving"].isel(calculation=0, path=[0, 2]).mean("path")
    np.testing.assert_allclose(found.isel(quantile=0, calculation=0).values, kept.values)
    assert bool(np.isnan(found.isel(calculation=1)).all())


def test_the_chance_of_having_paid_back_never_falls():
    found = payback_probability(_results(np.zeros((2, 4), dtype=int)))
    np.testing.assert_allclose(found.isel(calculation=0, strategy=0, party=0).values, [0.25, 0.5, 0.5, 0.75])
    np.testing.assert_allclose(found.isel(calculation=1).values, 0.0)
    assert bool((found.diff("time_point") >= 0).all())


def test_the_chance_of_having_paid_back_is_of_the_valid_draws():
    found = payback_probability(_results(np.array([[0, 0, 1, 1], [1, 1, 1, 1]])))
    np.testing.assert_allclose(found.isel(calculation=0, strategy=0, party=0).values, [0.0, 0.5, 0.5, 1.0])
    assert bool(np.isnan(found.isel(calculation=1)).all())


def _flow(cycle_length: float, cycles: int) -> xr.Dataset:
    values = np.arange(2.0 * cycles).reshape(1, 1, 2, cycles)
    return xr.Dataset(
        {"mean_cash_flow": (("calculation", "strategy", "payer", "cycle"), values)},
        coords={"payer": ["m", "r"], "time": ("cycle", np.arange(cycles) * cycle_length)},
    )


@pytest.mark.parametrize(
    ("cycle_length", "cycles", "years"), [(1.0, 3, [0, 1, 2]), (2.0, 3, [0, 2, 4]), (0.25, 9, [0, 1, 2])]
)
def test_yearly_sums_keep_the_total(cycle_length: float, cycles: int, years: list[int]):
    results = _flow(cycle_length, cycles)
    yearly = yearly_cash_flow(results)
    assert yearly["year"].values.tolist() == years
    np.testing.assert_allclose(yearly.sum("year").values, results["mean_cash_flow"].sum("cycle").values)


def test_twelfths_of_a_year_fall_into_the_year_they_belong_to():
    results = _flow(1 / 12, 36)
    results = results.assign(mean_cash_flow=xr.ones_like(results["mean_cash_flow"]))
    np.testing.assert_allclose(yearly_cash_flow(results).values, 12.0)


def test_accumulated_savings_are_of_the_payers_asked_for():
    total = accumulate_cash_flow(yearly_cash_flow(_flow(1.0, 3)), ["r"])
    np.testing.assert_allclose(total.values, [[[3.0, 7.0, 12.0]]])
    assert total["year"].values.tolist() == [0, 1, 2]


def test_the_median_pay_back_is_never_where_half_of_the_draws_never_pay_back():
    results = _results(np.array([[0, 0, 0, 1], [0, 0, 0, 0]]))
    found = median_payback(results, "payback_year")
    assert found.dims == ("calculation", "strategy", "party")
    np.testing.assert_array_equal(found.values[:, 0, 0], [2.5, np.inf])


def test_who_neither_pays_nor_saves_has_no_pay_back():
    results = _results(np.zeros((2, 4), dtype=int))
    results["payback_year"][0] = np.nan
    assert np.isnan(median_payback(results, "payback_year").values[0]).all()
    assert np.isnan(payback_probability(results).values[0]).all()
