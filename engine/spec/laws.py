"""The law of an uncertain quantity: family, parameters, moments, support. Plain Python, no quantiles.

How laws are written is in `distributions.py`; their quantile functions are in `model/parameters.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True)
class Law:
    """Law of a parameter's uncertainty: a family with its parameters, times `factor`."""

    family: str
    """`point`, `uniform`, `normal`, `lognormal`, `beta`, `gamma`, `triangular`, `truncated_normal`, `discrete` or
    `empirical`."""
    parameters: tuple[float, ...] = ()
    """point(value), uniform(low, high), normal(mean, sd), lognormal(mu, sigma), beta(alpha, beta, low, high),
    gamma(shape, scale), triangular(low, mode, high), truncated_normal(mean, sd, low, high); empty for the others."""
    values: tuple[float, ...] = ()
    """Rising values of a discrete (distinct) or empirical law."""
    weights: tuple[float, ...] = ()
    """Probabilities of a discrete law's values."""
    factor: float = 1.0
    """What the law is multiplied by: the parameter's value if relative, and a price index. May be negative."""

    @property
    def mean(self) -> float:
        """Expected value, after `factor`."""
        return self.factor * _moments(self)[0]

    @property
    def sd(self) -> float:
        """Standard deviation, after `factor`."""
        return abs(self.factor) * _moments(self)[1]

    @property
    def support(self) -> tuple[float, float]:
        """Lowest and highest value that can occur, after `factor`."""
        low, high = _bounds(self)
        ends = (self.factor * low, self.factor * high)
        return (min(ends), max(ends))

    def scaled(self, factor: float) -> Law:
        """The law of `factor` times the quantity; `factor` is finite and not 0."""
        if factor == 0 or not math.isfinite(factor):
            raise ValueError(f"a law cannot be scaled by {factor}")
        return replace(self, factor=self.factor * factor)

    @property
    def shape(self) -> str:
        """Its family as people are told of it: a beta law that has bounds of its own is `bounded_beta`."""
        if self.family == "beta" and (self.parameters[2:] != (0.0, 1.0) or self.factor != 1.0):
            return "bounded_beta"
        return self.family

    def figures(self) -> dict[str, str]:
        """The numbers that tell the law, with as many digits as its spread supports, in the order of telling.

        Of `low`, `high`, `mode`, `mean` and `sd` those that its shape is told by; thousands stand apart.
        """
        low, high = self.support
        found: dict[str, str] = {}
        match self.shape:
            case "point":
                return {"low": _written((low,), scale=abs(low) / 10000)[0]}
            case "triangular":
                mode = self.factor * self.parameters[1]
                return dict(
                    zip(("low", "high", "mode"), _written((low, high, mode), scale=(high - low) / 100), strict=True)
                )
            case "uniform" | "truncated_normal" | "bounded_beta" | "discrete" | "empirical":
                found = dict(zip(("low", "high"), _written((low, high), scale=(high - low) / 100), strict=True))
        if self.shape == "uniform":
            return found
        return found | dict(zip(("mean", "sd"), _written((self.mean, self.sd), scale=self.sd / 10), strict=True))

    def describe(self) -> str:
        """The law in words, with as many digits as its spread supports."""
        told = self.figures()
        match self.shape:
            case "point":
                return "fixed at {low}".format(**told)
            case "uniform":
                return "uniform, {low} to {high}".format(**told)
            case "triangular":
                return "triangular, {low} to {high}, most likely {mode}".format(**told)
            case "truncated_normal":
                return "normal between {low} and {high}, mean {mean}, sd {sd}".format(**told)
            case "bounded_beta":
                return "beta between {low} and {high}, mean {mean}, sd {sd}".format(**told)
            case "discrete" | "empirical":
                head = f"{self.family}, {len(self.values)} values"
                return head + ", {low} to {high}, mean {mean}, sd {sd}".format(**told)
            case _:
                return self.family + ", mean {mean}, sd {sd}".format(**told)


def point(value: float) -> Law:
    """The law of a quantity that is certain."""
    return Law("point", (value,))


def mass_outside(law: Law, low: float, high: float) -> bool:
    """Whether the law can give a value below `low` or above `high`, however rarely."""
    lowest, highest = law.support
    return lowest < low or highest > high


def _bounds(law: Law) -> tuple[float, float]:
    match law.family:
        case "point":
            return (law.parameters[0], law.parameters[0])
        case "uniform":
            return (law.parameters[0], law.parameters[1])
        case "triangular":
            return (law.parameters[0], law.parameters[2])
        case "beta" | "truncated_normal":
            return (law.parameters[2], law.parameters[3])
        case "lognormal" | "gamma":
            return (0.0, math.inf)
        case "normal":
            return (-math.inf, math.inf)
    return (law.values[0], law.values[-1])


