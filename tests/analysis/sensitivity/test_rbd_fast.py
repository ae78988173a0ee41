import numpy as np
import pytest

from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.rbd_fast import RbdFast
from engine.errors import EngineWarning, UsageError


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_ishigami_has_its_first_order_indices() -> None:
    x = sample_points(3, 4096, 0)
    found = RbdFast().analyze(x, ishigami(x), seed=0)
    error = np.abs(found["S1"] - [0.3139, 0.4424, 0.0])
    assert (error < 2 * found["S1_conf"]).all()
    assert (found["S1_conf"] < 0.05).all()


def test_a_parameter_that_does_nothing_has_no_index_on_average() -> None:
    found = []
    for seed in range(40):
        x = np.random.default_rng(seed).random((500, 2))
        found.append(RbdFast(resamples=2).analyze(x, x[:, 0] + 0.5, seed=0)["S1"][1])
    assert abs(np.mean(found)) < 4 * np.std(found, ddof=1) / np.sqrt(40)


def test_the_interval_is_the_estimates_deviation() -> None:
    found, half = [], []
    for seed in range(40):
        x = np.random.default_rng(100 + seed).random((500, 2))
        one = RbdFast(resamples=30).analyze(x, x[:, 0] + x[:, 1] ** 2, seed=seed)
        found.append(one["S1"])
        half.append(one["S1_conf"] / 1.96)
    np.testing.assert_allclose(np.mean(half, axis=0), np.std(found, axis=0, ddof=1), rtol=0.4)


def test_estimates_equal_salibs() -> None:
    from SALib.analyze import rbd_fast

    x = sample_points(3, 512, 5)
    y = ishigami(x)
    theirs = rbd_fast.analyze({"num_vars": 3, "names": list("abc")}, x, y, num_resamples=2, seed=1)
    np.testing.assert_allclose(RbdFast().analyze(x, y, seed=0)["S1"], theirs["S1"], rtol=1e-12)


def test_a_sample_that_needs_much_correction_is_told() -> None:
    x = sample_points(2, 256, 0)
    with pytest.warns(EngineWarning, match="bias of up to 8%"):
        RbdFast().analyze(x, x.sum(axis=1), seed=0)


def test_too_few_runs_are_refused() -> None:
    with pytest.raises(UsageError, match="at least 200"):
        RbdFast().design(2, 199, 0)
