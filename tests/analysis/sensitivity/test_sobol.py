import numpy as np
import pytest

from engine.analysis.sensitivity.sobol import Sobol
from engine.errors import RunError


def test_shares_of_an_additive_function_are_its_variances() -> None:
    weight = np.array([1.0, 2.0, 4.0])
    x = Sobol().design(3, 1024, 5)
    found = Sobol().analyze(x, x @ weight, seed=5)
    truth = weight**2 / (weight**2).sum()
    assert (np.abs(found["S1"] - truth) <= 3 * found["S1_conf"]).all()
    assert (np.abs(found["ST"] - truth) <= 3 * found["ST_conf"]).all()
    upper = np.triu_indices(3, 1)
    assert (np.abs(found["S2"][upper]) <= 3 * found["S2_conf"][upper]).all()


def test_second_order_stands_above_the_diagonal_only() -> None:
    x = Sobol().design(4, 64, 0)
    found = Sobol().analyze(x, x.prod(axis=1), seed=0)
    for name in ("S2", "S2_conf"):
        assert np.isnan(found[name][np.tril_indices(4)]).all()
        assert np.isfinite(found[name][np.triu_indices(4, 1)]).all()


def test_indices_do_not_depend_on_scale_and_origin() -> None:
    x = Sobol().design(3, 256, 2)
    y = x[:, 0] * x[:, 1] + x[:, 2]
    one, other = Sobol().analyze(x, y, seed=1), Sobol().analyze(x, 1e6 + 250 * y, seed=1)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-9)


def test_an_outcome_that_varies_off_the_base_points_alone_is_refused() -> None:
    x = Sobol().design(2, 8, 0)
    y = np.zeros(len(x))
    y[1] = 1.0
    with pytest.raises(RunError, match="in all 16 base points"):
        Sobol().analyze(x, y, seed=0)


def test_intervals_of_a_wider_level_are_wider() -> None:
    x = Sobol().design(2, 64, 0)
    y = x[:, 0] + x[:, 1] ** 3
    assert (Sobol(level=0.99).analyze(x, y, seed=0)["ST_conf"] > Sobol().analyze(x, y, seed=0)["ST_conf"]).all()