def _moments(law: Law) -> tuple[float, float]:
    """Mean and standard deviation before `factor`."""
    p = law.parameters
    match law.family:
        case "point":
            return p[0], 0.0
        case "uniform":
            return p[0] + (p[1] - p[0]) / 2, (p[1] - p[0]) / math.sqrt(12)
        case "normal":
            return p[0], p[1]
        case "lognormal":
            mean = math.exp(p[0] + p[1] * p[1] / 2)
            return mean, mean * math.sqrt(math.expm1(p[1] * p[1]))
        case "beta":
            total, width = p[0] + p[1], p[3] - p[2]
            spread = math.sqrt(p[0] / total * (p[1] / total) / (total + 1))
            return p[2] + width * p[0] / total, width * spread
        case "gamma":
            return p[0] * p[1], math.sqrt(p[0]) * p[1]
        case "triangular":
            # From the differences, which keep their digits where all three are large.
            rise, fall = p[1] - p[0], p[2] - p[1]
            return p[1] + (fall - rise) / 3, math.sqrt((rise * rise + rise * fall + fall * fall) / 18)
        case "truncated_normal":
            return _truncated_moments(*p)
    weights = law.weights or (1 / len(law.values),) * len(law.values)
    mean = math.fsum(w * v for w, v in zip(weights, law.values, strict=True))
    return mean, math.sqrt(math.fsum(w * (v - mean) ** 2 for w, v in zip(weights, law.values, strict=True)))


def normal_share(low: float, high: float) -> float:
    """Probability of a standard normal law between two points, exact in either tail."""
    if low > 0:
        low, high = -high, -low
    if high < 0:
        return (math.erfc(-high / math.sqrt(2)) - math.erfc(-low / math.sqrt(2))) / 2
    return (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2))) / 2


def _truncated_moments(mean: float, sd: float, low: float, high: float) -> tuple[float, float]:
    a, b = (low - mean) / sd, (high - mean) / sd
    if b - a < 1:
        # In a narrow slice the closed form subtracts nearly equal numbers; the density is smooth, so integrate it.
        middle, half = (a + b) / 2, (b - a) / 2
        nodes = [(half * x, w * math.exp(-half * x * (middle + half * x / 2))) for x, w in _gauss_legendre(20)]
        total = math.fsum(w for _, w in nodes)
        shift = math.fsum(w * x for x, w in nodes) / total
        spread = math.sqrt(math.fsum(w * (x - shift) ** 2 for x, w in nodes) / total)
        return low + (high - low) / 2 + sd * shift, sd * spread
    share = normal_share(a, b)
    at_a, at_b = (math.exp(-x * x / 2) / math.sqrt(2 * math.pi) / share for x in (a, b))
    shift = at_a - at_b
    # A bound far away weighs nothing; its product with the density must not become inf * 0.
    edges = (a * at_a if at_a else 0.0) - (b * at_b if at_b else 0.0)
    return mean + sd * shift, sd * math.sqrt(1 + edges - shift * shift)


@lru_cache
def _gauss_legendre(n: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights on (-1, 1), by Newton's method on the Legendre polynomial."""
    rule = []
    for i in range(n):
        x = math.cos(math.pi * (i + 0.75) / (n + 0.5))
        slope = 1.0
        for _ in range(8):
            before, now = 1.0, x
            for k in range(2, n + 1):
                before, now = now, ((2 * k - 1) * x * now - (k - 1) * before) / k
            slope = n * (x * now - before) / (x * x - 1)
            x -= now / slope
        rule.append((x, 2 / ((1 - x * x) * slope * slope)))
    return tuple(rule)


def _written(numbers: tuple[float, ...], *, scale: float) -> tuple[str, ...]:
    """Numbers rounded to the place of `scale`, with common decimals but without zeros that all of them end in."""
    largest = max(abs(x) for x in numbers)
    if not 0 < scale < math.inf or largest >= 1e15:
        return tuple(f"{x:.6g}" for x in numbers)
    places = -math.floor(math.log10(scale) + 1e-9)
    if places > 9:
        return tuple(f"{x:.3g}" for x in numbers)
    shown = [f"{round(x, places):_.{max(places, 0)}f}" for x in numbers]
    while "." in shown[0] and all(s[-1] in "0." for s in shown):
        shown = [s[:-1] for s in shown]
    # A space that does not break, so that a million stays on its line.
    return tuple(s.replace("_", "\u00a0") for s in shown)
