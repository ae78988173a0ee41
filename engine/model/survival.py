"""Laws of the time to an event, on the graph.

A law gives its cumulative hazard H(t), t years since the start, so that a share S(t) = exp(-H(t)) is still free of
the event; and the increment H(t + dt) - H(t), of which a share 1 - exp(-increment) of those who are left has the event
within dt years. Increments are never a difference of two large numbers: each law writes its own so that it keeps its
digits (relative error below 1e-12) however large H is and however short dt.

Sources: J. D. Kalbfleisch and R. L. Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., ch. 2
(exponential, Weibull, lognormal, log-logistic); D. Collett (2015), Modelling Survival Data in Medical Research, 3rd
ed., ch. 5 and 6 (parametric models, Gompertz, log-logistic); B. Gompertz (1825), Phil. Trans. R. Soc. 115, 513-583.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from engine.model import normal
from engine.model.hoist import Graph, Ref


class TimeToEvent(Protocol):
    """Law of the time to an event. Times t >= 0 and dt >= 0 in years, of any stage; no method checks them."""

    def valid(self, g: Graph) -> Ref:
        """Condition that the law's parameters are ones that it can have."""

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        """H(t), without dimension; exactly 0 at t = 0."""

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        """H(t + dt) - H(t)."""


def survival(g: Graph, law: TimeToEvent, t: Ref) -> Ref:
    """S(t) = exp(-H(t)): share that is free of the event after t years."""
    return g.exp(g.neg(law.cumulative(g, t)))


def probability(g: Graph, law: TimeToEvent, t: Ref, dt: Ref) -> Ref:
    """1 - S(t + dt) / S(t): share of those free of the event at t that has it within dt years."""
    return g.neg(g.expm1(g.neg(law.increment(g, t, dt))))


@dataclass(frozen=True)
class Exponential:
    """H = rate t (Kalbfleisch and Prentice 2002, ch. 2). `rate` per year, 0 or more."""

    rate: Ref

    def valid(self, g: Graph) -> Ref:
        return g.compare("ge", self.rate, g.const(0.0))

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        return g.mul(self.rate, t)

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        return g.mul(self.rate, dt)


@dataclass(frozen=True)
class Weibull:
    """H = (t / scale)^shape (Kalbfleisch and Prentice 2002, ch. 2, with 1 / scale as their rate).

    `shape` above 0, `scale` in years, above 0. Increment: H(t + dt) (1 - exp(-shape log(1 + dt / t))).
    """

    shape: Ref
    scale: Ref

    def valid(self, g: Graph) -> Ref:
        return _positive(g, self.shape, self.scale)

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        return g.exp(g.mul(self.shape, g.sub(g.log(t), g.log(self.scale))))

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        at_end = self.cumulative(g, g.add(t, dt))
        gained = g.neg(g.expm1(g.neg(g.mul(self.shape, _log_ratio(g, t, dt)))))
        return _from_start(g, t, at_end, g.mul(at_end, gained))


@dataclass(frozen=True)
class Gompertz:
    """H = rate (exp(shape t) - 1) / shape, rate t where shape is 0 (Gompertz 1825; Collett 2015, ch. 5).

    `rate` per year, the hazard at t = 0, 0 or more; `shape` per year, how fast the logarithm of the hazard rises. With
    a negative shape H never passes -rate / shape: some never have the event. Increment: rate exp(shape t) times what
    dt years are from there.
    """

    shape: Ref
    rate: Ref

    def valid(self, g: Graph) -> Ref:
        # an infinite or missing shape is no law either
        finite = g.compare("lt", g.absolute(self.shape), g.const(math.inf))
        return g.both(finite, g.compare("ge", self.rate, g.const(0.0)))

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        return g.mul(self.rate, self._stretched(g, t))

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        return g.mul(g.mul(self.rate, g.exp(g.mul(self.shape, t))), self._stretched(g, dt))

    def _stretched(self, g: Graph, t: Ref) -> Ref:
        """(exp(shape t) - 1) / shape."""
        flat = g.compare("eq", self.shape, g.const(0.0))
        return g.where(flat, t, g.div(g.expm1(g.mul(self.shape, t)), self.shape))


