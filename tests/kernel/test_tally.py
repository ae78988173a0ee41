"""Sums and counts over draws, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from engine.kernel.grid import ATOMS, BINS, PART, SEGMENTS, TALLY_LANES
from engine.kernel.tally import add_counts, add_moments


@pytest.mark.parametrize("n", [1, 15, 16, 17, 300])
def test_moments_of_lanes_are_those_that_numpy_finds(n: int) -> None:
    rng = np.random.default_rng(n)
    x = rng.normal(5.0, 2.0, (3, n))
    x[1, ::3], x[2, ::2] = np.nan, np.inf
    origin = np.array([4.0, 5.0, 6.0])
    count = np.zeros((3, TALLY_LANES), dtype=np.int64)
    total, squares = np.zeros((3, TALLY_LANES)), np.zeros((3, TALLY_LANES))
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    positive, infinite = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=np.int64)
    add_moments(x, origin, count, total, squares, low, high, positive, infinite)
    finite = np.isfinite(x)
    away = np.where(finite, x - origin[:, None], 0.0)
    for lane in range(TALLY_LANES):
        np.testing.assert_array_equal(count[:, lane], finite[:, lane::TALLY_LANES].sum(axis=1))
        np.testing.assert_allclose(total[:, lane], away[:, lane::TALLY_LANES].sum(axis=1), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(squares[:, lane], (away[:, lane::TALLY_LANES] ** 2).sum(axis=1), rtol=1e-12)
    np.testing.assert_array_equal(low, np.where(finite, x, np.inf).min(axis=1))
    np.testing.assert_array_equal(high, np.where(finite, x, -np.inf).max(axis=1))
    np.testing.assert_array_equal(positive, (x > 0).sum(axis=1))
    np.testing.assert_array_equal(infinite, np.isinf(x).sum(axis=1))


def test_blocks_one_after_the_other_leave_the_bits_of_one() -> None:
    x = np.random.default_rng(1).normal(size=(2, 1024))

    def tally(cuts: list[int]) -> list[np.ndarray]:
        kinds = (np.int64, float, float)
        found = [np.zeros((2, TALLY_LANES), dtype=kind) for kind in kinds]
        rest = [np.full(2, np.inf), np.full(2, -np.inf), np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)]
        for a, b in zip([0, *cuts], [*cuts, 1024], strict=True):
            add_moments(np.ascontiguousarray(x[:, a:b]), np.zeros(2), *found, *rest)
        return [*found, *rest]

    for whole, parts in zip(tally([]), tally([256, 768]), strict=True):
        np.testing.assert_array_equal(whole, parts)


def test_every_finite_value_is_in_the_bin_that_holds_it_or_at_its_atom() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.normal(size=3000), np.full(50, 0.25), [np.nan, np.inf, -np.inf]])[None]
    edges = np.array([[-3.0, -2.0, -0.5, -0.4, 0.0, 0.1, 2.0, 3.0]])
    atoms = np.full((1, ATOMS), np.nan)
    atoms[0, :3] = [-9.0, 0.25, 9.0]
    bins, at_atom = np.zeros((1, BINS), dtype=np.uint32), np.zeros((1, ATOMS), dtype=np.uint32)
    add_counts(x, edges, atoms, bins, at_atom)
    assert at_atom[0, 1] == 50
    assert at_atom.sum() == 50
    ends = np.concatenate([np.linspace(edges[0, s], edges[0, s + 1], PART + 1)[:-1] for s in range(SEGMENTS)] + [[3.0]])
    others = x[0, np.isfinite(x[0]) & (x[0] != 0.25)]
    expected = np.bincount(np.searchsorted(ends, others, side="left"), minlength=BINS)
    np.testing.assert_array_equal(bins[0], expected)
