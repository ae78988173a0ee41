"""Unit interval -> values of a parameter, by the inverse of its law's distribution function.

One uniform number gives one value, always: so every design works with every law, the same luck gives comparable
values in every calculation, and any draw can be computed alone.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import special

from engine.spec.distributions import Law

Array: TypeAlias = NDArray[np.float64]


def quantile(law: Law, u: Array) -> Array:
    """Values below which the law lies with probability `u`.

    Parameters
    ----------
    u : probabilities (n,), strictly between 0 and 1.

    Returns
    -------
    Values (n,), rising with `u`, in the unit of the parameter; a new array. Each depends on its own `u` alone.
    """
    if law.factor < 0:
        # The law is turned round: its lower tail comes from the upper tail of what it multiplies.
        u = 1.0 - u
    p = law.parameters
    values: Array
    match law.family:
        case "point":
            values = np.full(u.shape, p[0])
        case "uniform":
            values = p[0] + (p[1] - p[0]) * u
        case "normal":
            values = p[0] + p[1] * special.ndtri(u)
        case "lognormal":
            values = np.exp(p[0] + p[1] * special.ndtri(u))
        case "beta":
            values = p[2] + (p[3] - p[2]) * special.betaincinv(p[0], p[1], u)
        case "gamma":
            values = p[1] * np.asarray(special.gammaincinv(p[0], u), dtype=np.float64)
        case "triangular":
            values = _triangular(u, *p)
        case "truncated_normal":
            values = _truncated_normal(u, *p)
        case "discrete":
            steps = np.cumsum(law.weights)[:-1]
            values = np.asarray(law.values)[np.searchsorted(steps, u, side="left")]
        case "empirical":
            last = len(law.values) - 1
            row = np.ceil(u * len(law.values)).astype(np.int64) - 1
            values = np.asarray(law.values)[np.clip(row, 0, last)]
        case _:
            raise AssertionError(f"no quantile function for the family {law.family!r}")
    return values if law.factor == 1.0 else law.factor * values


def _triangular(u: Array, low: float, mode: float, high: float) -> Array:
    width = high - low
    rising = low + np.sqrt(u * width * (mode - low))
    falling = high - np.sqrt((1.0 - u) * width * (high - mode))
    return np.where(u * width < mode - low, rising, falling)


def _truncated_normal(u: Array, mean: float, sd: float, low: float, high: float) -> Array:
    """Probabilities are measured from whichever end of the line is nearer, so that neither tail loses its digits."""
    a, b = (low - mean) / sd, (high - mean) / sd
    below, above = special.ndtr(a), special.ndtr(-b)
    share = special.ndtr(b) - below if a <= 0 else special.ndtr(-a) - above
    from_left = below + u * share
    from_right = above + (1.0 - u) * share
    left = from_left < 0.5
    z = np.where(left, special.ndtri(np.where(left, from_left, 0.5)), -special.ndtri(np.where(left, 0.5, from_right)))
    return np.clip(mean + sd * z, low, high)
