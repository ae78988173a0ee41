"""One cycle of a chain in continuous time: transitions that can follow one another within the cycle.

With hazards q[s][t] per year from s to t, and Q the generator (row s: q[s][t], and minus their sum in place s),
occupancy x goes to x exp(Q dt), and the time spent in each state is the integral over 0..dt of x exp(Q u) du.
Transitions made from s to t in the cycle are then time[s] q[s][t].

Uniformisation (Jensen 1953). With a substep of h years and theta at least h times the largest total outflow of a state,
P = I + Q h / theta is a transition matrix without negative entries, and

    x exp(Q h) = sum_k w_k x P^k,    w_k = exp(-theta) theta^k / k!
    time       = h / theta sum_k W_k x P^k,    W_k = w_(k+1) + w_(k+2) + ..

The series acts on the row vector, never on the matrix. theta is a number known beforehand, so the weights are
constants, and all terms are at least 0, so nothing cancels. Those whom the terms above K would hold, W_K of all
whatever the hazards, are counted with term K, so that nobody is lost; K is the smallest with W_K below 1e-16, which
bounds the error of all shares together (of the times: h times it).

The Taylor series sum_k x (Q h)^k / k!, method 1 of Moler and Van Loan (2003), was the alternative. Twelve chains of 6
states, hazards over four orders of magnitude, largest outflow in a cycle `bound`; the worst relative error of a share
and the number of vector-matrix products, each series cut at 1e-16:

    bound                         2              8              32              200
    uniformisation, theta <= 32   7e-16,  22     1e-15,  41     2e-15,   89     8e-15,   581
    uniformisation, theta <= 1    7e-16,  34     1e-15, 136     4e-15,  544     2e-14,  3400
    Taylor, theta <= 8            2e-15,  32     5e-12,  70     3e-11,  280     5e-13,  1750
    Taylor, theta <= 2            2e-15,  32     9e-16, 128     2e-15,  512     2e-15,  3200

So uniformisation, and substeps only beyond theta = 32: each costs more terms than a larger theta does.

Sources: A. Jensen (1953), Markoff chains as an aid in the study of Markoff processes, Skand. Aktuarietidskr. 36, 87-91.
C. Moler and C. Van Loan (2003), Nineteen dubious ways to compute the exponential of a matrix, twenty-five years later,
SIAM Review 45, 3-49.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from engine.model.hoist import Graph, Ref, Stage

TRUNCATION = 1e-16
"""Share of the people that the terms left out may hold, in one substep."""
MOST = 32.0
"""Largest theta of a substep."""

_LEAST = 1e-6
# Matrices or series, for hazards that differ between draws but not between cycles: 60 cycles, seconds of compiling and
# microseconds a draw of one core:
#                                      series           matrices
#      4 states, all linked, theta 1   0.12 s   0.9     0.30 s  0.13
#                            theta 8   0.19 s   2.1     0.66 s  0.22
#      8 states, all linked, theta 1   0.30 s   5.0     1.7 s   1.1
#                            theta 8   0.53 s   9.2     4.2 s   1.3
#     16 states, in a ring,  theta 1   0.30 s   7.8     4.3 s   3.3
#     16 states, all linked, theta 1   0.83 s  18       about 60 000 operations, not tried
# An operation takes 160 microseconds to compile and 0.06 nanoseconds a draw and cycle to run.
LARGEST = 12_000
"""Operations of the matrices that are compiled at most, 2 s."""
_COMPILING = 5.0
"""Compiling an operation takes as long as running it five times in 500 000 draws."""


@dataclass(frozen=True)
class Scheme:
    """How a cycle is cut and how far its series goes.

    Raises
    ------
    ValueError : no substep, or a theta outside 0 (excluded) to `MOST`.
    """

    substeps: int
    """Equal parts of a cycle."""
    theta: float
    """Most that the total outflow of a state, per year, times the years of a substep may be."""

    def __post_init__(self) -> None:
        if self.substeps < 1:
            raise ValueError(f"a cycle has at least 1 substep, not {self.substeps}")
        if not 0 < self.theta <= MOST:
            raise ValueError(f"theta must lie above 0 and not above {MOST:g}, not {self.theta:g}")

    @property
    def terms(self) -> int:
        """K: applications of P in a substep."""
        return terms_for(self.theta)

    @property
    def applications(self) -> int:
        """Applications of P in a cycle."""
        return self.substeps * self.terms


class Step(NamedTuple):
    """What a cycle does to the occupancy."""

    following: tuple[Ref, ...]
    """Occupancy at its end, (s,)."""
    time: tuple[Ref, ...]
    """Years spent in each state during it, per person of the cohort, (s,)."""
    valid: Ref
    """Condition that no state's outflow is above what the scheme allows; beyond it shares could turn negative."""


