"""Cumulative hazards in 50 digits, from their definitions: slow, and sharing nothing with what they test."""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import cache

decimal.getcontext().prec = 60
decimal.getcontext().Emin = -(10**8)
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


@cache
def upper_tail(z: Decimal) -> Decimal:
    """1 - Phi(z): for z > 5 the continued fraction of Mills' ratio 1 / (z + 1 / (z + 2 / (z + ..))) from far
    out, else 1/2 - phi(z) (z + z^3/3 + z^5/(3 5) + ..)."""
    if z < 0:
        return 1 - upper_tail(-z)
    density = (-z * z / 2).exp() / (2 * PI).sqrt()
    if z > 5:
        fraction = z
        for n in range(700, 0, -1):
            fraction = z + n / fraction
        return density / fraction
    term = total = z
    n = 1
    while term > Decimal("1e-60"):
        n += 2
        term = term * z * z / n
        total += term
    return Decimal("0.5") - density * total


def minus_log_upper_tail(z: Decimal) -> Decimal:
    """-log(1 - Phi(z)), from the lower tail where the event is rare."""
    if z >= 0:
        return -upper_tail(z).ln()
    p = upper_tail(-z)
    if p > Decimal("1e-20"):
        return -(1 - p).ln()
    return p + p * p / 2 + p * p * p / 3


def cumulative(law: str, t: Decimal, a: Decimal, b: Decimal) -> Decimal:
    """H(t) of a law with its two parameters."""
    if t == 0:
        return Decimal(0)
    match law:
        case "weibull":
            return (a * (t / b).ln()).exp()
        case "gompertz":
            return b * t if a == 0 else b / a * ((a * t).exp() - 1)
        case "log_logistic":
            odds = (a * (t / b).ln()).exp()
            return (1 + odds).ln() if odds > Decimal("1e-20") else odds - odds * odds / 2 + odds**3 / 3
        case "lognormal":
            return minus_log_upper_tail((t.ln() - a) / b)
    raise ValueError(law)
