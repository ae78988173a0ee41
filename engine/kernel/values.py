"""Draw numbers -> values of inputs, all of a block in one call.

Three steps, for `CHUNK` draws at a time so that what is between them stays in the nearer caches: coordinates of the
design, normal scores of those that need them, and values of each input, by a formula or a curve of the score. Each draw
is a function of its own coordinates alone, to the last bit.

c coordinate · k input · i draw (lane)

References
----------
Wichura (1988), Algorithm AS 241: the percentage points of the normal distribution, doi:10.2307/2347330.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.kernel.doubles import ROUND, ROUND_BITS, bits_of, exp, fma, minus_log
from engine.kernel.lanes import any_of, chosen, four_of, gather, list_marked, load, store
from engine.kernel.options import SWITCHES, compiled
from engine.kernel.points import CHUNK, LONGEST, REPLICATES, fill_coordinates, room_for, whole_points
from engine.kernel.references import borrowed, held

SCORE_END = 8.25
"""Normal scores that curves reach to; those of 2^-53 and 1 - 2^-53 are -8.2095 and 8.2095."""

_LARGEST_SCORE = 8.209536151601387
"""Score of 1 - 2^-53."""
LEAST_SUM = 1e-280
"""Parts that add up to less have lost digits."""

POINT, UNIFORM, NORMAL, LOGNORMAL, TRIANGULAR, CURVE, EXP_CURVE, LOGISTIC_CURVE, STEPS, ROWS = range(10)
"""How an input comes from its coordinate; see `Laws`."""

_NONE = np.int64(0)
"""A number, to numba, where 0 is a constant: for each of those it compiles all loops anew."""

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]


class Laws(NamedTuple):
    """How inputs come from coordinates.

    An input k of law `code[k]` reads coordinate `source[k]`, its numbers a = `numbers[k]` and `size[k]` numbers of
    `table` from `at[k]`, and is multiplied by a[5] last of all. With u the coordinate and z its score, both turned
    round where a[5] < 0:

    POINT a0; UNIFORM a0 + a1 u; NORMAL a0 + a1 z; LOGNORMAL exp(a0 + a1 z); TRIANGULAR low, mode, high = a0, a1, a2;
    CURVE a0 + a1 t, EXP_CURVE a0 + a1 exp(t), LOGISTIC_CURVE a0 + a1 / (1 + exp(-t)), with t a cubic of z in
    intervals of 1 / a4 from -`SCORE_END`, and held in [a2, a3]; STEPS rising probabilities and then values; ROWS
    equally likely values in their order (a0 != 0: u is not turned).
    """

    code: Numbers
    source: Numbers
    at: Numbers
    size: Numbers
    numbers: Array
    """(k, 6)"""
    table: Array
    scored: NDArray[np.bool_]
    """(c,) whose score is needed"""
    plain: NDArray[np.bool_]
    """(c,) whose coordinate is needed"""
    mixed: Numbers
    """(m,) coordinates that are mixed of scores, each after those that are mixed of it"""
    mix_at: Numbers
    """(m + 1,)"""
    mix_of: Numbers
    mix_by: Array
    """Scores that mixed[j] is made of, and their weights: from mix_at[j] to mix_at[j + 1]."""
    share_at: Numbers
    """(rows + 1,)"""
    shares: Numbers
    """Inputs that are divided by their sum: from share_at[j] to share_at[j + 1]."""
    normal: Array
    """(knot, 2) distribution function and density of the normal law at `normal_knots`; may be empty where nothing that
    is mixed needs its coordinate."""


class Work(NamedTuple):
    """What is between the steps of a chunk."""

    score: Array
    """(c, i)"""
    which: Numbers
    """(i,) places in a table"""
    listed: NDArray[np.uint16]
    """(i,) draws in the tails"""
    part: Array
    """(i,) where in an interval; scores of the draws in the tails; sums"""
    value: Array
    """(i,) of one input, where draws are not a multiple of eight"""


@njit(**SWITCHES)
def _work_for(coordinates):  # type: ignore[no-untyped-def]
    return Work(
        np.empty((max(coordinates, 1), CHUNK)),
        np.empty(CHUNK, dtype=np.int64),
        np.empty(CHUNK + 8, dtype=np.uint16),
        np.empty(CHUNK),
        np.empty(CHUNK),
    )


# ---------------------------------------------------------------- normal scores


@njit(**SWITCHES)
def _scores(u, z, which, tail):  # type: ignore[no-untyped-def]
    """Quantiles of the normal law, by AS 241; z(1 - u) is -z(u) to the last bit.

    The middle fraction for all; then the 15 % in the tails gathered, and theirs for these alone, with the last fraction
    where one of eight lies beyond 5: 1.1 ns a number. Draws looked at one by one for the gathering took 2.0, all three
    fractions for all 3.5.

    u : (n,), n a multiple of eight, as `_curve`'s.
    which : room for 8 more places than u has.
    """
    n = 0
    for i in range(0, u.size, 8):
        q = load(u, i, 8) - 0.5
        r = fma(-q, q, 0.180625)
        a = fma(r, 2509.0809287301226727, 33430.575583588128105)
        a = fma(a, r, 67265.770927008700853)
        a = fma(a, r, 45921.953931549871457)
        a = fma(a, r, 13731.693765509461125)
        a = fma(a, r, 1971.5909503065514427)
        a = fma(a, r, 133.14166789178437745)
        a = fma(a, r, 3.387132872796366608)
        b = fma(r, 5226.495278852545925, 28729.085735721942674)
        b = fma(b, r, 39307.89580009271061)
        b = fma(b, r, 21213.794301586595867)
        b = fma(b, r, 5394.1960214247511077)
        b = fma(b, r, 687.1870074920579083)
        b = fma(b, r, 42.313330701600911252)
        b = fma(b, r, 1.0)
        store(z, i, q * a / b)
        n = list_marked(which, n, abs(q) > 0.425, i)
    for j in range(n, n + 8):  # the last eight are gathered whole
        which[j] = 0
    for j in range(0, n, 8):
        p = gather(u, which, j)
        s = math.sqrt(minus_log(min(p, 1.0 - p)))
        r = s - 1.6
        a = fma(r, 7.7454501427834140764e-4, 0.0227238449892691845833)
        a = fma(a, r, 0.24178072517745061177)
        a = fma(a, r, 1.27045825245236838258)
        a = fma(a, r, 3.64784832476320460504)
        a = fma(a, r, 5.7694972214606914055)
        a = fma(a, r, 4.6303378461565452959)
        a = fma(a, r, 1.42343711074968357734)
        b = fma(r, 1.05075007164441684324e-9, 5.475938084995344946e-4)
        b = fma(b, r, 0.0151986665636164571966)
        b = fma(b, r, 0.14810397642748007459)
        b = fma(b, r, 0.68976733498510000455)
        b = fma(b, r, 1.6763848301838038494)
        b = fma(b, r, 2.05319162663775882187)
        b = fma(b, r, 1.0)
        t = a / b
        if any_of(s > 5.0):
            r = s - 5.0
            a = fma(r, 2.01033439929228813265e-7, 2.71155556874348757815e-5)
            a = fma(a, r, 0.0012426609473880784381)
            a = fma(a, r, 0.026532189526576123093)
            a = fma(a, r, 0.29656057182850489123)
            a = fma(a, r, 1.7848265399172913358)
            a = fma(a, r, 5.4637849111641143699)
            a = fma(a, r, 6.6579046435011037772)
            b = fma(r, 2.04426310338993978564e-15, 1.4215117583164458887e-7)
            b = fma(b, r, 1.8463183175100546818e-5)
            b = fma(b, r, 7.868691311456132591e-4)
            b = fma(b, r, 0.0148753612908506148525)
            b = fma(b, r, 0.13692988092273580531)
            b = fma(b, r, 0.59983220655588793769)
            b = fma(b, r, 1.0)
            t = chosen(s <= 5.0, t, a / b)
        store(tail, j, chosen(p < 0.5, -t, t))
    for j in range(n):
        z[which[j]] = tail[j]


_KNOTS = 32
"""Knots of the normal distribution function for each unit of z."""


@njit(**SWITCHES)
def _probabilities(z, normal, u):  # type: ignore[no-untyped-def]
    """Normal distribution function, by its Taylor series about the nearest knot; at least 2^-53, at most 1 - 2^-53."""
    for i in range(z.size):
        x = min(max(-abs(z[i]), -SCORE_END), 0.0)
        shifted = fma(x, float(_KNOTS), SCORE_END * _KNOTS + ROUND)
        knot = (shifted - ROUND) * (1.0 / _KNOTS) - SCORE_END
        k = min(max(bits_of(shifted) - np.int64(ROUND_BITS), np.int64(0)), np.int64(normal.shape[0] - 1))
        d = x - knot
        # Derivatives of the density are Hermite polynomials: h1 = -z h0, h2 = -z h1 - 1 h0, ..
        before, now, power, total = 1.0, -knot, d, d
        for n in range(1, 11):
            power = power * d * (1.0 / (n + 1))
            total = fma(now, power, total)
            before, now = now, fma(-knot, now, -n * before)
        p = max(fma(normal[k, 1], total, normal[k, 0]), 2.0**-53)
        u[i] = 1.0 - p if z[i] > 0.0 else p


def normal_knots() -> Array:
    """Scores that `Laws.normal` stands for."""
    return np.arange(round(SCORE_END * _KNOTS) + 1) / _KNOTS - SCORE_END


# ---------------------------------------------------------------- values


@njit(**SWITCHES)
def _linear(x, a, turn, factor, out):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        out[i] = factor * fma(a[1], turn * x[i], a[0])


@njit(**SWITCHES)
def _uniform(u, a, turned, factor, out):  # type: ignore[no-untyped-def]
    for i in range(u.size):
        out[i] = factor * (a[0] + a[1] * (1.0 - u[i] if turned else u[i]))


@njit(**SWITCHES)
def _lognormal(z, a, turn, factor, out):  # type: ignore[no-untyped-def]
    for i in range(z.size):
        out[i] = factor * exp(fma(a[1], turn * z[i], a[0]))


@njit(**SWITCHES)
def _triangular(u, a, turned, factor, out):  # type: ignore[no-untyped-def]
    low, mode, high = a[0], a[1], a[2]
    width, rise, fall = high - low, mode - low, high - mode
    for i in range(u.size):
        p = 1.0 - u[i] if turned else u[i]
        rising = p * width < rise
        root = math.sqrt((p if rising else 1.0 - p) * width * (rise if rising else fall))
        out[i] = factor * (low + root if rising else high - root)


@njit(**SWITCHES)
def _curve(z, table, code, a, turn, factor, which, part, out):  # type: ignore[no-untyped-def]
    """Cubic of z in each interval; rows of `table` are four coefficients. Places in the table first, by themselves: 0.7
    ns a number, where reading the coefficients one by one took 1.7."""
    per_unit, middle, last = a[4], SCORE_END * a[4], np.int64(table.size // 4 - 1)
    low, wide, least, most = a[0], a[1], a[2], a[3]
    for i in range(z.size):
        x = turn * z[i]
        shifted = fma(x, per_unit, middle - 0.5) + ROUND
        which[i] = min(max(bits_of(shifted) - np.int64(ROUND_BITS), np.int64(0)), last) * 4
        part[i] = fma(x, per_unit, middle - (shifted - ROUND))
    for i in range(0, z.size, 8):
        c0, c1, c2, c3 = four_of(table, which, i)
        s = load(part, i, 8)
        t = fma(fma(fma(c3, s, c2), s, c1), s, c0)
        if code == EXP_CURVE:
            t = exp(t)
        elif code == LOGISTIC_CURVE:
            # From the side on which the exponential is small, so that neither end loses digits.
            e = exp(-abs(t))
            t = chosen(t > 0.0, 1.0, e) / (1.0 + e)
        store(out, i, factor * min(max(fma(t, wide, low), least), most))


_COUNTED = 24
"""Values up to which steps are counted one after the other, for all draws; a search in half the steps has branches that
nobody foresees (7.5 ns for 3 values, and counting 0.9)."""


@njit(**SWITCHES)
def _steps(u, table, turned, factor, which, out):  # type: ignore[no-untyped-def]
    """First value whose summed probability reaches u."""
    n = (table.size + 1) // 2
    for i in range(u.size):
        out[i] = 1.0 - u[i] if turned else u[i]
        which[i] = 0
    if n <= _COUNTED:
        for j in range(n - 1):
            for i in range(u.size):
                which[i] += table[j] < out[i]
    else:
        for i in range(u.size):
            base, left = 0, n - 1
            while left > 0:
                half = (left + 1) // 2
                base += half if table[base + half - 1] < out[i] else 0
                left -= half
            which[i] = base
    for i in range(u.size):
        out[i] = factor * table[n - 1 + which[i]]


@njit(**SWITCHES)
def _rows(u, table, turned, factor, out):  # type: ignore[no-untyped-def]
    n = table.size
    for i in range(u.size):
        p = 1.0 - u[i] if turned else u[i]
        out[i] = factor * table[min(max(np.int64(math.ceil(p * n)) - 1, 0), n - 1)]


@njit(**SWITCHES)
def _values(laws, u, begin, size, work, out, at):  # type: ignore[no-untyped-def]
    """Values of `size` draws whose coordinates stand in u (c, ..) from `begin`, into out (k, ..) from `at`.

    Coordinates are read up to a multiple of eight draws, so that all go the same way; what comes of those beyond is
    left in `work`.
    """
    full, z, which, part = (size + 7) // 8 * 8, work.score, work.which, work.part
    for c in range(laws.scored.size):
        if laws.scored[c]:
            _scores(u[c][begin : begin + full], z[c], work.listed, part)
    for j in range(laws.mixed.size):
        _mix(laws, j, size, z)
        c = laws.mixed[j]
        if laws.plain[c]:
            _probabilities(z[c][:size], laws.normal, u[c][begin : begin + size])
    for k in range(laws.code.size):
        a, factor, code = laws.numbers[k], laws.numbers[k, 5], laws.code[k]
        turned = factor < 0.0
        turn = -1.0 if turned else 1.0
        row = work.value if full > size else out[k][at : at + size]
        row = row[:full]
        c = laws.source[k]
        own, score = u[c][begin : begin + full], z[c][:full]
        table = laws.table[laws.at[k] : laws.at[k] + laws.size[k]]
        if code == POINT:
            row[:] = a[0]
        elif code == UNIFORM:
            _uniform(own, a, turned, factor, row)
        elif code == NORMAL:
            _linear(score, a, turn, factor, row)
        elif code == LOGNORMAL:
            _lognormal(score, a, turn, factor, row)
        elif code == TRIANGULAR:
            _triangular(own, a, turned, factor, row)
        elif code == STEPS:
            _steps(own, table, turned, factor, which, row)
        elif code == ROWS:
            _rows(own, table, turned and a[0] == 0.0, factor, row)
        else:
            _curve(score, table, code, a, turn, factor, which, part, row)
        if full > size:
            out[k][at : at + size] = row[:size]
    for j in range(laws.share_at.size - 1):
        _divide(laws.shares[laws.share_at[j] : laws.share_at[j + 1]], size, part, out, at)


@njit(**SWITCHES)
def _mix(laws, j, size, z):  # type: ignore[no-untyped-def]
    """Term by term and in one order."""
    first, last = laws.mix_at[j], laws.mix_at[j + 1]
    target = z[laws.mixed[j]]
    for i in range(size):
        target[i] = laws.mix_by[last - 1] * target[i]
    for m in range(first, last - 1):
        weight, other = laws.mix_by[m], z[laws.mix_of[m]]
        for i in range(size):
            target[i] = fma(weight, other[i], target[i])
    for i in range(size):
        # Sums can leave what a coordinate's score can be; they are held where laws are still finite.
        target[i] = min(max(target[i], -_LARGEST_SCORE), _LARGEST_SCORE)


@njit(**SWITCHES)
def _divide(inputs, size, total, out, at):  # type: ignore[no-untyped-def]
    total[:size] = 0.0
    for m in inputs:
        part = out[m][at : at + size]
        for i in range(size):
            total[i] += part[i]
    for m in inputs:
        part = out[m][at : at + size]
        for i in range(size):
            part[i] = part[i] / total[i] if total[i] >= LEAST_SUM else math.nan


@compiled
def fill_values(laws, points, out):  # type: ignore[no-untyped-def]
    """Values at points (c, n), into the first n columns of out; points that are mixed are overwritten.

    A share whose parts are all too small for a number is nan.
    """
    c, n = points.shape
    last = n // 8 * 8
    own = (_work_for(c), np.empty((c, 8)))
    work, rest = borrowed(own)
    laws, points, out = borrowed(laws), borrowed(points), borrowed(out)
    low = _NONE
    while low < n:
        size = min(CHUNK, last - low) if low < last else n - last
        given, begin = (points, low) if low < last else (rest, _NONE)
        if low == last:
            for j in range(c):
                for i in range(8):
                    rest[j, i] = points[j, low + min(i, size - 1)]
        _values(laws, given, begin, size, work, out, low)
        if low == last:
            for j in range(c):
                for i in range(size):
                    points[j, low + i] = rest[j, i]
        low += size
    held(own)


@compiled
def sample(luck, laws, start, n, out):  # type: ignore[no-untyped-def]
    """Values of draws from `start`, into the first n columns of out; only the coordinates that are needed are made."""
    c, lead = luck.stream.shape[0], start % REPLICATES
    own = (np.empty((max(c, 1), LONGEST)), _work_for(c), room_for(LONGEST), (laws.plain | laws.scored)[:c])
    u, work, room, wanted = borrowed(own)
    luck, laws, out = borrowed(luck), borrowed(laws), borrowed(out)
    for low in range(0, n, CHUNK):
        size = min(CHUNK, n - low)
        fill_coordinates(luck, wanted, start + low - lead, whole_points(lead + size), room, u, _NONE)
        _values(laws, u, lead, size, work, out, low)
    held(own)
