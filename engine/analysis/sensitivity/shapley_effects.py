"""Shapley effects: shares of variance that add up to 1, with dependent parameters too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.analysis.sensitivity.base import (
    Array,
    Groups,
    check_correlation,
    check_design,
    check_groups,
    check_outcomes,
    check_size,
    check_whole,
    inside,
    two_sided_z,
)
from engine.errors import UsageError

# Conditional points solved for at a time, times D squared numbers each.
_CHUNK = 1 << 21


@dataclass(frozen=True)
class ShapleyEffects:
    """A parameter's share of the variance, averaged over all orders in which parameters become known.

    Independent parameters: n random orders, each a walk from one random point to another that changes
    one parameter (or group) at a time, n × (G + 1) runs, G groups. What changes nothing, such as the same value
    of a discrete parameter at both ends, has a step of 0; a parameter without influence gets exactly 0.

    Dependent parameters (`correlation`): for every place in each of n random orders, the variance that is
    left when the parameters that come later are known, from `inner` conditional draws, n × (1 + (inner - 1)(G - 1))
    runs. The draw that is conditioned on is the first of them. Conditioning in a Gaussian copula is exact.

    In both, shares add up to 1 exactly, and the interval is normal, over independent orders.

    References
    ----------
    Owen (2014), doi:10.1137/130936233. Goda (2021), doi:10.1016/j.ress.2021.107702, independent.
    Song, Nelson & Staum (2016), doi:10.1137/15M1048070, dependent.
    Owen & Prieur (2017), doi:10.1137/16M1097717, why dependence needs them.
    """

    name: ClassVar[str] = "shapley_effects"
    default_n: ClassVar[int] = 4096
    minimum_n: ClassVar[int] = 64
    allows_discrete: ClassVar[bool] = True
    allows_groups: ClassVar[bool] = True
    needs_independence: ClassVar[bool] = False

    groups: Groups = ()
    correlation: tuple[tuple[float, ...], ...] = ()
    """Of the parameters' normal scores; independent if empty."""
    inner: int = 3
    """Draws for a conditional variance; three are Song's advice."""
    level: float = 0.95

    def __post_init__(self) -> None:
        if self.inner < 2:
            raise UsageError(f"inner: {self.inner}; a variance needs at least 2.")

    def design(self, n_parameters: int, n: int, seed: int) -> Array:
        """The runs of each order together, (n × runs of an order, D).

        Raises
        ------
        UsageError : n below 64, groups that are no partition, or an impossible correlation.
        """
        check_size(n, minimum=self.minimum_n, n_parameters=n_parameters)
        groups = check_groups(self.groups, n_parameters)
        place = np.argsort(self._orders(len(groups), n, seed), axis=1)  # (order, group): when it is changed
        when = np.empty((n, n_parameters), dtype=np.intp)
        for g, columns in enumerate(groups):
            when[:, list(columns)] = place[:, g, None]
        rng = np.random.default_rng([seed, 1])
        if self.correlation:
            return self._conditional(when, len(groups), rng)
        first, last = inside(rng.random((n, n_parameters))), inside(rng.random((n, n_parameters)))
        changed = when[:, None, :] < np.arange(len(groups) + 1)[None, :, None]
        return np.where(changed, last[:, None, :], first[:, None, :]).reshape(-1, n_parameters)

    def analyze(self, x: Array, y: Array, *, seed: int) -> dict[str, Array]:
        """`shapley_effect`, `shapley_effect_conf` (group,), shares of variance. The seed is that of the design.

        Raises
        ------
        RunError : outcomes that are not finite or do not vary. UsageError : not this design's points.
        """
        check_outcomes(x, y)
        count = len(check_groups(self.groups, x.shape[1]))
        block = 1 + (self.inner - 1) * (count - 1) if self.correlation else count + 1
        check_whole(x, block)
        n = x.shape[0] // block
        check_design(x, self.design(x.shape[1], n, seed))
        outcome = y.reshape(n, block) - y.mean()
        if self.correlation:
            known = outcome[:, 1:].reshape(n, count - 1, self.inner - 1)
            same = np.broadcast_to(outcome[:, :1, None], (n, count - 1, 1))
            left = np.concatenate([same, known], axis=2).var(axis=2, ddof=1)
            variance = outcome[:, 0] ** 2
            step = np.diff(left, axis=1, prepend=0.0, append=variance[:, None])
        else:
            before, after = outcome[:, :-1], outcome[:, 1:]
            # the term in the outcomes' mean is expected to be 0, and makes the steps add up
            step = (before - after) * (outcome[:, :1] - (before + after) / 2)
            variance = (outcome[:, 0] - outcome[:, -1]) ** 2 / 2
        share = np.empty_like(step)
        np.put_along_axis(share, self._orders(count, n, seed), step, axis=1)
        found = share.mean(axis=0) / variance.mean()
        residual = (share - found * variance[:, None]) / variance.mean()
        half = two_sided_z(self.level) * residual.std(axis=0, ddof=1) / np.sqrt(n)
        return {"shapley_effect": found, "shapley_effect_conf": half}

    @staticmethod
    def _orders(count: int, n: int, seed: int) -> NDArray[np.intp]:
        """Random orders (n, group): the group changed first, second, ..."""
        rng = np.random.default_rng([seed, 0])
        return rng.permuted(np.tile(np.arange(count), (n, 1)), axis=1)

    def _conditional(self, when: NDArray[np.intp], count: int, rng: np.random.Generator) -> Array:
        """A draw for each order, and for each place in it draws given the parameters that come later there."""
        from scipy.special import ndtr

        n, d = when.shape
        correlation = check_correlation(np.array(self.correlation), d)
        root = np.linalg.cholesky(correlation)
        base = rng.standard_normal((n, d)) @ root.T
        places = np.repeat(np.arange(1, count), self.inner - 1)
        points = np.empty((n, 1 + places.size, d))
        points[:, 0] = base
        rows = max(1, _CHUNK // (d * d * max(places.size, 1)))
        for low in range(0, n, rows):
            some = slice(low, low + rows)
            kept = when[some, None, :] >= places[:, None]
            fresh = rng.standard_normal(kept.shape) @ root.T
            points[some, 1:] = condition(np.broadcast_to(base[some, None], kept.shape), fresh, kept, correlation)
        return inside(ndtr(points)).reshape(-1, d)


def condition(given: Array, fresh: Array, kept: NDArray[np.bool_], correlation: Array) -> Array:
    """Draws of a normal vector given some of its coordinates.

    An unconditional draw is moved by the regression of all coordinates on what its kept coordinates miss.

    Parameters
    ----------
    given : draws whose kept coordinates are given (..., coordinate).
    fresh : independent unconditional draws, of the same shape.
    kept : which coordinates are given, for every draw.
    correlation : (coordinate, coordinate), positive definite.
    """
    missing = np.where(kept, given - fresh, 0.0)
    both = kept[..., :, None] & kept[..., None, :]
    matrix = np.where(both, correlation, np.eye(correlation.shape[0]))
    weight = np.linalg.solve(matrix, missing[..., None])[..., 0]
    return np.where(kept, given, fresh + weight @ correlation)
