"""Quantile functions without a formula, as curves of the normal score that a kernel can look up.

A curve is a cubic Hermite spline of z = Phi^-1(u) with equal steps: values and slopes at its knots are exact, and
against the normal score most laws are nearly straight. Steps are halved until the middle of every one of them, where a
cubic errs most, is within `TOLERANCE` of what scipy says; the middles are the next finer curve's knots, so nothing is
computed twice. A law for which 1/256 is too coarse has no curve, and is left to scipy: gamma(1e6), say, where scipy's
own inverse jumps by 1e-6 standard deviations. Most laws need steps of 1/16 to 1/64, a table of 8 to 34 kB that stays in
the nearest cache, and 0.5 to 2 ms; 1024 steps for every law were no faster to look up and slower to make.

Where a shape is below 1 the curve is of log x (gamma) or log x/(1 - x) (beta), which keeps the digits of values near an
end: with x itself, relative errors of gamma(0.3) reached 9e-5.

References
----------
Fritsch, Carlson (1980), Monotone piecewise cubic interpolation, doi:10.1137/0717021: slopes of at most 3 times the
secant's keep a cubic rising.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
import scipy
from numpy.typing import NDArray

from engine.kernel.values import CURVE, EXP_CURVE, LOGISTIC_CURVE, SCORE_END
from engine.model.exact import log_beta_quantile, log_gamma_quantile, truncated_score, truncated_share
from engine.spec.distributions import Law

Array: TypeAlias = NDArray[np.float64]

TOLERANCE = 1e-9
"""Largest error in the middle of a step, in standard deviations."""
RELATIVE = 1e-6
"""Largest error there as a part of the distance from the nearer end of a gamma or beta law."""
COARSEST, FINEST = 16, 256
"""Steps for each unit of z."""


class Curve(NamedTuple):
    """A law's quantile function of the normal score."""

    code: int
    """CURVE: of x; EXP_CURVE: of log x; LOGISTIC_CURVE: of log x/(1 - x)."""
    steps: int
    """For each unit of z; whole steps from -SCORE_END to SCORE_END."""
    coefficients: Array
    """(step, 4), lowest power first, of the part of a step."""


class _Knots(NamedTuple):
    """Exact values at some scores."""

    value: Array
    """What the curve is of."""
    slope: Array
    x: Array
    slack: Array
    """Largest allowed error of x."""


@lru_cache(maxsize=1024)
def curve(family: str, shapes: tuple[float, ...]) -> Curve | None:
    """Curve of a law without place and scale, or None where no curve is close enough.

    Parameters
    ----------
    family, shapes : `beta` (alpha, beta) on [0, 1]; `gamma` (shape,) of scale 1; `truncated_normal` (low, high) of the
        standard normal law.
    """
    for code, at, back in _forms(family, shapes):
        found = _fitted(code, at, back)
        if found is not None:
            return found
    return None


_Form: TypeAlias = tuple[int, Callable[[Array], _Knots], Callable[[Array], Array]]


def _forms(family: str, shapes: tuple[float, ...]) -> list[_Form]:
    """What a curve can be of, the best first."""
    if family == "truncated_normal":
        return [(CURVE, lambda z: _truncated(shapes[0], shapes[1], z), _same)]
    if family == "gamma":
        forms: list[_Form] = [
            (CURVE, lambda z: _gamma(shapes[0], z, logarithm=False), _same),
            (EXP_CURVE, lambda z: _gamma(shapes[0], z, logarithm=True), np.exp),
        ]
    else:
        forms = [
            (CURVE, lambda z: _beta(shapes[0], shapes[1], z, logit=False), _same),
            (LOGISTIC_CURVE, lambda z: _beta(shapes[0], shapes[1], z, logit=True), scipy.special.expit),
        ]
    return forms[::-1] if min(shapes) < 1 else forms


def _same(x: Array) -> Array:
    return x


