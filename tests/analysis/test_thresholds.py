import numpy as np
import pytest

from engine.analysis.differences import AssumptionGroup
from engine.analysis.division import Comparison
from engine.analysis.thresholds import Way, crossings
from engine.errors import RunError


def test_each_function_crosses_where_its_sign_turns_first() -> None:
    def function(t: np.ndarray, which: np.ndarray) -> np.ndarray:
        return np.choose(which, [t - 0.3, 1 + t, 2.0 - 1e6 * (t > 0.7), np.cos(7 * t), -t])

    found = crossings(function, 5)
    np.testing.assert_allclose(found[[0, 2, 3]], [0.3, 0.7, np.pi / 14], rtol=1e-12)
    assert np.isnan(found[[1, 4]]).all()


def test_the_ends_of_the_way_count() -> None:
    np.testing.assert_allclose(crossings(lambda t, k: t - (t < 1), 1), [1.0], rtol=1e-12)
    np.testing.assert_allclose(crossings(lambda t, k: t + 0.0, 1), [0.0], atol=1e-12)
    assert crossings(lambda t, k: t, 0).shape == (0,)


def plain(v: np.ndarray, share: np.ndarray) -> np.ndarray:
    return np.asarray(v[..., 0].mean(axis=-1))


def test_the_way_ends_at_the_values_to_the_last_digit_and_keeps_what_agrees() -> None:
    a, b = np.array([[0.1, 0.3, 7.0]]), np.array([[0.7, 0.3, 9.0]])
    seen: list[np.ndarray] = []

    def evaluate(x: np.ndarray) -> np.ndarray:
        seen.append(x.copy())
        return x.sum(axis=1, keepdims=True)

    groups = [AssumptionGroup("x", "x", "t", (0, 1)), AssumptionGroup("y", "y", "t", (2,))]
    way = Way(evaluate, Comparison(a, b, (0, 1), True), groups, plain, 100)
    way.npv(np.array([0.0, 0.37, 1.0]), [[0], [0], [0, 1]])
    np.testing.assert_array_equal(seen[0][[0, 2]], np.concatenate([a, b]))
    assert seen[0][1, 1] == 0.3
    assert seen[0][1, 2] == 7.0


def test_an_npv_that_is_not_finite_is_an_error() -> None:
    a, b = np.zeros((1, 1)), np.ones((1, 1))
    way = Way(lambda x: x + np.inf, Comparison(a, b, (0,), True), [AssumptionGroup("x", "x", "t", (0,))], plain, 10)
    with pytest.raises(RunError, match="finite"):
        way.npv(np.array([0.5]), [[0]])
