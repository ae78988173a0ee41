"""Loops of regressions, against SciPy and NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.interpolate import BSpline

from engine.kernel.regressions import add_regrets, spline_curves, spline_grams, spline_rows, spline_sums

KNOTS = np.array([-2.0, -0.4, 0.1, 0.3, 3.0])
ENDS = np.concatenate([np.repeat(-2.0, 3), KNOTS, np.repeat(3.0, 3)])


def rows(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    place, weight = np.empty(x.size, dtype=np.int64), np.empty((x.size, 4))
    spline_rows(x, KNOTS, place, weight)
    return place, weight


def design(x: np.ndarray) -> np.ndarray:
    return np.asarray(BSpline.design_matrix(x, ENDS, 3).toarray())


def test_splines_are_those_of_scipy_knots_and_both_ends_included() -> None:
    x = np.concatenate([KNOTS, np.random.default_rng(1).uniform(-2, 3, 500)])
    place, weight = rows(x)
    dense = np.zeros((x.size, KNOTS.size + 2))
    np.put_along_axis(dense, place[:, None] + np.arange(4), weight, axis=1)
    np.testing.assert_allclose(dense, design(x), atol=1e-15)
    np.testing.assert_allclose(weight.sum(axis=1), 1.0, atol=1e-15)


def test_products_and_curves_are_those_of_the_dense_design() -> None:
    rng = np.random.default_rng(2)
    x, starts = rng.uniform(-2, 3, 300), np.array([0, 100, 130, 300])
    place, weight = rows(x)
    dense, y = design(x), rng.normal(size=(300, 3))
    gram, sums = np.empty((3, 7, 7)), np.empty((3, 7, 3))
    spline_grams(place, weight, starts, gram)
    spline_sums(place, weight, starts, y, sums)
    for b, (start, stop) in enumerate(itertools.pairwise(starts)):
        np.testing.assert_allclose(gram[b], dense[start:stop].T @ dense[start:stop], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(sums[b], dense[start:stop].T @ y[start:stop], rtol=1e-12, atol=1e-12)
    table, out = rng.normal(size=(7, 5)), np.empty((50, 5))
    spline_curves(place, weight, 40, table, out)
    np.testing.assert_allclose(out, dense[40:90] @ table, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("own", [-1, 2])
def test_regrets_are_those_of_each_option_and_block_alone(own: int) -> None:
    rng = np.random.default_rng(3)
    curves, npv = rng.normal(size=(40, 2, 3, 4)), rng.normal(size=(40, 2, 3))
    best = np.array([0, 2, 1])
    behind, gain = np.zeros((3, 3, 4)), np.zeros(3)
    add_regrets(curves, own, npv, best, behind, gain)
    options = np.concatenate([np.zeros((40, 1, 3, 4)), curves], axis=1)
    want = (options.max(axis=1, keepdims=True) - options).sum(axis=0)
    taken = np.concatenate([np.zeros((40, 1, 3)), npv], axis=1)
    if own < 0:
        np.testing.assert_array_equal(gain, 0.0)
    else:
        want[..., own] = 0.0
        chosen = options[..., own].argmax(axis=1)
        by_curve = np.take_along_axis(taken, chosen[:, None], axis=1)[:, 0].sum(axis=0)
        np.testing.assert_allclose(gain, by_curve - [taken[:, best[o], o].sum() for o in range(3)], rtol=1e-12)
    np.testing.assert_allclose(behind, want, rtol=1e-12, atol=1e-12)