Hazards = Mapping[tuple[int, int], Ref]
"""Per year, by (from, to); a pair that is missing is 0. None may be negative: a rule for the caller."""


def terms_for(theta: float) -> int:
    """Smallest K with Poisson(theta) above K of a probability below `TRUNCATION`."""
    return len(_weights(theta).share) - 1


def suggest_scheme(outflow: float, dt: float) -> Scheme:
    """The scheme with fewest applications of P that covers a bound on the total outflow of any state.

    Parameters
    ----------
    outflow : bound on the sum of hazards out of a state, per year, 0 or more.
    dt : years of a cycle, above 0.

    Raises
    ------
    ValueError : a negative or infinite bound, or a dt that is not above 0 and finite.
    """
    if not (0 <= outflow < math.inf and 0 < dt < math.inf):
        raise ValueError(f"outflow must be 0 or more and dt above 0, both finite; not {outflow:g} and {dt:g}")
    # K / theta falls as theta grows, so the fewest substeps are best
    substeps = max(1, math.ceil(outflow * dt / MOST))
    return Scheme(substeps, max(outflow * dt / substeps, _LEAST))


def advance(g: Graph, x: Sequence[Ref], hazards: Hazards, dt: float, scheme: Scheme) -> Step:
    """Occupancy after a cycle of dt years and the time spent in each state.

    Hazards are constant within the cycle. For x that adds up to 1 the error of a share is of the order of 1e-15, that
    of a time dt times as much, and shares still add up to 1 within 1e-14 (theta up to `MOST`, few substeps).
    """
    chain = _uniformised(g, len(x), hazards, dt, scheme)
    following, spent = _series(g, list(x), chain, dt, scheme)
    return Step(tuple(following), tuple(spent), chain.valid)


@dataclass(frozen=True)
class Matrices:
    """exp(Q dt) and the integral of exp(Q u) over 0..dt, computed before the loop over cycles."""

    transition: tuple[tuple[Ref, ...], ...]
    """Probability, (from, to)."""
    time: tuple[tuple[Ref, ...], ...]
    """Years spent in `to` by who starts in `from`, (from, to)."""
    valid: Ref

    def advance(self, g: Graph, x: Sequence[Ref]) -> Step:
        """As the function `advance`, by one product with each matrix."""
        following, spent = (
            tuple(g.dot([(x[s], row[t]) for s, row in enumerate(matrix)]) for t in range(len(x)))
            for matrix in (self.transition, self.time)
        )
        return Step(following, spent, self.valid)


def matrices(g: Graph, states: int, hazards: Hazards, dt: float, scheme: Scheme) -> Matrices:
    """The series applied to each state alone, (s, s): worth it once, for hazards that do not differ between cycles."""
    chain = _uniformised(g, states, hazards, dt, scheme)
    transition, time = [], []
    for s in range(states):
        alone = [g.const(float(s == t)) for t in range(states)]
        following, spent = _series(g, alone, chain, dt, scheme)
        transition.append(tuple(following))
        time.append(tuple(spent))
    return Matrices(tuple(transition), tuple(time), chain.valid)


