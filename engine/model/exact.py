"""Quantile functions as scipy has them: what curves are made from and checked against, and used where none fits."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from engine.spec.distributions import Law

Array: TypeAlias = NDArray[np.float64]

_NOTHING = 1e-300
"""Below it, a share is 0."""


def exact_quantile(law: Law, u: Array) -> Array:
    """Values below which the law lies with probability `u`; as `parameters.quantile`, at up to 1.5 us a value."""
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
            values = p[0] + p[1] * scipy.special.ndtri(u)
        case "lognormal":
            values = np.exp(p[0] + p[1] * scipy.special.ndtri(u))
        case "beta":
            x = scipy.special.betaincinv(p[0], p[1], u)
            # scipy tells the smallest number there is, and then 0, where both are too small to tell apart
            values = p[2] + (p[3] - p[2]) * np.where(x < _NOTHING, 0.0, x)
        case "gamma":
            values = p[1] * np.asarray(scipy.special.gammaincinv(p[0], u), dtype=np.float64)
        case "triangular":
            values = _triangular(u, *p)
        case "truncated_normal":
            mean, sd, low, high = p
            z = truncated_score((low - mean) / sd, (high - mean) / sd, u, 1.0 - u)
            values = np.clip(mean + sd * z, low, high)
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


def truncated_share(low: float, high: float) -> tuple[float, float, float]:
    """Of a standard normal law: what lies below `low`, between, and above `high`, with the digits of either tail."""
    below, above = float(scipy.special.ndtr(low)), float(scipy.special.ndtr(-high))
    share = float(scipy.special.ndtr(high)) - below if low <= 0 else float(scipy.special.ndtr(-low)) - above
    return below, share, above


def truncated_score(low: float, high: float, below: Array, above: Array) -> Array:
    """Quantile of the standard normal law between two bounds, at probabilities with their complements.

    Measured from whichever end of the line is nearer, so that neither tail loses its digits.
    """
    under, share, over = truncated_share(low, high)
    from_left, from_right = under + below * share, over + above * share
    left = from_left < 0.5
    z = np.where(
        left, scipy.special.ndtri(np.where(left, from_left, 0.5)), -scipy.special.ndtri(np.where(left, 0.5, from_right))
    )
    return np.asarray(np.clip(z, low, high), dtype=np.float64)


def log_gamma_quantile(shape: float, z: Array) -> tuple[Array, Array]:
    """Quantile of the gamma law of scale 1 at normal scores, and its logarithm, which does not vanish."""
    lower = z <= 0
    p = scipy.special.ndtr(-np.abs(z))
    x = np.where(lower, scipy.special.gammaincinv(shape, p), scipy.special.gammainccinv(shape, p))
    with np.errstate(divide="ignore"):
        # Near 0 the law is a power: u = x^a / Gamma(a + 1).
        tiny = (scipy.special.log_ndtr(z) + scipy.special.gammaln(shape + 1.0)) / shape
        log_x = np.where(x > _VANISHING, np.log(x), tiny)
    return np.asarray(x, dtype=np.float64), np.asarray(log_x, dtype=np.float64)


def log_beta_quantile(a: float, b: float, z: Array) -> tuple[Array, Array, Array, Array]:
    """Quantile x of the beta law at normal scores, 1 - x, and the logarithms of both, which do not vanish."""
    lower = z <= 0
    p = scipy.special.ndtr(-np.abs(z))
    x, y = np.empty_like(z), np.empty_like(z)
    x[lower], y[~lower] = scipy.special.betaincinv(a, b, p[lower]), scipy.special.betaincinv(b, a, p[~lower])
    x[~lower], y[lower] = 1.0 - y[~lower], 1.0 - x[lower]
    # What is left of 1 has lost its digits where little is left.
    lost = lower & (y < 0.5)
    y[lost] = scipy.special.betainccinv(b, a, p[lost])
    lost = ~lower & (x < 0.5)
    x[lost] = scipy.special.betainccinv(a, b, p[lost])
    constant = float(scipy.special.betaln(a, b))
    with np.errstate(divide="ignore"):
        small_x = (scipy.special.log_ndtr(z) + np.log(a) + constant) / a
        small_y = (scipy.special.log_ndtr(-z) + np.log(b) + constant) / b
        log_x = np.where(x > 0.5, np.log1p(-np.minimum(y, 0.5)), np.where(x > _VANISHING, np.log(x), small_x))
        log_y = np.where(y > 0.5, np.log1p(-np.minimum(x, 0.5)), np.where(y > _VANISHING, np.log(y), small_y))
    return x, y, log_x, log_y


_VANISHING = 1e-290
"""Numbers near the end of what can be written lose their digits."""
