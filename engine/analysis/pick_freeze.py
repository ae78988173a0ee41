"""Shares of variance from two independent samples whose factors are exchanged.

Some factors are frozen, the others drawn anew: what outcomes still have in common is what the frozen ones
explain. Factors may be numbers, choices or whole groups of either. Every estimate is made in each replicate
of the design, and the spread of the replicates gives the interval.

Letters: F factors, n points, R replicates (point i belongs to replicate i modulo R), O outcomes, S sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from engine.analysis.hybrids import Array

Bits = NDArray[np.bool_]
Exchange = Callable[[Bits], Array]
"""Which factors come from the second sample, (F,) or one row a point (n, F) -> outcomes (n, O)."""


class Share(NamedTuple):
    """A share of variance with its interval."""

    value: Array
    conf: Array
    """Half-width of the interval."""


class Freeze:
    """Two samples and what is estimated by exchanging factors between them."""

    def __init__(self, exchange: Exchange, n_factors: int, replicates: int, *, level: float = 0.95) -> None:
        self.exchange = exchange
        self.n_factors = n_factors
        self.replicates = replicates
        self.level = level
        self.a = exchange(np.zeros(n_factors, dtype=bool))
        self.b = exchange(np.ones(n_factors, dtype=bool))
        # a shift near the mean keeps products small; it cancels in every estimate
        shift = self.a.mean(axis=0)
        self.a -= shift
        self.b -= shift
        self.shift = shift
        both = np.concatenate([self.a, self.b])
        varies = np.ptp(both, axis=0) > 1e-12 * np.abs(both + shift).max(axis=0)
        mean = 0.5 * (self.mean(self.a) + self.mean(self.b))
        self.variance = (0.5 * (self.mean(self.a**2) + self.mean(self.b**2)) - mean**2) * varies
        """(R, O); exactly 0 for an outcome that varies by rounding alone."""

    def mean(self, x: Array) -> Array:
        """Mean over the points of each replicate, (n, ...) -> (R, ...)."""
        return np.asarray(x.reshape(-1, self.replicates, *x.shape[1:]).mean(axis=0))

    def with_b(self, factors: Sequence[int]) -> Array:
        """Outcomes (n, O), shifted, with these factors from the second sample and the rest from the first."""
        bits = np.zeros(self.n_factors, dtype=bool)
        bits[list(factors)] = True
        return np.asarray(self.exchange(bits) - self.shift)

    def first_and_total(self, factors: Sequence[int]) -> tuple[Array, Array]:
        """Variance (R, O) that a set of factors explains alone, and that which is lost without it.

        References
        ----------
        Saltelli et al. (2010), doi:10.1016/j.cpc.2009.09.018, table 2 (b), and Jansen (1999),
        doi:10.1016/S0010-4655(98)00154-4. Both hold for groups.
        """
        change = self.with_b(factors) - self.a
        first = self.mean(self.b * change) - 0.5 * (self.mean(self.a) + self.mean(self.b)) * self.mean(change)
        return first, 0.5 * self.mean(change**2)

    def shapley(self, *, seed: int) -> Array:
        """Shapley effects (F, R, O) in units of variance: one random order for each point.

        They add up to half the mean squared difference of the two samples, an estimate of the variance.

        References
        ----------
        Goda (2021), A simple algorithm for global sensitivity analysis with Shapley effects,
        doi:10.1016/j.ress.2021.107702.
        """
        n, f = self.a.shape[0], self.n_factors
        orders = np.random.default_rng(seed).permuted(np.tile(np.arange(f), (n, 1)), axis=1)
        place = np.argsort(orders, axis=1)
        effects = np.zeros((f, *self.a.shape))
        before = self.a
        rows = np.arange(n)
        for k in range(f):
            after = self.b if k == f - 1 else self.exchange(place <= k) - self.shift
            effects[orders[:, k], rows] = (self.a - 0.5 * (before + after)) * (before - after)
            before = after
        return np.stack([self.mean(e) for e in effects]) if f else np.zeros((0, *self.variance.shape))

    def share(self, part: Array, whole: Array | None = None) -> Share:
        """Share (..., O) of the variance, all replicates together; the interval from their spread (Student's t).

        Parameters
        ----------
        part, whole : (..., R, O) and (R, O); the variance if None. NaN where the whole is 0.
        """
        whole = self.variance if whole is None else whole
        defined = (whole > 0).all(axis=0)
        safe = np.where(defined, whole, 1.0)
        value = part.sum(axis=-2) / safe.sum(axis=0)
        each = part / safe
        r = self.replicates
        if r > 1:
            t = float(scipy.special.stdtrit(r - 1, 0.5 * (1 + self.level)))
            conf = t * each.std(axis=-2, ddof=1) / np.sqrt(r)
        else:
            conf = np.full(value.shape, np.nan)
        return Share(np.where(defined, value, np.nan), np.where(defined, conf, np.nan))
