import warnings

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.delta import Delta, density_distance


def of_a_normal_sum(share: float) -> float:
    """Delta of a normal term that holds a share of a normal sum's variance, by quadrature."""
    y = np.linspace(-9, 9, 4001)
    z = np.linspace(-6, 6, 1201)
    known = norm.pdf(y[None, :], np.sqrt(share) * z[:, None], np.sqrt(1 - share))
    area = np.trapezoid(np.abs(norm.pdf(y) - known), y, axis=1)
    return float(np.trapezoid(area * norm.pdf(z), z) / 2)


def test_a_sum_of_normal_parameters_has_its_index() -> None:
    weight = np.sqrt([0.6, 0.3, 0.1])
    x = sample_points(3, 4096, 1)
    found = Delta(resamples=10).analyze(x, ndtri(x) @ weight, seed=0)
    # classes and kernels smooth a little of it away
    np.testing.assert_allclose(found["delta"], [of_a_normal_sum(s) for s in weight**2], atol=0.025)


def test_a_continuous_outcome_has_salibs_index() -> None:
    from SALib.analyze.delta import calc_delta
    from scipy.stats import rankdata

    x = sample_points(2, 1000, 7)
    scores = ndtri((rankdata(x[:, 0] + 0.5 * x[:, 1]) - 0.5) / 1000)
    for u in x.T:
        theirs = calc_delta(scores, np.linspace(-4, 4, 200), u, np.linspace(0, 1000, 9))
        assert density_distance(u, scores, 8) == pytest.approx(theirs, abs=0.03)


def test_the_scale_of_the_outcome_does_not_matter() -> None:
    x = sample_points(2, 512, 3)
    y = x[:, 0] + 0.5 * x[:, 1]
    one, other = Delta(resamples=3).analyze(x, y, seed=1), Delta(resamples=3).analyze(x, np.exp(9 * y), seed=1)
    np.testing.assert_allclose(one["delta"], other["delta"], rtol=1e-12)


def test_ishigami_is_ranked_as_published() -> None:
    x = sample_points(4, 2048, 2)
    u = np.pi * (2 * x - 1)
    y = np.sin(u[:, 0]) + 7 * np.sin(u[:, 1]) ** 2 + 0.1 * u[:, 2] ** 4 * np.sin(u[:, 0])
    whole = Delta(resamples=10).analyze(x, y, seed=0)
    found = whole["delta"]
    assert found[1] > found[0] > found[2] > found[3]
    assert abs(found[3]) < 0.04
    assert abs(whole["delta_dummy"]) < 0.04
    assert found[2] > 3 * whole["delta_dummy"]


def test_neither_filters_nor_the_global_generator_are_touched() -> None:
    x = sample_points(1, 256, 0)
    np.random.seed(5)
    state, filters = np.random.get_state()[1].copy(), list(warnings.filters)  # type: ignore[union-attr,index]
    Delta(resamples=2).analyze(x, x[:, 0], seed=3)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # type: ignore[index]
    assert warnings.filters == filters


def test_a_discrete_parameter_with_a_discrete_outcome_is_no_problem() -> None:
    x = sample_points(2, 1024, 4)
    found = Delta(resamples=3).analyze(x, np.where(x[:, 0] < 0.3, 0.0, 1.0), seed=0)["delta"]
    # one value is learned with 0.3 and moves 0.7 of the mass, the other with 0.7 and moves 0.3
    assert found[0] == pytest.approx(0.42, abs=0.03)
    assert found[1] == pytest.approx(0, abs=0.05)
