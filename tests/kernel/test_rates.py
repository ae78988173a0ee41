"""Signs of flows of money and what they are worth, beside the same written out in NumPy."""

import numpy as np

from engine.kernel.rates import WIDE, count_signs, polynomials


def _signs(flow: np.ndarray) -> tuple[int, float, float]:
    """Changes of sign without zeros, the first sign, the last number's."""
    kept = np.sign(flow[flow != 0])
    return int((np.diff(kept) != 0).sum()), float(kept[0]) if kept.size else 0.0, float(np.sign(flow[-1]))


def test_signs_are_counted_without_zeros_and_without_rounding():
    rng = np.random.default_rng(1)
    flow = np.round(rng.normal(size=(400, 9)))
    flow[0] = 0.0
    flow[1] = [0.3, 0.6, -0.9, 0, 0, 0, 0, 0, 0]  # 0.3 + 0.6 - 0.9 is not quite 0
    changes, so_far = np.empty((2, 400), dtype=np.int64)
    first, last = np.empty((2, 400))
    count_signs(flow, 1e-12, changes, first, so_far, last)
    sums = np.cumsum(flow, axis=1)
    assert sums[1, 2] != 0
    sums[np.abs(sums) <= 1e-12 * np.cumsum(np.abs(flow), axis=1)] = 0.0
    for i in range(400):
        assert (changes[i], first[i]) == _signs(flow[i])[:2]
        assert (so_far[i], last[i]) == _signs(sums[i])[::2]
    assert len(set(changes.tolist())) > 4


def test_polynomials_have_the_bits_of_horners_rule():
    rng = np.random.default_rng(2)
    coefficients, x = rng.normal(size=(30, 2 * WIDE + 5)), rng.uniform(size=2 * WIDE + 5)
    value, expected = np.empty_like(x), np.zeros_like(x)
    for row in coefficients:
        expected = expected * x + row
    polynomials(coefficients, x, value)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_allclose(value[:3], [np.polyval(coefficients[:, i], x[i]) for i in range(3)], rtol=1e-12)
