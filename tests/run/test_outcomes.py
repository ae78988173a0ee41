from __future__ import annotations

import numpy as np
import pytest

from engine.run.outcomes import accumulate, benefit_cost_ratio, payback_time


@pytest.mark.parametrize(
    ("saving", "expected"),
    [
        ([-10.0, 4.0, 8.0, 1.0], 2.75),
        ([-10.0, 10.0, 0.0, 0.0], 2.0),
        ([-10.0, 4.0, 2.0, 1.0], np.inf),
        ([1.0, 1.0, 1.0, 1.0], 0.0),
        ([0.0, 0.0, 0.0, 0.0], np.nan),
        ([0.0, 3.0, 0.0, 0.0], 0.0),
        ([0.1, 0.2, -0.3, 0.0], 0.0),
        ([5.0, -10.0, 20.0, 0.0], 2.25),
        ([-10.0, 20.0, -15.0, 10.0], 3.5),
        ([5.0, 5.0, 5.0, -20.0], np.inf),
    ],
)
def test_pay_back_is_the_time_after_which_the_sum_is_never_negative(saving: list[float], expected: float) -> None:
    time = payback_time(accumulate(np.array(saving)[:, None]), 1.0)
    assert time[0] == pytest.approx(expected, nan_ok=True)


def test_pay_back_counts_in_years_whatever_the_cycle_is() -> None:
    saving = np.array([[-10.0], [4.0], [8.0], [1.0]])
    assert payback_time(accumulate(saving), 0.25)[0] == pytest.approx(2.75 / 4)


def test_pay_back_agrees_with_a_search_along_a_fine_grid() -> None:
    rng = np.random.default_rng(3)
    cumulative = accumulate(rng.normal(0.2, 2.0, (12, 300)))
    got = payback_time(cumulative, 1.0)
    grid = np.linspace(0, 12, 12 * 2000 + 1)
    for d in range(300):
        path = np.interp(grid, np.arange(13), cumulative[:, d])
        negative = np.flatnonzero(path < -1e-12)
        expected = 0.0 if negative.size == 0 else (np.inf if negative[-1] == grid.size - 1 else grid[negative[-1]])
        assert got[d] == pytest.approx(expected, abs=1e-3)


def test_benefit_cost_ratio_is_missing_without_programme_cost() -> None:
    ratio = benefit_cost_ratio(np.array([50.0, 50.0, -100.0]), np.array([100.0, 0.0, 100.0]))
    np.testing.assert_array_equal(ratio, [1.5, np.nan, 0.0])
