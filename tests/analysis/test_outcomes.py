"""Outcomes: what a strategy changes, and how many participants that takes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from engine.analysis.outcomes import difference_over_draws, number_needed, summarize_outcomes
from engine.errors import RunError


def test_number_needed_and_its_interval_are_those_of_altman() -> None:
    # Altman 1998, BMJ 317:1309: a risk reduced by 10 % (-5 % to 25 %): NNTB 10, NNTH 20 to infinity to NNTB 4.
    np.testing.assert_allclose(number_needed(np.array([0.10, -0.05, 0.25])), [10, -20, 4])


def test_no_gain_takes_infinitely_many() -> None:
    assert number_needed(np.array(0.0)) == np.inf


def results(amount: np.ndarray, status: np.ndarray | None = None) -> xr.Dataset:
    n = amount.shape[-1]
    return xr.Dataset(
        {
            "outcome_amount": (("calculation", "course", "outcome_measure", "draw"), amount),
            "status": (("calculation", "draw"), np.zeros((1, n), dtype=int) if status is None else status),
        },
        coords={
            "calculation": ["c"],
            "course": ["base", "new"],
            "strategy": ["new"],
            "outcome_measure": ["work", "crimes"],
        },
        attrs={"replicates": 1},
    )


def test_a_fall_in_what_is_bad_is_a_gain_and_its_interval_is_inverted_end_by_end() -> None:
    rng = np.random.default_rng(0)
    base = rng.uniform(1, 2, (2, 5001))
    change = np.stack([rng.normal(0.5, 0.1, 5001), rng.normal(-0.2, 0.2, 5001)])
    amount = np.stack([base, base + change])[None]
    found = summarize_outcomes(results(amount), {"work": "more", "crimes": "less"}).sel(calculation="c", strategy="new")
    low, high = np.quantile(-change[1], [0.05, 0.95])
    assert low < 0 < high
    crimes = found.sel(outcome_measure="crimes")
    assert float(crimes["number_needed"]) == pytest.approx(1 / (-change[1]).mean())
    ends = crimes["number_needed_ends"].sel(quantile=[0.05, 0.95]).values
    np.testing.assert_allclose(ends, [1 / low, 1 / high], rtol=1e-9)
    assert ends[0] < 0 < ends[1]
    assert float(crimes["p_better"]) == pytest.approx((change[1] < 0).mean())
    work = found.sel(outcome_measure="work")
    np.testing.assert_allclose(work["number_needed_ends"].values, 1 / np.quantile(change[0], [0.05, 0.5, 0.95]))


def test_draws_that_break_a_rule_are_left_out() -> None:
    amount = np.array([[[[1.0, 1.0, np.nan]] * 2, [[2.0, 4.0, np.nan]] * 2]])
    better = {"work": "more", "crimes": "less"}
    found = summarize_outcomes(results(amount, np.array([[0, 0, 4]])), better)
    assert found["amount_difference"].values.ravel().tolist() == [2.0, 2.0]
    with pytest.raises(RunError, match="no valid draw"):
        summarize_outcomes(results(amount, np.array([[1, 1, 4]])), better)


def test_a_difference_of_rounding_is_no_gain() -> None:
    amount = np.array([[[1.0, 1.0]], [[1.0 + 2e-16, 1.0 - 2e-16]]])
    found = difference_over_draws(amount, np.array([1.0]), replicates=1)
    assert found.mean.item() == 0
    assert found.better.item() == 0
