import numpy as np
import pytest

from engine.analysis.sensitivity.saltelli import Saltelli, SaltelliRun, sobol_indices
from engine.errors import RunError


def two(u: np.ndarray) -> np.ndarray:
    return np.column_stack([u[:, 0] * u[:, 1], 3 * u[:, 1] + u[:, 2] ** 2])


def test_sums_are_the_estimators_of_the_papers() -> None:
    run = SaltelliRun(two, Saltelli(3, 512, 4), keep=True)
    run.advance(512)
    found = run.sums.indices()
    for o in range(2):
        y = run.outcomes[..., o]
        y = y - y.mean()
        a, b, ab, ba = y[:, 0], y[:, -1], y[:, 1:4], y[:, 4:7]
        v = np.var(np.concatenate([a, b]))
        first = (b[:, None] * (ab - a[:, None])).mean(axis=0) / v
        total = ((ab - a[:, None]) ** 2).mean(axis=0) / (2 * v)
        np.testing.assert_allclose(found.by_outcome.first[o], first, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(found.by_outcome.total[o], total, rtol=1e-10, atol=1e-13)
        assert found.by_outcome.second is not None
        for j, k in ((0, 1), (0, 2), (1, 2)):
            second = (ba[:, j] * ab[:, k] - a * b).mean() / v - first[j] - first[k]
            assert found.by_outcome.second[o, j, k] == pytest.approx(second, rel=1e-10, abs=1e-13)
        np.testing.assert_allclose(found.variance[o], v, rtol=1e-12)
        np.testing.assert_allclose(found.mean[o], run.outcomes[:, [0, -1], o].mean(), rtol=1e-12)


def test_indices_of_many_outcomes_are_those_of_each() -> None:
    both = sobol_indices(two, 3, n=256, seed=1)
    for o in range(2):
        alone = sobol_indices(lambda u, o=o: two(u)[:, o], 3, n=256, seed=1)
        for x, y in zip(both.by_outcome, alone.aggregated, strict=True):
            assert x is not None
            np.testing.assert_allclose(x[o], y, rtol=1e-10, atol=1e-13)


def test_indices_together_are_parts_of_variance_over_variances() -> None:
    found = sobol_indices(two, 3, n=256, seed=1)
    for together, each in (
        (found.aggregated.first, found.by_outcome.first),
        (found.aggregated.total, found.by_outcome.total),
    ):
        np.testing.assert_allclose(together, (each * found.variance[:, None]).sum(axis=0) / found.variance.sum())


def test_indices_together_of_copies_are_those_of_one() -> None:
    one = sobol_indices(lambda u: u[:, 0] * u[:, 1], 2, n=256, seed=1)
    scaled = sobol_indices(lambda u: np.outer(u[:, 0] * u[:, 1], [1.0, -7.0, 0.01]), 2, n=256, seed=1)
    for x, y in zip(one.aggregated, scaled.aggregated, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-10, atol=1e-13)


def test_an_outcome_that_never_varies_has_no_indices_and_leaves_the_others_alone() -> None:
    found = sobol_indices(lambda u: np.column_stack([u[:, 0], np.full(len(u), 5.0)]), 2, n=64, seed=0)
    assert np.isnan(found.by_outcome.total[1]).all()
    np.testing.assert_array_equal(found.variance[1], 0)
    np.testing.assert_allclose(found.aggregated.total, found.by_outcome.total[0], rtol=1e-12)
    with pytest.raises(RunError, match="in all 128 base points"):
        sobol_indices(lambda u: np.full(len(u), 5.0), 2, n=64, seed=0)


def test_large_values_lose_no_digits() -> None:
    plain = sobol_indices(lambda u: u[:, 0] + u[:, 1] ** 2, 2, n=256, seed=0)
    lifted = sobol_indices(lambda u: 1e9 + (u[:, 0] + u[:, 1] ** 2), 2, n=256, seed=0)
    np.testing.assert_allclose(plain.aggregated.first, lifted.aggregated.first, atol=1e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_outcomes_that_are_not_finite_are_refused_with_their_row(bad: float) -> None:
    rows = 0

    def holed(u: np.ndarray) -> np.ndarray:
        nonlocal rows
        y = u.sum(axis=1)
        if rows == 1536:  # the second tile of 256 base points
            y[[5, 9]] = bad
        rows += len(u)
        return y

    with pytest.raises(RunError, match=r"in 2 of 3072 runs, first in row 1541"):
        sobol_indices(holed, 2, n=1024, seed=0, chunk=1)


def test_two_points_are_enough_for_an_estimate_and_say_how_little_it_is_worth() -> None:
    found = sobol_indices(lambda u: u.sum(axis=1), 2, n=2, seed=0).aggregated
    assert np.isfinite(found.total_half).all()
    assert found.total_half.max() > 1


# ---------------------------------------------------------------- coverage

SEEDS = 200


def ishigami(u: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * u - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def ishigami_truth() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    v1, v2, v13 = 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2, 49 / 8, 8 * 0.01 * np.pi**8 / 225
    second = np.zeros((3, 3))
    second[0, 2] = v13
    v = v1 + v2 + v13
    return np.array([v1, v2, 0]) / v, np.array([v1 + v13, v2, v13]) / v, second / v


G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0])


def g(u: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * u - 2) + G_WEIGHTS) / (1 + G_WEIGHTS), axis=1)


def g_truth() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    part = 1 / (3 * (1 + G_WEIGHTS) ** 2)
    v = np.prod(1 + part) - 1
    return part / v, part * np.prod(1 + part) / (1 + part) / v, np.outer(part, part) / v


@pytest.mark.parametrize(("n", "share"), [(128, 0.95), (512, 0.95), (512, 0.8)])
@pytest.mark.parametrize(("function", "truth"), [(ishigami, ishigami_truth()), (g, g_truth())], ids=["ishigami", "g"])
def test_intervals_hold_the_truth_as_often_as_they_say(
    n: int, share: float, function: object, truth: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    d = truth[0].size
    upper = np.triu_indices(d, 1)
    held = np.zeros((SEEDS, 2 * d + upper[0].size))
    for seed in range(SEEDS):
        found = sobol_indices(function, d, n=n, seed=seed, level=share).aggregated  # type: ignore[arg-type]
        assert found.second is not None
        assert found.second_half is not None
        held[seed] = np.concatenate(
            [
                np.abs(found.first - truth[0]) <= found.first_half,
                np.abs(found.total - truth[1]) <= found.total_half,
                (np.abs(found.second - truth[2]) <= found.second_half)[upper],
            ]
        )
    coverage = held.mean(axis=0)
    error = np.sqrt(share * (1 - share) / SEEDS)
    # every index by itself, to within what 200 seeds can tell; and all of them on average
    assert (np.abs(coverage - share) < 4 * error).all(), coverage
    assert abs(coverage.mean() - share) < (0.03 if share > 0.9 else 0.05), coverage
    if share == 0.95:
        assert (coverage[:d] > 0.90).all()
