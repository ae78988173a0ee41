"""Sums of products over the base points of a Saltelli design, replicate by replicate.

Replicates stand side by side in memory and are added side by side, so each one's sum is always formed in the same
order, on any processor. Products of matrices (BLAS), one for each replicate and outcome, took 1.4 times as long with 22
groups, as long with 40, and their bits are those of a library and a processor.

Letters: o outcome, b block of the design, p base point of a replicate, r replicate, g group.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.kernel.options import SWITCHES, compiled
from engine.kernel.points import REPLICATES


@njit(inline="always", **SWITCHES)
def _add(part, out):  # type: ignore[no-untyped-def]
    for r in range(REPLICATES):
        out[r] += part[r]


@compiled
def add_products(z: Any, groups: Any, sums: Any, square: Any, first: Any, total: Any, both: Any, pair: Any) -> None:
    """Add what some base points give to the sums of a design: A, AB_1 .. AB_g, (BA_1 .. BA_g,) B.

    There are `REPLICATES`, always; where a design has fewer, outcomes of the others are 0.

    Parameters
    ----------
    z : (o, b, p, REPLICATES) outcomes about some origin.
    sums : (o, b, REPLICATES) of z. square : (o, REPLICATES) of A^2 + B^2. first : (o, g, REPLICATES) of B (AB_i - A).
    total : (o, g, REPLICATES) of (AB_i - A)^2. both : (o, REPLICATES) of A B.
    pair : (o, g, g, REPLICATES) of BA_i AB_j, for i < j alone; of length 0 without second order.
    """
    n = z.shape[2]
    part, other = np.empty(REPLICATES), np.empty(REPLICATES)
    last = z.shape[1] - 1
    for o in range(z.shape[0]):
        a, b = z[o, 0], z[o, last]
        for k in range(z.shape[1]):
            x = z[o, k]
            part[:] = 0.0
            for p in range(n):
                for r in range(REPLICATES):
                    part[r] += x[p, r]
            _add(part, sums[o, k])
        part[:] = 0.0
        other[:] = 0.0
        for p in range(n):
            for r in range(REPLICATES):
                part[r] += a[p, r] * a[p, r] + b[p, r] * b[p, r]
                other[r] += a[p, r] * b[p, r]
        _add(part, square[o])
        _add(other, both[o])
        for i in range(groups):
            x = z[o, 1 + i]
            part[:] = 0.0
            other[:] = 0.0
            for p in range(n):
                for r in range(REPLICATES):
                    step = x[p, r] - a[p, r]
                    part[r] += b[p, r] * step
                    other[r] += step * step
            _add(part, first[o, i])
            _add(other, total[o, i])
        if pair.shape[0]:
            for i in range(groups):
                y = z[o, 1 + groups + i]
                for j in range(i + 1, groups):
                    x = z[o, 1 + j]
                    part[:] = 0.0
                    # four at a time, so that the sum is fetched and put back less often
                    for p in range(0, n - 3, 4):
                        for r in range(REPLICATES):
                            one = y[p, r] * x[p, r] + y[p + 1, r] * x[p + 1, r]
                            part[r] += one + (y[p + 2, r] * x[p + 2, r] + y[p + 3, r] * x[p + 3, r])
                    for p in range(n & ~3, n):
                        for r in range(REPLICATES):
                            part[r] += y[p, r] * x[p, r]
                    _add(part, pair[o, i, j])
