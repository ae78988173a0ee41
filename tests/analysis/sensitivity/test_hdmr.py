import numpy as np
import pytest

from engine.analysis.sensitivity.base import sample_points
from engine.analysis.sensitivity.hdmr import Hdmr
from engine.errors import EngineWarning, RunError, UsageError


def test_a_polynomial_has_its_indices() -> None:
    x = sample_points(3, 1024, 0)
    y = 2 * x[:, 0] + x[:, 1] ** 2 + 3 * x[:, 0] * x[:, 2]
    found = Hdmr().analyze(x, y, seed=0)
    # 2 a + 3 a c = 3.5 (a - 1/2) + 1.5 (c - 1/2) + 3 (a - 1/2)(c - 1/2) + constant
    single = np.array([3.5**2 / 12, 1 / 5 - 1 / 9, 1.5**2 / 12])
    pair = 9 / 144
    whole = single.sum() + pair
    np.testing.assert_allclose(found["hdmr_S1"], single / whole, atol=0.01)
    np.testing.assert_allclose(found["hdmr_ST"], (single + np.array([pair, 0, pair])) / whole, atol=0.01)
    assert found["hdmr_S2"][0, 2] == pytest.approx(pair / whole, abs=0.003)
    assert found["hdmr_explained"] == pytest.approx(1, abs=1e-9)
    assert np.isnan(found["hdmr_S2"][np.tril_indices(3)]).all()


def test_ishigami_has_its_indices() -> None:
    x = sample_points(3, 4096, 1)
    u = np.pi * (2 * x - 1)
    y = np.sin(u[:, 0]) + 7 * np.sin(u[:, 1]) ** 2 + 0.1 * u[:, 2] ** 4 * np.sin(u[:, 0])
    found = Hdmr(degree=8, pair_degree=6).analyze(x, y, seed=0)
    np.testing.assert_allclose(found["hdmr_S1"], [0.3139, 0.4424, 0], atol=0.02)
    np.testing.assert_allclose(found["hdmr_ST"], [0.5576, 0.4424, 0.2437], atol=0.02)


def test_noise_is_not_taken_for_signal() -> None:
    rng = np.random.default_rng(0)
    found = []
    for seed in range(20):
        x = sample_points(4, 400, seed)
        with pytest.warns(EngineWarning, match="explain 0%"):
            found.append(Hdmr(pair_degree=0).analyze(x, rng.standard_normal(400), seed=0)["hdmr_S1"])
    error = np.std(found, ddof=1) / np.sqrt(np.size(found))
    assert abs(np.mean(found)) < 4 * error


def test_shares_agree_with_salibs() -> None:
    from SALib.analyze import enhanced_hdmr

    x = sample_points(3, 600, 2)
    y = x[:, 0] + 2 * x[:, 1] ** 2 + 3 * x[:, 0] * x[:, 2]
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}
    theirs = enhanced_hdmr.analyze(problem, x, y, bootstrap=3, subset=300, seed=1)
    found = Hdmr().analyze(x, y, seed=0)
    np.testing.assert_allclose(found["hdmr_ST"], theirs["ST"][:3], atol=0.03)


def test_too_few_runs_are_refused_with_what_would_do() -> None:
    with pytest.raises(UsageError, match="at least 1684 for 14 parameters and their pairs, 300 without"):
        Hdmr().design(14, 1024, 0)


def test_points_that_do_not_determine_the_surrogate_are_refused() -> None:
    x = np.tile(sample_points(2, 4, 0), (200, 1))
    with pytest.raises(RunError, match="do not determine"):
        Hdmr().analyze(x, x[:, 0], seed=0)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = []
    for seed in range(100):
        x = rng.random((400, 2))
        y = x[:, 0] + 0.5 * x[:, 1] + 0.1 * rng.standard_normal(400)
        found = Hdmr(degree=2, pair_degree=1).analyze(x, y, seed=seed)
        # of the variance, noise included
        truth = np.array([1 / 12, 1 / 48]) / (1 / 12 + 1 / 48 + 0.01)
        held.append(np.abs(found["hdmr_S1"] - truth) < found["hdmr_S1_conf"])
    assert 0.90 <= np.mean(held) <= 0.98
