"""Laws of the time to an event at one point, in plain floats: what `evaluate` looks at before any draw is made.

A run computes the same by `model/survival.py`, where short intervals late in life keep all their digits; here an
interval is a difference of two cumulative hazards, which is good enough to see a mistake.
"""

from __future__ import annotations

import math

_ERFC_ENDS = 37.0
"""From here on erfc(z / sqrt 2) leaves the range of double precision."""


def cumulative_hazard(law: str, t: float, a: float, b: float) -> float:
    """H(t), t years since the start, of a law in `expressions.TIME_LAWS` with its two parameters.

    Raises
    ------
    ValueError : a time or parameter that the law cannot have.
    """
    positive = {"weibull": (a, b), "log_logistic": (a, b), "lognormal": (b,), "gompertz": ()}[law]
    if t < 0 or any(x <= 0 for x in positive) or (law == "gompertz" and b < 0):
        raise ValueError(f"{law} cannot have t = {t:g} and parameters {a:g}, {b:g}")
    if t == 0:
        return 0.0
    match law:
        case "weibull":
            return math.pow(t / b, a)
        case "gompertz":
            return b * t if a == 0 else b * math.expm1(a * t) / a
        case "log_logistic":
            return math.log1p(math.pow(t / b, a))
    return _minus_log_upper_tail((math.log(t) - a) / b)


def survival(law: str, t: float, a: float, b: float) -> float:
    """exp(-H(t)): share free of the event after t years."""
    return math.exp(-cumulative_hazard(law, t, a, b))


def probability(law: str, start: float, end: float, a: float, b: float) -> float:
    """1 - S(end) / S(start): probability of the event between two times, given none before.

    Raises
    ------
    ValueError : as `cumulative_hazard`, or `end` before `start`.
    """
    if end < start:
        raise ValueError(f"{end:g} is before {start:g}")
    return -math.expm1(cumulative_hazard(law, start, a, b) - cumulative_hazard(law, end, a, b))


def normal_cdf(z: float) -> float:
    """Phi(z)."""
    return math.erfc(-z / math.sqrt(2.0)) / 2


def _minus_log_upper_tail(z: float) -> float:
    """-log Phi(-z); beyond erfc by the asymptotic series (Abramowitz and Stegun 1964, 26.2.12)."""
    if z <= 0:
        return -math.log1p(-normal_cdf(z))
    if z < _ERFC_ENDS:
        return -math.log(normal_cdf(-z))
    w = 1 / (z * z)
    return z * z / 2 + math.log(z * math.sqrt(2 * math.pi)) - math.log1p(-w * (1 - 3 * w * (1 - 5 * w)))
