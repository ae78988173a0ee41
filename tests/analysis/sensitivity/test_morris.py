from itertools import combinations

import numpy as np
import pytest

from engine.analysis.sensitivity.morris import Morris
from engine.errors import UsageError


def twenty_factors(u: np.ndarray, seed: int = 0) -> np.ndarray:
    """The test function of Morris' paper; its small coefficients are standard normal."""
    rng = np.random.default_rng(seed)
    w = 2 * (u - 0.5)
    for i in (2, 4, 6):
        w[:, i] = 2 * (1.1 * u[:, i] / (u[:, i] + 0.1) - 0.5)
    first = rng.standard_normal(20)
    first[:10] = 20
    second = np.triu(rng.standard_normal((20, 20)), 1)
    second[:6, :6] = np.triu(np.full((6, 6), -15.0), 1)
    y = w @ first + np.einsum("ni,ij,nj->n", w, second, w, optimize=True)
    for size, members, coefficient in ((3, 5, -10.0), (4, 4, 5.0)):
        for chosen in combinations(range(members), size):
            y += coefficient * w[:, list(chosen)].prod(axis=1)
    return np.asarray(y)


def test_morris_own_function_has_the_pattern_of_the_paper() -> None:
    x = Morris().design(20, 50, 0)
    found = Morris().analyze(x, twenty_factors(x), seed=0)
    mu_star, sigma = found["mu_star"], found["sigma"]
    # 1-6 interact, 7 is curved, 8-10 are nearly linear with twice their coefficient, 11-20 do next to nothing
    np.testing.assert_allclose(mu_star[7:10], 0.99 * 40, atol=6)
    assert (mu_star[:10] > 25).all()
    assert (mu_star[10:] < 12).all()
    assert (sigma[:6] > 30).all()
    assert sigma[6] > 15
    assert (sigma[7:] < 15).all()


def test_estimates_without_groups_are_salibs() -> None:
    from SALib.analyze import morris

    x = Morris().design(4, 20, 5)
    y = x[:, 0] + x[:, 1] * x[:, 2]
    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0.0, 1.0]] * 4}
    theirs = morris.analyze(problem, x, y, num_levels=4, seed=1)
    found = Morris().analyze(x, y, seed=0)
    for name in ("mu", "mu_star", "sigma"):
        np.testing.assert_allclose(found[name], np.asarray(theirs[name], dtype=float), rtol=1e-12)


def test_a_group_moves_together_and_has_a_size_only() -> None:
    method = Morris(groups=((1, 3), (0,), (2,)))
    x = method.design(4, 200, 1)
    assert x.shape == (200 * 4, 4)
    found = method.analyze(x, (x - 0.005) / 0.99 @ [5.0, 2.0, 0.0, 1.0], seed=0)
    # 2 and 1 add or oppose each other, half of the time each
    assert found["mu_star"][0] == pytest.approx(2, abs=0.25)
    np.testing.assert_allclose(found["mu_star"][1:], [5, 0], atol=1e-12)
    np.testing.assert_allclose(found["mu"][1:], [5, 0], atol=1e-12)
    assert np.isnan(found["mu"][0])
    assert np.isnan(found["sigma"][0])


def test_trajectories_in_another_order_are_refused() -> None:
    x = Morris().design(3, 8, 0)
    with pytest.raises(UsageError, match="one parameter, or group, at a time"):
        Morris().analyze(np.roll(x, 1, axis=0), x[:, 0], seed=0)


def test_a_parameter_in_no_group_is_refused() -> None:
    with pytest.raises(UsageError, match="belongs in one group"):
        Morris(groups=((0, 1),)).design(3, 4, 0)


def test_a_linear_function_has_its_coefficients_as_effects_and_no_spread() -> None:
    weight = np.array([3.0, -2.0, 0.0, 0.5])
    x = Morris().design(4, 10, 3)
    # per unit of the range that the grid covers
    found = Morris().analyze(x, (x - 0.005) / 0.99 @ weight, seed=0)
    np.testing.assert_allclose(found["mu"], weight, atol=1e-12)
    np.testing.assert_allclose(found["mu_star"], np.abs(weight), atol=1e-12)
    np.testing.assert_allclose(found["sigma"], 0, atol=1e-12)
    np.testing.assert_allclose(found["mu_star_conf"], 0, atol=1e-12)


def test_the_grid_runs_from_half_a_percent_to_its_mirror() -> None:
    x = Morris().design(3, 50, 0)
    np.testing.assert_allclose(np.unique(x.round(12)), [0.005, 0.335, 0.665, 0.995])


def test_every_run_of_a_trajectory_moves_one_parameter() -> None:
    x = Morris().design(5, 7, 0).reshape(7, 6, 5)
    moved = np.diff(x, axis=1) != 0
    assert (moved.sum(axis=2) == 1).all()
    assert (moved.sum(axis=1) == 1).all()


def test_an_interaction_shows_as_spread_and_opposite_effects_cancel_in_mu_alone() -> None:
    x = Morris().design(2, 400, 1)
    y = (x[:, 0] - 0.5) * (x[:, 1] - 0.5)
    found = Morris().analyze(x, y, seed=1)
    assert (found["sigma"] > 0.2).all()
    assert (found["mu_star"] > 5 * np.abs(found["mu"])).all()


def test_an_odd_number_of_levels_is_refused() -> None:
    with pytest.raises(UsageError, match="levels: 5"):
        Morris(levels=5)
