"""Sums of products of a Saltelli design, beside the same sums written out."""

import numpy as np
import pytest

from engine.kernel.points import REPLICATES
from engine.kernel.products import add_products


@pytest.mark.parametrize("points", [1, 3, 8, 16])
@pytest.mark.parametrize("second", [True, False])
def test_sums_are_those_of_each_replicate_written_out(points: int, second: bool) -> None:
    g, o = 5, 3
    blocks = (2 if second else 1) * g + 2
    z = np.random.default_rng(points).standard_normal((o, blocks, points, REPLICATES))
    sums, square, both = np.zeros((o, blocks, REPLICATES)), np.zeros((o, REPLICATES)), np.zeros((o, REPLICATES))
    first, total = np.zeros((2, o, g, REPLICATES))
    pair = np.zeros((o if second else 0, g, g, REPLICATES))
    for _ in range(2):  # they are added to
        add_products(z, g, sums, square, first, total, both, pair)
    a, b, ab = z[:, 0], z[:, -1], z[:, 1 : 1 + g]
    close = {"rtol": 1e-13, "atol": 1e-13}
    np.testing.assert_allclose(sums, 2 * z.sum(axis=2), **close)
    np.testing.assert_allclose(square, 2 * (a**2 + b**2).sum(axis=1), **close)
    np.testing.assert_allclose(both, 2 * (a * b).sum(axis=1), **close)
    step = ab - a[:, None]
    np.testing.assert_allclose(first, 2 * (b[:, None] * step).sum(axis=2), **close)
    np.testing.assert_allclose(total, 2 * (step**2).sum(axis=2), **close)
    if second:
        expected = 2 * np.einsum("oipr,ojpr->oijr", z[:, 1 + g : 1 + 2 * g], ab)
        above = np.triu(np.ones((g, g), dtype=bool), 1)
        np.testing.assert_allclose(pair[:, above], expected[:, above], **close)
        assert (pair[:, ~above] == 0).all()
