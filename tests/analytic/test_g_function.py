"""Sobol's G function, a product of which every index is known in closed form (Saltelli & Sobol' 1995)."""

import numpy as np
import pytest

from engine.analysis.sensitivity.saltelli import sobol_indices
from engine.analysis.sensitivity.sobol_sums import Indices

WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0])
D = WEIGHTS.size

# Each factor has mean 1 and variance 1 / (3 (1 + a)²); the variance of a product of these less its parts
PART = 1 / (3 * (1 + WEIGHTS) ** 2)
V = np.prod(1 + PART) - 1
S1 = PART / V
ST = PART * np.prod(1 + PART) / (1 + PART) / V
S2 = np.outer(PART, PART) / V


def g(u: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * u - 2) + WEIGHTS) / (1 + WEIGHTS), axis=1)


def test_the_closed_form_has_the_published_digits() -> None:
    np.testing.assert_allclose(S1[:5], [0.7162, 0.1790, 0.0237, 0.0072, 0.0001], atol=5e-5)
    np.testing.assert_allclose(ST[:5], [0.7871, 0.2422, 0.0343, 0.0105, 0.0001], atol=5e-5)


@pytest.fixture(scope="module", params=[0, 1, 2])
def found(request: pytest.FixtureRequest) -> Indices:
    return sobol_indices(g, D, n=8192, seed=request.param)


# 28 pairs and 16 others in each of three designs: the largest of 132 t-values with 15 degrees is about 4
T = 4.5 / 2.13


def test_all_indices_are_within_their_errors(found: Indices) -> None:
    e = found.aggregated
    assert e.second is not None
    assert e.second_half is not None
    upper = np.triu_indices(D, 1)
    assert (np.abs(e.first - S1) <= T * e.first_half).all()
    assert (np.abs(e.total - ST) <= T * e.total_half).all()
    assert (np.abs(e.second - S2)[upper] <= T * e.second_half[upper]).all()
    assert found.mean[0] == pytest.approx(1, abs=0.01)
    assert found.variance[0] == pytest.approx(V, rel=0.03)


def test_the_errors_are_small_enough_to_tell_the_parameters_apart(found: Indices) -> None:
    e = found.aggregated
    assert (e.first_half[:4] < 0.02).all()
    assert (e.total_half[:4] < 0.04).all()
    assert e.total[:4].argsort()[::-1].tolist() == [0, 1, 2, 3]


def test_a_group_has_the_index_of_its_product() -> None:
    groups = [[0, 2], [1], [3, 4, 5, 6, 7]]
    e = sobol_indices(g, D, n=8192, seed=0, groups=groups).aggregated
    part = np.array([np.prod(1 + PART[group]) - 1 for group in groups])
    assert (np.abs(e.first - part / V) <= T * e.first_half).all()
    assert (np.abs(e.total - part * np.prod(1 + part) / (1 + part) / V) <= T * e.total_half).all()


def test_first_order_shares_of_a_linear_function_add_up_and_equal_the_totals() -> None:
    weight = np.array([1.0, -2.0, 3.0, 0.0])
    e = sobol_indices(lambda u: u @ weight, 4, n=8192, seed=0).aggregated
    truth = weight**2 / (weight**2).sum()
    assert (np.abs(e.first - truth) <= T * e.first_half + 1e-12).all()
    assert (np.abs(e.total - truth) <= T * e.total_half + 1e-12).all()
    assert e.total[3] == 0