class _Uniformised(NamedTuple):
    """P = I + Q h / theta."""

    moving: dict[tuple[int, int], Ref]
    staying: list[Ref]
    valid: Ref


def cycle(g: Graph, x: Sequence[Ref], hazards: Hazards, dt: float, scheme: Scheme) -> Step:
    """As `advance`, by `matrices` where that is quicker.

    Hazards that no draw changes are folded into matrices known beforehand; those that differ between draws and cycles
    leave only the series. In between, for hazards of a draw, the matrices are taken if they are `LARGEST` operations or
    fewer and win back the time of compiling them within 500 000 draws.
    """
    stage = Stage.STUDY
    for q in hazards.values():
        stage = Stage(stage | q.stage)
    links = sum(g.constant(q) != 0.0 for q in hazards.values())
    series = scheme.applications * (links + 3 * len(x))
    once = len(x) * series
    saved = g.n_cycles * (series - 2 * len(x) ** 2)
    pays = once <= LARGEST and saved > (1 + _COMPILING) * once
    if stage in (Stage.STUDY, Stage.CYCLE) or (stage is Stage.DRAW and pays):
        return matrices(g, len(x), hazards, dt, scheme).advance(g, x)
    return advance(g, x, hazards, dt, scheme)


def _uniformised(g: Graph, states: int, hazards: Hazards, dt: float, scheme: Scheme) -> _Uniformised:
    factor = g.const(dt / scheme.substeps / scheme.theta)
    one = g.const(1.0)
    moving = {pair: g.mul(q, factor) for pair, q in hazards.items() if g.constant(q) != 0.0}
    out = [g.total([p for (s, _), p in moving.items() if s == source]) for source in range(states)]
    valid = g.truth(True)
    for leaving in out:
        # a bound may be met to rounding
        valid = g.both(valid, g.compare("le", leaving, g.const(1.0 + 1e-12)))
    return _Uniformised(moving, [g.sub(one, leaving) for leaving in out], valid)


def _series(g: Graph, x: list[Ref], chain: _Uniformised, dt: float, scheme: Scheme) -> tuple[list[Ref], list[Ref]]:
    states = range(len(x))
    zero = g.const(0.0)
    weights, h = _weights(scheme.theta), dt / scheme.substeps
    total_time = [zero for _ in states]
    for _ in range(scheme.substeps):
        term = x
        x = [zero for _ in states]
        for k, (w, length) in enumerate(zip(*weights, strict=True)):
            if k > 0:
                term = _apply(g, term, chain)
            x = [g.fma(term[s], g.const(w), x[s]) for s in states]
            total_time = [g.fma(term[s], g.const(h * length), total_time[s]) for s in states]
    return x, total_time


def _apply(g: Graph, x: list[Ref], chain: _Uniformised) -> list[Ref]:
    """x P."""
    following = [g.mul(share, stay) for share, stay in zip(x, chain.staying, strict=True)]
    for (source, target), p in chain.moving.items():
        following[target] = g.fma(x[source], p, following[target])
    return following


class _Weights(NamedTuple):
    """Of each term k = 0..K: w_k, and W_k / theta. Both add up to 1: the last one holds what is left out."""

    share: tuple[float, ...]
    time: tuple[float, ...]


@cache
def _weights(theta: float) -> _Weights:
    """In 40 digits, each rounded once: their sum is what keeps the people together over many cycles."""
    with decimal.localcontext() as context:
        context.prec = 40
        exact = Decimal(theta)
        share = [(-exact).exp()]
        while len(share) <= theta or share[-1] > Decimal("1e-30"):
            share.append(share[-1] * exact / len(share))
        above = list(accumulate(reversed(share)))[::-1][1:]  # W_0, W_1, ..
        terms = next(k for k, left in enumerate(above) if left < Decimal(TRUNCATION))
        time = [w / exact for w in above[:terms]]
        return _Weights(
            (*map(float, share[:terms]), float(share[terms] + above[terms])),
            (*map(float, time), float(1 - sum(time))),
        )