@dataclass(frozen=True)
class LogLogistic:
    """H = log(1 + (t / scale)^shape) (Kalbfleisch and Prentice 2002, ch. 2; Collett 2015, ch. 6).

    `shape` above 0, `scale` in years, above 0, the median. With y = shape log(t / scale), H = log(1 + e^y), computed as
    max(y, 0) + log(1 + exp(-|y|)). Increment, with w = shape log(1 + dt / t): for w <= 1 log(1 + (e^w - 1) e^y /
    (1 + e^y)), else the difference of both parts of H, y less y being w.
    """

    shape: Ref
    scale: Ref

    def valid(self, g: Graph) -> Ref:
        return _positive(g, self.shape, self.scale)

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        y = self._log_odds(g, t)
        return g.add(g.maximum(y, g.const(0.0)), self._rest(g, y))

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        zero, one = g.const(0.0), g.const(1.0)
        y, y_end = self._log_odds(g, t), self._log_odds(g, g.add(t, dt))
        w = g.mul(self.shape, _log_ratio(g, t, dt))
        had = g.div(one, g.add(one, g.exp(g.neg(y))))
        near = g.log1p(g.mul(had, g.expm1(w)))
        risen = g.where(g.compare("gt", y, zero), w, g.maximum(y_end, zero))
        far = g.add(risen, g.sub(self._rest(g, y_end), self._rest(g, y)))
        return g.where(g.compare("le", w, one), near, far)

    def _log_odds(self, g: Graph, t: Ref) -> Ref:
        """Logarithm of the odds of having had the event."""
        return g.mul(self.shape, g.sub(g.log(t), g.log(self.scale)))

    def _rest(self, g: Graph, y: Ref) -> Ref:
        return g.log1p(g.exp(g.neg(g.absolute(y))))


_NEAR = 0.25
_TERMS = 16
"""For d (1 + |z|) <= 0.25 the terms left out below add up to less than 1e-17 of the sum."""


@dataclass(frozen=True)
class Lognormal:
    """H = -log(1 - Phi(z)), z = (log t - meanlog) / sdlog (Kalbfleisch and Prentice 2002, ch. 2).

    `meanlog` is the mean and `sdlog`, above 0, the standard deviation of the logarithm of the time in years.

    Increment over d in z: with h the hazard phi / (1 - Phi) at z, the share that has the event is
    h * integral over 0..d of exp(-z u - u^2 / 2) du, summed as a power series where d (1 + |z|) <= 0.25. Elsewhere it
    is the difference of two cumulative hazards, in which z^2 / 2 is taken apart: d (z + z_end) / 2.
    """

    meanlog: Ref
    sdlog: Ref

    def valid(self, g: Graph) -> Ref:
        finite = g.compare("lt", g.absolute(self.meanlog), g.const(math.inf))
        return g.both(finite, _positive(g, self.sdlog))

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        return normal.minus_log_upper_tail(g, self._normal(g, t))

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        zero, one, half = g.const(0.0), g.const(1.0), g.const(0.5)
        z, z_end = self._normal(g, t), self._normal(g, g.add(t, dt))
        d = g.div(_log_ratio(g, t, dt), self.sdlog)
        near = g.neg(g.log1p(g.neg(g.mul(normal.hazard(g, z), self._bell_over(g, z, d)))))
        above, above_end = g.maximum(z, zero), g.maximum(z_end, zero)
        step = g.where(g.compare("gt", z, zero), d, above_end)
        slow = g.sub(normal.minus_log_tail_less_bell(g, z_end), normal.minus_log_tail_less_bell(g, z))
        far = g.fma(g.mul(half, step), g.add(above, above_end), slow)
        small = g.compare("le", g.mul(d, g.add(one, g.absolute(z))), g.const(_NEAR))
        return g.where(small, near, far)

    def _normal(self, g: Graph, t: Ref) -> Ref:
        return g.div(g.sub(g.log(t), self.meanlog), self.sdlog)

    def _bell_over(self, g: Graph, z: Ref, d: Ref) -> Ref:
        """Integral over 0..d of exp(-z u - u^2 / 2) du = d sum c_n / (n + 1), where the integrand is sum c_n (u / d)^n:
        (n + 1) c_(n+1) = -z d c_n - d^2 c_(n-1), from its derivative -(z + u) times itself."""
        slope, square = g.neg(g.mul(z, d)), g.neg(g.mul(d, d))
        before, now = g.const(0.0), g.const(1.0)
        terms = [now]
        for n in range(_TERMS - 1):
            before, now = now, g.mul(g.const(1.0 / (n + 1)), g.fma(slope, now, g.mul(square, before)))
            terms.append(g.mul(g.const(1.0 / (n + 2)), now))
        return g.mul(d, g.total(terms[::-1]))


