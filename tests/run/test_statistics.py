"""Statistics of draws that are not kept, against NumPy on all draws."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis.summary import mean_over_draws, monte_carlo_error, standard_deviation
from engine.kernel.grid import BINS, TALLY_LANES
from engine.run.statistics import LEVELS, Merged, add_draws, make_grid, moments, quantiles, shares

N, FIRST = 300_000, 65_536


def streamed(x: np.ndarray, block: int = 4096) -> tuple[Merged, dict[str, np.ndarray]]:
    """Counted chunk by chunk as a run does; x (1, draw) of the outcome `npv`."""
    grid = make_grid({"npv": x[:, :FIRST]})
    merged = Merged()
    for start in range(0, x.shape[1], FIRST):
        found = {
            "npv_count": np.zeros((1, TALLY_LANES), dtype=np.int64),
            "npv_sum": np.zeros((1, TALLY_LANES)),
            "npv_squares": np.zeros((1, TALLY_LANES)),
            "npv_low": np.full(1, np.inf),
            "npv_high": np.full(1, -np.inf),
            "npv_positive": np.zeros(1, dtype=np.int64),
            "npv_infinite": np.zeros(1, dtype=np.int64),
            "npv_bins": np.zeros((1, BINS), dtype=np.uint32),
            "npv_atoms": np.zeros((1, 64), dtype=np.uint32),
        }
        chunk = x[:, start : start + FIRST]
        for a in range(0, chunk.shape[1], block):
            add_draws(found, grid, 0, "npv", np.ascontiguousarray(chunk[0, a : a + block]))
        merged.add(found)
    return merged, grid


def luck(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


CONTINUOUS = {
    "normal": luck().normal(-3000.0, 20_000.0, N),
    "far from zero": luck().normal(1e9, 1.0, N),
    "heavy tail": np.exp(1.5 * luck().normal(size=N)),
    "ratio of normals": luck(2).normal(size=N) / luck(3).normal(size=N),
    "two humps": np.where(luck(4).random(N) < 0.5, luck(5).normal(0, 1, N), luck(6).normal(50, 0.1, N)),
    "never in a tenth": np.where(luck(7).random(N) < 0.1, np.inf, luck(8).gamma(2.0, 3.0, N)),
    "undefined in half": np.where(luck(9).random(N) < 0.5, np.nan, luck(10).normal(size=N)),
}


@pytest.mark.parametrize("name", list(CONTINUOUS))
def test_quantiles_off_the_grid_are_those_of_all_draws_within_a_tenth_of_their_monte_carlo_error(name: str) -> None:
    x = CONTINUOUS[name]
    found = quantiles(*streamed(x[None]), "npv", LEVELS)[:, 0]
    defined = np.sort(x[~np.isnan(x)])
    for level, got in zip(LEVELS, found, strict=True):
        error = np.sqrt(level * (1 - level) / defined.size)
        low, exact, high = np.quantile(defined, [level - error, level, level + error], method="lower")
        if np.isinf(exact):
            assert got == exact
        else:
            assert abs(got - exact) < 0.1 * (high - low) / 2


@pytest.mark.parametrize(
    "x",
    [
        np.full(N, -1234.5),
        np.zeros(N),
        np.where(luck(1).random(N) < 0.3, 0.0, luck(2).gamma(2.0, 3.0, N)),
        luck(3).integers(0, 40, N) / 7.0,
        np.where(luck(4).random(N) < 0.6, np.inf, 2.0),
    ],
    ids=["constant", "zero", "zero in a third", "forty values", "mostly never"],
)
def test_single_values_are_told_exactly(x: np.ndarray) -> None:
    levels = (0.05, 0.2, 0.5, 0.95)
    found = quantiles(*streamed(x[None]), "npv", levels)[:, 0]
    exact = np.quantile(x, levels, method="lower")
    single = np.array([np.count_nonzero(x == value) > N / 500 for value in exact])
    assert single.any()
    np.testing.assert_array_equal(found[single], exact[single])


def test_an_outcome_that_is_never_defined_has_no_quantile_and_no_mean() -> None:
    merged, grid = streamed(np.full((1, FIRST + 10), np.nan))
    assert np.isnan(quantiles(merged, grid, "npv", LEVELS)).all()
    found = moments(merged, grid, "npv", 16)
    assert np.isnan([found.mean[0], found.sd[0]]).all()


@pytest.mark.parametrize("replicates", [1, 16])
@pytest.mark.parametrize("name", ["normal", "far from zero", "heavy tail"])
def test_moments_are_those_of_all_draws(name: str, replicates: int) -> None:
    x = CONTINUOUS[name][None]
    merged, grid = streamed(x)
    found = moments(merged, grid, "npv", replicates)
    np.testing.assert_allclose(found.mean, mean_over_draws(x), rtol=1e-13)
    np.testing.assert_allclose(found.sd, standard_deviation(x), rtol=1e-10)
    # about the middle, as means of replicates far from zero lose digits
    np.testing.assert_allclose(found.error, monte_carlo_error(x - np.median(x), replicates), rtol=1e-8)
    positive, finite = shares(merged, "npv")
    assert (positive[0], finite[0]) == ((x > 0).mean(), 1.0)


def test_what_does_not_vary_has_its_value_as_mean_and_a_standard_deviation_of_exactly_zero() -> None:
    for value in (0.1, -123_456.789, 1e17 / 3):
        merged, grid = streamed(np.full((1, N), value))
        found = moments(merged, grid, "npv", 16)
        assert (found.mean[0], found.sd[0], found.error[0]) == (value, 0.0, 0.0)


def test_bits_do_not_depend_on_the_size_of_blocks() -> None:
    x = CONTINUOUS["ratio of normals"][None]
    first, second = (streamed(x, block)[0] for block in (256, 4096))
    for name in first.arrays:
        np.testing.assert_array_equal(first[name], second[name])


def test_sums_of_many_chunks_lose_no_digits() -> None:
    merged = Merged()
    for k in range(100_000):
        merged.add({"x": np.array([0.1, 1e16 if k % 2 == 0 else -1e16])})
        merged.add({"x": np.array([0.0, 1.0])})
    assert merged["x"][0] == 10_000.0
    assert merged["x"][1] == 100_000.0
