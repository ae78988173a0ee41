"""Few draws weighted so that the ends, which are known from many draws, come out as they are known.

All hybrids can be computed in few draws only, the two calculations themselves in many. Giving the few draws weights
under which both ends have their known means is a regression estimator with the ends as control variates (Lavenberg and
Welch 1981, Management Science 27:322; as weights, Deville and Särndal 1992, JASA 87:376). Whatever is linear in
outcomes keeps its properties under one set of weights: contributions add up, a null player has none, steps and their
range agree. Weights are made for each payer, and a perspective is the sum of its payers, so that payers add up too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.summary import mean_over_draws, monte_carlo_error, standard_deviation

Array = NDArray[np.float64]

LEAST_DRAWS = 8
"""With fewer draws two control variates fit noise; draws then keep equal weights."""
_RANK = 1e-10
"""Spread of a control variate, relative to its size, below which it is rounding."""


class Ends(NamedTuple):
    """Outcomes of the two calculations as they are, (draw, party) or their means (party,)."""

    first: Array
    last: Array


class Anchor(NamedTuple):
    """What many draws know of one calculation as it is."""

    draws: Array
    """(n, O)"""
    mean: Array
    """(O,)"""
    parts: Array
    """(k, O) independent estimates of the mean, less the first draw, whose spread tells its error: of the replicates of
    the design, or of the draws."""
    varies: NDArray[np.bool_]
    """(O,)"""

    def error(self) -> Array:
        """Standard error (O,) of the mean; 0 where nothing varies."""
        error = standard_deviation(self.parts.T) / np.sqrt(len(self.parts))
        return np.where(self.varies, error, 0.0)

    def at(self, o: int) -> Anchor:
        """Of one outcome."""
        return Anchor(self.draws[:, [o]], self.mean[[o]], self.parts[:, [o]], self.varies[[o]])


def anchor_of(draws: Array, replicates: int) -> Anchor:
    """Known from outcomes (n, O) in many draws; draw i belongs to replicate i modulo `replicates`."""
    n = len(draws)
    moved = draws - draws[0]  # large values lose no digits to their sum
    mean: Array = mean_over_draws(draws.T)
    if replicates == 1 or n <= replicates:
        parts = moved
    else:
        parts = np.stack([moved[r::replicates].mean(axis=0) for r in range(replicates)])
    return Anchor(draws, mean, parts, moved.any(axis=0))


class KnownEnds(NamedTuple):
    """Two calculations as many draws know them."""

    first: Anchor
    last: Anchor
    covariance: Array
    """(O, 2, 2) of the means of the two."""

    @property
    def means(self) -> Ends:
        return Ends(self.first.mean, self.last.mean)

    def gap_error(self, replicates: int) -> Array:
        """Standard error (O,) of the difference of the means."""
        return anchor_of(self.last.draws - self.first.draws, replicates).error()


def known_ends(first: Anchor, last: Anchor) -> KnownEnds:
    """How the means of two calculations vary together; NaN from one draw."""
    parts = np.stack([first.parts, last.parts])
    if parts.shape[1] < 2:
        return KnownEnds(first, last, np.full((parts.shape[2], 2, 2), np.nan))
    parts -= parts.mean(axis=1, keepdims=True)
    products = np.einsum("iko,jko->oij", parts, parts)
    return KnownEnds(first, last, products / ((parts.shape[1] - 1) * parts.shape[1]))


def means_of(first: Array, last: Array) -> Ends:
    """Means (O,) of outcomes (n, O) in many draws."""
    return Ends(mean_over_draws(first.T), mean_over_draws(last.T))


def standing_for(x: Array, mean: Array, draws: int) -> Array:
    """Draws that speak for more of them: moved to the mean of all, and as much closer to it as that is better known.

    Means of linear combinations, and their standard errors, are then those of all draws; the errors as of independent
    draws, which those of an even design are below.

    Parameters
    ----------
    x : (n, O), some of the draws.
    mean : (O,) of all.
    draws : how many that is.
    """
    few: Array = mean_over_draws(x.T)
    moved: Array = mean + (x - few) * np.sqrt(x.shape[0] / draws)
    return moved


class Weights(NamedTuple):
    """How draws count, and what they still miss of the known ends."""

    draws: Array
    """(m, O), adding up to 1 over draws."""
    missing_first: Array
    """(O,) known mean of the first end less the weighted one; 0 but for outcomes that the few draws do not reach."""
    missing_last: Array


def equal_weights(m: int, outcomes: int) -> Weights:
    """Every draw counts alike."""
    none = np.zeros(outcomes)
    return Weights(np.full((m, outcomes), 1.0 / m), none, none)


def calibrate(ends: Ends, known: Ends) -> Weights:
    """Weights under which the ends of the few draws have the means of the many.

    Parameters
    ----------
    ends : (m, O) in the draws in which hybrids are computed.
    known : (O,) means in many draws of the same law.
    """
    m, n_outcomes = ends.first.shape
    weights = equal_weights(m, n_outcomes)
    draws, missing = weights.draws.copy(), np.zeros((2, n_outcomes))
    for o in range(n_outcomes):
        controls = np.stack([ends.first[:, o], ends.last[:, o]], axis=1)
        target = np.array([known.first[o], known.last[o]])
        size = max(float(np.abs(controls).max()), float(np.abs(target).max()), 1e-300)
        centre = controls.mean(axis=0)
        off = target - centre
        off[np.abs(off) <= _RANK * size] = 0.0
        if off.any() and m >= LEAST_DRAWS:
            deviation = controls - centre
            u, s, vt = np.linalg.svd(deviation, full_matrices=False)
            kept = s > _RANK * size * np.sqrt(m)
            draws[:, o] += u[:, kept] @ ((vt[kept] @ off) / s[kept])
        left = target - draws[:, o] @ controls
        missing[:, o] = np.where(np.abs(left) <= 1e-9 * size, 0.0, left)
    return Weights(draws, missing[0], missing[1])


class Calibration(NamedTuple):
    """How means of hybrids are read: weights, and which outcomes each outcome is the sum of."""

    weights: Weights
    sums: Array
    """(O, O) of 0 and 1."""

    def missing(self) -> tuple[Array, Array]:
        """(O,) what the draws do not reach of the first end, and of the last."""
        return self.weights.missing_first @ self.sums.T, self.weights.missing_last @ self.sums.T

    def means(self, v: Array, share: Array) -> Array:
        """Means (..., O) of hybrids.

        Parameters
        ----------
        v : (..., m, O) outcomes.
        share : (...) of the assumptions that differ, how much is exchanged: 0 at the first end, 1 at the last. What the
            draws do not reach is added in this proportion.
        """
        return weighted_mean(v, self.weights.draws) @ self.sums.T + self.added(share)

    def added(self, share: Array) -> Array:
        """What is added (..., O) to the means of the draws."""
        first, last = self.missing()
        return np.multiply.outer(1 - share, first) + np.multiply.outer(share, last)

    def reading(self, columns: Sequence[int]) -> Array:
        """Weights (m, O, k) that read some outcomes off all of them at once."""
        read: Array = self.weights.draws[:, :, None] * self.sums[list(columns)].T[None]
        return read


def calibration(ends: Ends | None, known: Ends | None, *, m: int, sums: Array) -> Calibration:
    """Weights from what is known of the ends, their means (O,); equal ones, and every outcome for itself, where nothing
    is known."""
    if ends is None or known is None:
        n_outcomes = len(sums)
        return Calibration(equal_weights(m, n_outcomes), np.eye(n_outcomes))
    return Calibration(calibrate(ends, known), sums)


def weighted_mean(x: Array, weights: Array) -> Array:
    """Mean over draws of (..., m, O) under weights (m, O)."""
    mean: Array = np.einsum("...mo,mo->...o", x, weights)
    return mean


def error_of_weighted(x: Array, ends: Ends, known: KnownEnds, replicates: int) -> Array:
    """Standard error of calibrated means of parts of a difference.

    Parameters
    ----------
    x : (player, m, O) in the few draws.

    Returns
    -------
    (player, O): of the residual on the ends, with three degrees of freedom less and for the slope's own error, and of
    what the many draws know of the ends.
    """
    players, m, n_outcomes = x.shape
    result = np.empty((players, n_outcomes))
    for o in range(n_outcomes):
        controls = np.stack([ends.first[:, o], ends.last[:, o]], axis=1)
        size = max(float(np.abs(controls).max()), 1e-300)
        deviation = controls - controls.mean(axis=0)
        u, s, vt = np.linalg.svd(deviation, full_matrices=False)
        kept = s > _RANK * size * np.sqrt(m)
        if m < LEAST_DRAWS or not kept.any():
            result[:, o] = _error(x[:, :, o], replicates)
            continue
        values = x[:, :, o].T
        fitted = u[:, kept].T @ (values - values.mean(axis=0))
        slope = vt[kept].T @ (fitted / s[kept][:, None])
        rest = values - controls @ slope
        off = np.array([known.first.mean[o], known.last.mean[o]]) - controls.mean(axis=0)
        leverage = float((((vt[kept] @ off) / s[kept]) ** 2).sum())
        free = m - 1 - int(kept.sum())
        spread = ((rest - rest.mean(axis=0)) ** 2).sum(axis=0) / max(free, 1)
        sampling = _error(rest.T, replicates) ** 2 * (m - 1) / max(free, 1)
        known_error = _error_of_sums(known, o, slope)
        result[:, o] = np.sqrt(sampling + leverage * spread + known_error**2)
    return result


def _error(x: Array, replicates: int) -> Array:
    """Standard error over draws (..., m) of a plain mean; 0 where nothing varies."""
    varies = (x != x[..., :1]).any(axis=-1)
    if x.shape[-1] < 2:
        return np.full(x.shape[:-1], np.nan)
    return np.where(varies, monte_carlo_error(x, replicates), 0.0)


def _error_of_sums(known: KnownEnds, o: int, slope: Array) -> Array:
    """Standard error (k,) of sums of the two means of an outcome, weighted by the columns of `slope` (2, k)."""
    variance = np.einsum("jk,ji,ik->k", slope, known.covariance[o], slope)
    varies = ((slope != 0) & np.array([[known.first.varies[o]], [known.last.varies[o]]])).any(axis=0)
    alone = np.isnan(known.covariance[o]).any()
    return np.where(varies | alone, np.sqrt(np.maximum(variance, 0.0)), 0.0)
