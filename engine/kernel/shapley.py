"""Outcomes of hybrids added up by how many groups of assumptions they take: what Shapley contributions are made of."""

from __future__ import annotations

from typing import Any

from engine.kernel.options import compiled

WIDE = 256
"""Outcomes side by side, so that the sums of all sizes stay in the nearest cache."""


@compiled
def add_by_size(v: Any, within: Any, between: Any) -> None:
    """Add a block of hybrids to its place in one sum, and up by size in another; each number is read once.

    Folding the block group by group in NumPy, with arrays for what is between, took five times as long.

    Parameters
    ----------
    v : (2^k, o) hybrids of the sets of k groups, bit j of the row = group j taken.
    within : (2^k, o) changed: v is added.
    between : (k + 1, o) written: sums over the sets of each size, in the order of the rows.
    """
    rows, outcomes = v.shape
    for start in range(0, outcomes, WIDE):
        stop = min(start + WIDE, outcomes)
        between[:, start:stop] = 0.0
        for u in range(rows):
            size, left = 0, u
            while left:
                left &= left - 1
                size += 1
            x, place, sums = v[u, start:stop], within[u, start:stop], between[size, start:stop]
            for o in range(stop - start):
                place[o] += x[o]
                sums[o] += x[o]