@dataclass(frozen=True)
class SurvivalTable:
    """Shares free of the event at given times; between rows the logarithm of the share is linear (hazard constant), as
    in the piecewise exponential model (Collett 2015, ch. 6).

    Beyond the last row the last hazard goes on; `covers` says whether one is there.

    Raises
    ------
    ValueError : times do not start at 0 and rise, or shares do not start at 1, rise somewhere, or reach 0.
    """

    times: tuple[float, ...]
    """Years, (row,)."""
    shares: tuple[float, ...]
    """Free of the event, (row,)."""

    def __post_init__(self) -> None:
        if len(self.times) != len(self.shares) or len(self.times) < 2:
            raise ValueError("a table of survival needs two rows or more, each a time and a share")
        if self.times[0] != 0 or self.shares[0] != 1:
            raise ValueError(
                f"a table of survival starts with 1 at time 0, not {self.shares[0]:g} at {self.times[0]:g}"
            )
        for (t, share), (t_next, share_next) in pairwise(zip(self.times, self.shares, strict=True)):
            if not t < t_next < math.inf:
                raise ValueError(f"times must rise from row to row; {t_next:g} follows {t:g}")
            if not 0 < share_next <= share:
                raise ValueError(
                    f"the share free of the event must stay above 0 and never rise; {share_next:g} follows {share:g}"
                )

    def valid(self, g: Graph) -> Ref:
        return g.truth(True)

    def covers(self, g: Graph, t: Ref) -> Ref:
        """Condition that t lies within the table."""
        return g.compare("le", t, g.const(self.times[-1]))

    def cumulative(self, g: Graph, t: Ref) -> Ref:
        return self.increment(g, g.const(0.0), t)

    def increment(self, g: Graph, t: Ref, dt: Ref) -> Ref:
        """Hazard of each row times the years of t..t + dt in it, counted from t: a short dt keeps its digits."""
        zero = g.const(0.0)
        rows = list(pairwise(zip(self.times, self.shares, strict=True)))
        parts = []
        for k, ((start, share), (end, share_end)) in enumerate(rows):
            rate = math.log1p((share - share_end) / share_end) / (end - start)
            until = dt if k == len(rows) - 1 else g.minimum(dt, g.sub(g.const(end), t))
            since = zero if k == 0 else g.maximum(zero, g.sub(g.const(start), t))
            parts.append((g.maximum(zero, g.sub(until, since)), g.const(rate)))
        return g.dot(parts)


def _positive(g: Graph, *values: Ref) -> Ref:
    """Condition that all are above 0 and finite."""
    result = g.truth(True)
    for value in values:
        above = g.compare("gt", value, g.const(0.0))
        result = g.both(result, g.both(above, g.compare("lt", value, g.const(math.inf))))
    return result


def _log_ratio(g: Graph, t: Ref, dt: Ref) -> Ref:
    """log((t + dt) / t); infinite for t = 0."""
    return g.log1p(g.div(dt, t))


def _from_start(g: Graph, t: Ref, first: Ref, later: Ref) -> Ref:
    """`first` for t = 0, else `later`."""
    return g.where(g.compare("gt", t, g.const(0.0)), later, first)
