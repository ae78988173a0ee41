import numpy as np
import pytest

from engine.analysis.sensitivity.morris import Morris
from engine.errors import UsageError


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
