import numpy as np
import pytest

from engine.analysis.sensitivity.oneway import OneWay
from engine.errors import UsageError


def test_a_linear_function_moves_by_coefficient_times_the_quantiles_apart() -> None:
    weight = np.array([3.0, -2.0, 0.0])
    x = OneWay().design(3, 64, 0)
    found = OneWay().analyze(x, x @ weight + 1, seed=0)
    np.testing.assert_allclose(found["high_outcome"] - found["low_outcome"], 0.9 * weight, atol=1e-12)
    base = x[:64].mean(axis=0)
    assert found["base_outcome"] == pytest.approx(1 + base @ weight)
    np.testing.assert_allclose(found["low_outcome"], 1 + base @ weight + (0.05 - base) * weight, rtol=1e-12)


def test_outcomes_are_means_over_the_other_parameters() -> None:
    x = OneWay().design(2, 1024, 0)
    found = OneWay().analyze(x, x[:, 0] * x[:, 1] ** 2, seed=0)
    # E[b^2] = 1/3, E[a] = 1/2; the points are balanced to about 1/n
    np.testing.assert_allclose(found["low_outcome"], [0.05 / 3, 0.05**2 / 2], atol=2e-3)
    np.testing.assert_allclose(found["high_outcome"], [0.95 / 3, 0.95**2 / 2], atol=2e-3)
    assert found["base_outcome"] == pytest.approx(1 / 6, abs=2e-3)


def test_all_bars_are_computed_in_the_same_points() -> None:
    blocks = OneWay().design(3, 8, 4).reshape(7, 8, 3)
    for i in range(3):
        others = [j for j in range(3) if j != i]
        for block, level in ((1 + 2 * i, 0.05), (2 + 2 * i, 0.95)):
            np.testing.assert_array_equal(blocks[block][:, others], blocks[0][:, others])
            assert (blocks[block][:, i] == level).all()


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(UsageError, match="0 < low < high < 1"):
        OneWay(low=0.9, high=0.1)


def test_points_in_another_order_are_refused() -> None:
    x = OneWay().design(2, 8, 0)
    with pytest.raises(UsageError, match="in the design's order"):
        OneWay().analyze(x[::-1], x[:, 0], seed=0)
