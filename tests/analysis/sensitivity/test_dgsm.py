import numpy as np
import pytest
from scipy.special import ndtri

from engine.analysis.sensitivity.dgsm import Dgsm
from engine.errors import UsageError


def test_a_linear_function_of_normal_parameters_has_its_total_indices() -> None:
    weight = np.array([1.0, -2.0, 0.0, 4.0])
    x = Dgsm().design(4, 1024, 0)
    found = Dgsm().analyze(x, ndtri(x) @ weight, seed=0)
    np.testing.assert_allclose(found["dgsm"], weight**2 / (weight**2).sum(), rtol=0.02)
    assert found["dgsm"][2] == 0


def test_a_linear_function_of_a_uniform_parameter_has_its_closed_form() -> None:
    x = Dgsm().design(1, 4096, 1)
    found = Dgsm().analyze(x, 5 * x[:, 0], seed=0)
    # E[φ(z)²] / (1/12), with the mean square of the normal density 1 / (2 π √3)
    truth = 12 / (2 * np.pi * np.sqrt(3))
    assert found["dgsm"][0] == pytest.approx(truth, rel=0.01)


def test_a_quadratic_function_has_its_closed_form() -> None:
    x = Dgsm().design(2, 4096, 2)
    z = ndtri(x)
    found = Dgsm().analyze(x, z[:, 0] ** 2 + z[:, 0] * z[:, 1], seed=0)
    # derivatives 2 z0 + z1 and z0: mean squares 5 and 1; variance 2 + 1
    error = np.abs(found["dgsm"] - [5 / 3, 1 / 3])
    assert (error < 2 * found["dgsm_conf"]).all()
    assert (found["dgsm_conf"] < 0.2).all()


def test_it_bounds_the_total_index_from_above() -> None:
    x = Dgsm().design(3, 2048, 0)
    u = np.pi * (2 * x - 1)
    found = Dgsm().analyze(x, np.sin(u[:, 0]) + 7 * np.sin(u[:, 1]) ** 2 + 0.1 * u[:, 2] ** 4 * np.sin(u[:, 0]), seed=0)
    assert (found["dgsm"] + found["dgsm_conf"] > [0.558, 0.442, 0.244]).all()


def test_no_step_leaves_the_cube() -> None:
    x = Dgsm(step=0.5).design(5, 4096, 0)
    assert (x > 0).all()
    assert (x < 1).all()


def test_points_in_another_order_are_refused() -> None:
    x = Dgsm().design(2, 16, 0)
    with pytest.raises(UsageError, match="a step of every parameter"):
        Dgsm().analyze(x[::-1], x[::-1, 0], seed=0)


def test_the_smallest_size_is_told() -> None:
    with pytest.raises(UsageError, match="at least 16"):
        Dgsm().design(3, 8, 0)