def _fitted(code: int, at: Callable[[Array], _Knots], back: Callable[[Array], Array]) -> Curve | None:
    steps = COARSEST
    knots = at(_scores(steps))
    while steps <= FINEST:
        middle = at(_scores(2 * steps)[1::2])
        with np.errstate(all="ignore"):
            coefficients = _cubics(knots, steps)
            told = coefficients @ np.array([1.0, 0.5, 0.25, 0.125])
            close = np.abs(back(told) - middle.x) <= middle.slack
            rise = np.diff(knots.value)
            slopes = knots.slope / steps
            rising = (slopes >= 0) & np.isfinite(slopes)
            rising = rising[:-1] & rising[1:] & (rise >= 0) & (np.maximum(slopes[:-1], slopes[1:]) <= 3 * rise)
            # Where all is one number to its last digit, slopes say no more.
            flat = rise <= 4 * np.spacing(np.abs(knots.value[1:]))
        coefficients[flat, 1:] = 0.0
        if np.all(close & (rising | flat)) and np.isfinite(coefficients).all():
            return Curve(code, steps, coefficients)
        knots = _Knots(*(_between(a, b) for a, b in zip(knots, middle, strict=True)))
        steps *= 2
    return None


def _scores(steps: int) -> Array:
    half = round(SCORE_END * steps)
    return np.arange(-half, half + 1) / steps


def _between(knots: Array, middles: Array) -> Array:
    merged = np.empty(knots.size + middles.size)
    merged[::2], merged[1::2] = knots, middles
    return merged


def _cubics(knots: _Knots, steps: int) -> Array:
    a, b = knots.value[:-1], knots.value[1:]
    m, n = knots.slope[:-1] / steps, knots.slope[1:] / steps
    rise = b - a
    return np.ascontiguousarray(np.stack([a, m, 3 * rise - 2 * m - n, m + n - 2 * rise], axis=1))


# ---------------------------------------------------------------- laws at scores


def _log_density(z: Array) -> Array:
    return np.asarray(-z * z / 2 - np.log(2 * np.pi) / 2, dtype=np.float64)


def _gamma(shape: float, z: Array, *, logarithm: bool) -> _Knots:
    x, log_x = log_gamma_quantile(shape, z)
    with np.errstate(all="ignore"):
        # d log x / dz = phi(z) / (x f(x))
        slope = np.exp(_log_density(z) + scipy.special.gammaln(shape) - shape * log_x + x)
    slack = np.minimum(TOLERANCE * Law("gamma", (shape, 1.0)).sd, RELATIVE * x + 1e-300)
    return _Knots(log_x, slope, x, slack) if logarithm else _Knots(x, slope * x, x, slack)


def _beta(a: float, b: float, z: Array, *, logit: bool) -> _Knots:
    x, y, log_x, log_y = log_beta_quantile(a, b, z)
    with np.errstate(all="ignore"):
        # d logit x / dz = phi(z) / (x (1 - x) f(x))
        slope = np.exp(_log_density(z) + scipy.special.betaln(a, b) - a * log_x - b * log_y)
    # 1 - x has no more digits than x leaves it.
    ends = np.minimum(RELATIVE * x + 1e-300, RELATIVE * y + 4e-16)
    slack = np.minimum(TOLERANCE * Law("beta", (a, b, 0.0, 1.0)).sd, ends)
    return _Knots(log_x - log_y, slope, x, slack) if logit else _Knots(x, slope * x * y, x, slack)


def _truncated(low: float, high: float, z: Array) -> _Knots:
    x = truncated_score(low, high, scipy.special.ndtr(z), scipy.special.ndtr(-z))
    _, share, _ = truncated_share(low, high)
    slope = share * np.exp((x * x - z * z) / 2)
    sd = Law("truncated_normal", (0.0, 1.0, low, high)).sd
    return _Knots(x, slope, x, np.full(z.shape, TOLERANCE * sd))
