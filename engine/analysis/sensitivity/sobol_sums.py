"""Sobol' indices from running sums over base points: no outcome is kept.

The design consists of independently scrambled copies of one sequence, so the estimates of the copies are independent of
each other, and their spread is the error. The bootstrap, which takes the points of an even design for independent ones,
gives intervals several times too wide.

Letters as in `saltelli`: m base points at a time, g groups, O outcomes, R replicates. Of pairs of groups, those above
the diagonal alone are summed.

References
----------
Sobol' (2001), doi:10.1016/S0378-4754(00)00270-6. Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018, first order.
Jansen (1999), doi:10.1016/S0010-4655(98)00154-4, total. Saltelli (2002), doi:10.1016/S0010-4655(02)00280-1, second
order.
Lamboni, Monod & Makowski (2011), doi:10.1016/j.ress.2010.12.002, and Gamboa, Janon, Klein & Lagnoux (2014),
doi:10.1214/14-EJS895, indices of several outcomes together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.analysis.sensitivity.base import Array
from engine.errors import RunError

# An outcome that varies by less than this, relative to its size, varies by rounding alone.
_CONSTANT = 1e-12


class Estimates(NamedTuple):
    """Indices as shares of variance; `_half` is half the width of the interval. Not clipped to [0, 1]."""

    first: Array
    """(..., g)"""
    first_half: Array
    total: Array
    total_half: Array
    second: Array | None
    """(..., g, g), above the diagonal, NaN elsewhere; None without second order."""
    second_half: Array | None


class Indices(NamedTuple):
    """What a design says of all outcomes."""

    by_outcome: Estimates
    """(O, ...); NaN where an outcome does not vary."""
    aggregated: Estimates
    """Of all outcomes together: the sum of their parts of variance over the sum of their variances. An outcome with a
    large variance counts accordingly; scale the outcomes for other weights."""
    mean: Array
    """(O,)"""
    variance: Array
    """(O,): read an index of an outcome together with it, for a share of next to nothing is noise."""
    total_of_replicates: Array | None
    """Aggregated total indices (R, g) of each scramble, to first order; None for bootstrapped intervals."""
    n: int


class Sums:
    """Sums over base points by replicate, and the indices that follow from them.

    Deviations from about the mean of each outcome are summed, so large values lose no digits.
    """

    def __init__(self, n_groups: int, second_order: bool, replicates: int) -> None:
        self.n = 0
        self._g, self._second_order, self._r = n_groups, second_order, replicates

    def add(self, y: Array) -> None:
        """Outcomes (blocks, O, m) of the next base points, m a multiple of the replicates; any strides.

        Raises
        ------
        RunError : an outcome is not a finite number.
        """
        from engine.kernel.points import REPLICATES  # numba is slow to load
        from engine.kernel.products import add_products

        blocks, o, m = y.shape
        g, r = self._g, self._r
        y = np.ascontiguousarray(y.transpose(1, 0, 2))  # so that results do not depend on how outcomes came
        if not np.isfinite(y).all():
            by_run = y.transpose(2, 1, 0).reshape(-1, o)
            bad = ~np.isfinite(by_run).all(axis=1)
            first = int(np.argmax(bad))
            raise RunError(
                f"The outcome is not a finite number in {int(bad.sum())} of {(self.n + m) * blocks} runs, first in row "
                f"{self.n * blocks + first} ({by_run[first][~np.isfinite(by_run[first])][0]}). "
                "Choose an outcome that is defined everywhere, or narrow the laws of the parameters."
            )
        if self.n == 0:
            self._shift = y.mean(axis=(1, 2))
            self._low, self._high = np.full(o, np.inf), np.full(o, -np.inf)
            self._sum = np.zeros((o, blocks, REPLICATES))
            self._square = np.zeros((o, REPLICATES))
            self._first, self._total = np.zeros((o, g, REPLICATES)), np.zeros((o, g, REPLICATES))
            self._both = np.zeros((o, REPLICATES))
            self._pair = np.zeros((o if self._second_order else 0, g, g, REPLICATES))
        ends = y[:, [0, -1]]
        np.minimum(self._low, ends.min(axis=(1, 2)), out=self._low)
        np.maximum(self._high, ends.max(axis=(1, 2)), out=self._high)
        # base point i belongs to replicate i modulo their number
        z = np.zeros((o, blocks, m // r, REPLICATES))
        np.subtract(y.reshape(o, blocks, m // r, r), self._shift[:, None, None, None], out=z[..., :r])
        add_products(z, g, self._sum, self._square, self._first, self._total, self._both, self._pair)
        self.n += m

    def indices(self, level: float = 0.95) -> Indices:
        """Indices with Student's t intervals over the replicates.

        The estimate is that of all points together. Its error is the spread of the replicates' estimates to first
        order in their deviation: a replicate of a few points has no variance of its own worth dividing by.

        Raises
        ------
        RunError : no outcome varies over the base points.
        """
        from scipy.special import stdtrit

        varies = self._high - self._low > _CONSTANT * np.maximum(np.abs(self._low), np.abs(self._high))
        if not varies.any():
            raise RunError(
                f"The outcome is {self._low[0]:g} in all {2 * self.n} base points: there is nothing to explain."
            )
        factor = float(stdtrit(self._r - 1, 0.5 + level / 2)) / np.sqrt(self._r)
        parts = [self._parts(o) for o in range(varies.size)]
        estimates = [_estimate(part, factor, np.bool_(varies[o]))[0] for o, part in enumerate(parts)]
        together = _add([part for o, part in enumerate(parts) if varies[o]])
        aggregated, of_replicates = _estimate(together, factor, np.bool_(True))
        ends = self._sum[:, [0, -1]].sum(axis=(1, 2)) / (2 * self.n)
        return Indices(
            by_outcome=_stack(estimates),
            aggregated=aggregated,
            mean=self._shift + ends,
            variance=np.where(varies, [part.variance.mean() for part in parts], 0.0),
            total_of_replicates=of_replicates,
            n=self.n,
        )

    def _parts(self, o: int) -> _Parts:
        """Numerators and denominator of one outcome's indices, by replicate, about the mean of all runs."""
        n, g, r = self.n // self._r, self._g, self._r
        s = self._sum[o, :, :r].T / n
        a, b, ab = s[:, 0], s[:, -1], s[:, 1 : 1 + g]
        centre = s.mean()
        mean = (a + b).mean() / 2
        variance = self._square[o, :r] / (2 * n) - mean * (a + b) + mean**2
        first = self._first[o, :, :r].T / n - centre * (ab - a[:, None])
        total = self._total[o, :, :r].T / (2 * n)
        second = None
        if self._second_order:
            ba = s[:, 1 + g : 1 + 2 * g]
            second = np.moveaxis(self._pair[o, ..., :r] - self._both[o, :r], -1, 0) / n
            second -= centre * (ba[:, :, None] + ab[:, None, :] - (a + b)[:, None, None])
            second -= first[:, :, None] + first[:, None, :]
        return _Parts(variance, first, total, second)


