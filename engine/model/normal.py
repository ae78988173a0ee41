"""The normal distribution on the graph, in both tails.

Everything rests on the upper tail with its bell taken out, R(z) = 2 exp(z^2 / 2) Phi(-z) = erfcx(z / sqrt 2), z >= 0,
which falls slowly from 1 as sqrt(2 / pi) / z. As in Shepherd and Laframboise (1981), (1 + c z) R(z) is one polynomial
in (z - k) / (z + k) over the whole half line: no regions to choose between, so every lane does the same work. Cody's
(1969) three rational functions were the alternative: 34 multiplications and three divisions against 24 and two.

The coefficients are ours: a Chebyshev series of 40 terms with c = 1.25, k = 4.25 in 60 digits, cut at degree 24, where
what is left is below 2e-17, and rewritten in powers (their sizes add up to 1.6, so nothing cancels).

Sources: W. J. Cody (1969), Rational Chebyshev approximations for the error function, Math. Comp. 23, 631-637.
M. M. Shepherd and J. G. Laframboise (1981), Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 <= x < infinity,
Math. Comp. 36, 249-253.
"""

from __future__ import annotations

import math

from engine.model.hoist import Graph, Ref

_SLOPE, _CENTRE = 1.25, 4.25
_SCALED_TAIL = (
    1.1281613975733518,
    -0.15777745757339728,
    -0.01313197809826406,
    0.09684678704444696,
    -0.0971047869640891,
    0.05777327238542115,
    -0.02075005136969152,
    0.0024361666661896954,
    0.0015802547225479185,
    -0.0006957632692747442,
    -7.908697247623591e-05,
    0.00010982251217907234,
    2.2071992843469555e-06,
    -1.755422695205124e-05,
    -2.6346825026364787e-07,
    3.0429275052702923e-06,
    2.39715380060764e-07,
    -5.465601205682759e-07,
    -1.0924344528652395e-07,
    9.198887057101392e-08,
    3.357400999793304e-08,
    -1.2334292901547113e-08,
    -6.878152890454388e-09,
    9.412156732429714e-10,
    7.115862200209121e-10,
)
_FARTHEST = 1e100
"""Larger numbers count as this one, so that infinity has its limit instead of infinity / infinity."""
_NOTHING_BEYOND = 40.0
"""exp(-z^2 / 2) is 0 in double precision from here on."""
_SPLITTER = 134217729.0  # 2^27 + 1


def cdf(g: Graph, z: Ref) -> Ref:
    """Phi(z): the probability that a standard normal number is at most z, to 1e-14 of itself down to z = -37."""
    tail = _smaller_tail(g, z)
    return g.where(g.compare("gt", z, g.const(0.0)), g.sub(g.const(1.0), tail), tail)


def minus_log_upper_tail(g: Graph, z: Ref) -> Ref:
    """-log Phi(-z), to 1e-14 of itself for any z: z^2 / 2 - log(R(z) / 2) above 0, -log(1 - Phi(z)) below.

    0 at minus infinity. In between, the relative error of exp(-z^2 / 2) is what z itself carries: z^2 units of its last
    place.
    """
    positive = g.maximum(z, g.const(0.0))
    return g.fma(g.mul(g.const(0.5), positive), positive, minus_log_tail_less_bell(g, z))


def minus_log_tail_less_bell(g: Graph, z: Ref) -> Ref:
    """-log Phi(-z) less max(z, 0)^2 / 2: the part that varies slowly far up."""
    upper = g.neg(g.log(g.mul(g.const(0.5), scaled_tail(g, z))))
    lower = g.neg(g.log1p(g.neg(_smaller_tail(g, z))))
    return g.where(g.compare("gt", z, g.const(0.0)), upper, lower)


def hazard(g: Graph, z: Ref) -> Ref:
    """phi(z) / Phi(-z), the density over what is left: sqrt(2 / pi) / R(z) above 0."""
    upper = g.div(g.const(math.sqrt(2.0 / math.pi)), scaled_tail(g, z))
    density = g.mul(g.const(1.0 / math.sqrt(2.0 * math.pi)), _bell(g, z))
    lower = g.div(density, g.sub(g.const(1.0), _smaller_tail(g, z)))
    return g.where(g.compare("gt", z, g.const(0.0)), upper, lower)


def scaled_tail(g: Graph, z: Ref) -> Ref:
    """R(|z|) = 2 exp(z^2 / 2) Phi(-|z|), to 1e-15 of itself."""
    size = g.minimum(g.absolute(z), g.const(_FARTHEST))
    centre = g.const(_CENTRE)
    u = g.div(g.sub(size, centre), g.add(size, centre))
    square = g.mul(u, u)
    # even and odd powers side by side: half the length of Horner's chain
    even, odd = (_polynomial(g, square, _SCALED_TAIL[k::2]) for k in (0, 1))
    return g.div(g.fma(odd, u, even), g.fma(g.const(_SLOPE), size, g.const(1.0)))


def _smaller_tail(g: Graph, z: Ref) -> Ref:
    """Phi(-|z|)."""
    return g.mul(g.mul(g.const(0.5), _bell(g, z)), scaled_tail(g, z))


def _bell(g: Graph, z: Ref) -> Ref:
    """exp(-z^2 / 2), without the error that rounding z^2 brings: z = a + b, a of 26 bits (Dekker 1971), and
    exp(-a^2 / 2) (1 - s + s^2 / 2) with s = b (z + a) / 2 below 1e-5."""
    size = g.minimum(g.absolute(z), g.const(_NOTHING_BEYOND))
    big = g.mul(g.const(_SPLITTER), size)
    high = g.sub(big, g.sub(big, size))
    half = g.const(0.5)
    s = g.mul(half, g.mul(g.sub(size, high), g.add(size, high)))
    correction = g.fma(s, g.fma(half, s, g.const(-1.0)), g.const(1.0))
    return g.mul(g.exp(g.neg(g.mul(half, g.mul(high, high)))), correction)


def _polynomial(g: Graph, x: Ref, coefficients: tuple[float, ...]) -> Ref:
    result = g.const(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        result = g.fma(result, x, g.const(c))
    return result
