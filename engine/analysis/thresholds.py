"""Where the decision turns on the straight way from one calculation to another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.differences import AssumptionGroup
from engine.analysis.division import Comparison
from engine.analysis.hybrids import Array, Evaluate
from engine.errors import RunError

# A crossing is looked for in so many intervals between two calculations, and then by halving.
_INTERVALS = 16
_HALVINGS = 44


def crossings(function: Callable[[Array, NDArray[np.int64]], Array], n: int) -> Array:
    """Where n functions of the share of a way cross 0 first.

    Parameters
    ----------
    function : (shares (k,), which of the n functions (k,)) -> values (k,).

    Returns
    -------
    (n,) share in [0, 1] at which the decision (value > 0) turns for the first time among 17 points, refined by
    halving; NaN where it does not. Where the value jumps over 0, the place of the jump.
    """
    grid = np.linspace(0.0, 1.0, _INTERVALS + 1)
    which = np.repeat(np.arange(n), grid.size)
    positive = (function(np.tile(grid, n), which) > 0).reshape(n, grid.size) if n else np.zeros((0, grid.size), bool)
    turned = positive != positive[:, :1]
    found = np.flatnonzero(turned.any(axis=1))
    at = turned[found].argmax(axis=1)
    low, high, start = grid[at - 1], grid[at], positive[found, 0]
    for _ in range(_HALVINGS if found.size else 0):
        middle = 0.5 * (low + high)
        same = (function(middle, found) > 0) == start
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    out = np.full(n, np.nan)
    out[found] = 0.5 * (low + high)
    return out


class Way(NamedTuple):
    """The first calculation, with some assumptions moved towards the second."""

    evaluate: Evaluate
    between: Comparison
    groups: Sequence[AssumptionGroup]
    read: Callable[[Array, Array], Array]
    """Outcomes (k, m, O), shares of the assumptions exchanged (k,) -> expected NPV (k,)."""
    chunk: int

    def npv(self, shares: Array, which: Sequence[Sequence[int]]) -> Array:
        """Expected NPV (k,) where assumptions which[k] have gone shares[k] of their way."""
        a, b = self.between.first, self.between.second
        m, out = a.shape[0], np.empty(len(shares))
        per = max(1, self.chunk // m)
        for start in range(0, len(shares), per):
            stop = min(start + per, len(shares))
            x = np.repeat(a[None], stop - start, axis=0)
            for row in range(stop - start):
                columns = [c for k in which[start + row] for c in self.groups[k].columns]
                # a + t (b - a) would not end at b exactly; and what both agree on keeps its last digit
                t, from_, to = shares[start + row], a[:, columns], b[:, columns]
                x[row][:, columns] = np.where(from_ == to, to, (1 - t) * from_ + t * to)
            y = np.asarray(self.evaluate(x.reshape(-1, a.shape[1])))
            if not np.isfinite(y).all():
                raise RunError("NPV is not a finite number between two calculations.")
            moved = np.array([len(which[row]) for row in range(start, stop)]) / len(self.groups)
            out[start:stop] = self.read(y.reshape(stop - start, m, -1), moved * shares[start:stop])
        return out


def find_thresholds(
    path: Way, moving: Sequence[int], groups: Sequence[AssumptionGroup], n_players: int
) -> tuple[Array, list[str]]:
    """Threshold shares (players,) and what came of each."""
    share = np.full(n_players, np.nan)
    status = ["discrete"] * n_players

    def find(which: Sequence[int]) -> Array:
        return crossings(lambda t, k: path.npv(t, [[which[i]] for i in k.tolist()]), len(which))

    try:
        share[list(moving)] = find(moving)
        refused: set[int] = set()
    except RunError:
        # the model refuses some value on the way: find which, one by one
        refused = set()
        for k in moving:
            try:
                share[k] = find([k])[0]
            except RunError:
                refused.add(k)
    for k in moving:
        status[k] = "refused" if k in refused else "no crossing" if np.isnan(share[k]) else "found"
    return share, status


def find_joint_threshold(path: Way, moving: Sequence[int]) -> tuple[float, str]:
    """The share at which the decision turns when all of `moving` move together, and what came of it."""
    if not moving:
        return float("nan"), "discrete"
    try:
        share = float(crossings(lambda t, k: path.npv(t, [moving] * len(t)), 1)[0])
    except RunError:
        return float("nan"), "refused"
    return share, "no crossing" if np.isnan(share) else "found"