class _Parts(NamedTuple):
    variance: Array
    """(R,)"""
    first: Array
    """(R, g), as the others in the outcome's unit squared."""
    total: Array
    second: Array | None


def _add(parts: Sequence[_Parts]) -> _Parts:
    # a loop rather than a stack: second-order parts of hundreds of outcomes are large
    variance, first, total = (sum(p[i] for p in parts) for i in range(3))  # type: ignore[misc]
    second = None if parts[0].second is None else sum(p.second for p in parts)  # type: ignore[misc]
    return _Parts(variance, first, total, second)  # type: ignore[arg-type]


def _estimate(parts: _Parts, factor: float, varies: np.bool_) -> tuple[Estimates, Array]:
    """Indices, and the total ones of each replicate."""
    v = parts.variance.mean() if varies else np.nan

    def share(part: Array) -> tuple[Array, Array, Array]:
        index = part.mean(axis=0) / v
        each = index + (part - index * parts.variance.reshape(-1, *[1] * (part.ndim - 1))) / v
        return index, factor * each.std(axis=0, ddof=1), each

    first, first_half, _ = share(parts.first)
    total, total_half, each = share(parts.total)
    second = second_half = None
    if parts.second is not None:
        below = np.tri(first.size, dtype=bool)
        second, second_half, _ = share(parts.second)
        second[below] = second_half[below] = np.nan
    return Estimates(first, first_half, total, total_half, second, second_half), each


def _stack(estimates: Sequence[Estimates]) -> Estimates:
    def join(i: int) -> Array | None:
        return None if estimates[0][i] is None else np.stack([e[i] for e in estimates])  # type: ignore[misc]

    return Estimates(*(join(i) for i in range(len(Estimates._fields))))  # type: ignore[arg-type]
