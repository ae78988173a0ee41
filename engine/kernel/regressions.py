"""Regressions on cubic splines of one parameter, and what deciding by their curves gives up: loops over draws.

At a draw no more than four splines differ from 0, so a row of the design is a place and four weights, and a curve takes
four multiplications where the orthonormal basis takes twelve.

Letters: n draw, j spline, c curve, b block of draws, o output, s option beside the baseline.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.kernel.options import compiled

DEGREE = 3


@compiled
def spline_rows(x: Any, knots: Any, place: Any, weight: Any) -> None:
    """Cubic B-splines at the draws, by the recurrence of Cox and de Boor.

    Parameters
    ----------
    x : (n,) from the first knot to the last. knots : rising, without those at the ends repeated.
    place : (n,) written: the first of four splines. weight : (n, 4) written: their values.
    """
    last = knots.shape[0] - 1
    left, right = np.empty(DEGREE + 1), np.empty(DEGREE + 1)
    for n in range(x.shape[0]):
        v = x[n]
        i = 0
        while i < last - 1 and v >= knots[i + 1]:
            i += 1
        place[n] = i
        weight[n, 0] = 1.0
        for degree in range(1, DEGREE + 1):
            left[degree] = v - knots[max(0, i + 1 - degree)]
            right[degree] = knots[min(last, i + degree)] - v
            kept = 0.0
            for k in range(degree):
                part = weight[n, k] / (right[k + 1] + left[degree - k])
                weight[n, k] = kept + right[k + 1] * part
                kept = left[degree - k] * part
            weight[n, degree] = kept


@compiled
def spline_grams(place: Any, weight: Any, starts: Any, gram: Any) -> None:
    """Products of splines, added up over each block: gram (b, j, j), written.

    Parameters
    ----------
    place, weight : as `spline_rows` writes them. starts : (b + 1,) first draw of each block, and the number of draws.
    """
    gram[:] = 0.0
    for b in range(starts.shape[0] - 1):
        for n in range(starts[b], starts[b + 1]):
            at = place[n]
            for k in range(DEGREE + 1):
                for m in range(k + 1):
                    gram[b, at + k, at + m] += weight[n, k] * weight[n, m]
        for k in range(gram.shape[1]):
            for m in range(k):
                gram[b, m, k] = gram[b, k, m]


@compiled
def spline_sums(place: Any, weight: Any, starts: Any, y: Any, sums: Any) -> None:
    """Products of splines and outputs y (n, o), added up over each block: sums (b, j, o), written."""
    sums[:] = 0.0
    for b in range(starts.shape[0] - 1):
        for n in range(starts[b], starts[b + 1]):
            for k in range(DEGREE + 1):
                at, w = sums[b, place[n] + k], weight[n, k]
                for o in range(y.shape[1]):
                    at[o] += w * y[n, o]


@compiled
def spline_curves(place: Any, weight: Any, start: Any, table: Any, out: Any) -> None:
    """Curves with coefficients table (j, c), at the draws from `start` on: out (n, c), written."""
    for n in range(out.shape[0]):
        at, w = place[start + n], weight[start + n]
        a, b, c, d = table[at], table[at + 1], table[at + 2], table[at + 3]
        row = out[n]
        for k in range(out.shape[1]):
            row[k] = (w[0] * a[k] + w[1] * b[k]) + (w[2] * c[k] + w[3] * d[k])


@compiled
def add_regrets(curves: Any, own: Any, npv: Any, best: Any, behind: Any, gain: Any) -> None:
    """What the best option by a curve has over each option, added up over draws that did not make the curve.

    Parameters
    ----------
    curves : (n, s, o, b) expected net benefit by curves fitted without a block each, at draws of one block.
    own : the block that the draws are of; -1 where there is no such block, and every curve counts.
    npv : (n, s, o) net benefit. best : (o,) option that is best on average; 0 the baseline.
    behind : (s + 1, o, b) changed: what the best option has over each, the baseline first, in curves of other blocks.
    gain : (o,) changed: what deciding by the curve of the own block brings, in `npv`, over the best on average.
    """
    options, outputs, blocks = curves.shape[1], curves.shape[2], curves.shape[3]
    counts, top = np.ones(blocks), np.empty(blocks)
    if own >= 0:
        counts[own] = 0.0
    for n in range(curves.shape[0]):
        for o in range(outputs):
            top[:] = 0.0
            for s in range(options):
                c = curves[n, s, o]
                for b in range(blocks):
                    top[b] = c[b] if c[b] > top[b] else top[b]
            sums = behind[0, o]
            for b in range(blocks):
                sums[b] += counts[b] * top[b]
            for s in range(options):
                c, sums = curves[n, s, o], behind[s + 1, o]
                for b in range(blocks):
                    sums[b] += counts[b] * (top[b] - c[b])
            if own >= 0:
                chosen, most = 0, 0.0
                for s in range(options):
                    if curves[n, s, o, own] > most:
                        chosen, most = s + 1, curves[n, s, o, own]
                taken = npv[n, chosen - 1, o] if chosen > 0 else 0.0
                gain[o] += taken - (npv[n, best[o] - 1, o] if best[o] > 0 else 0.0)
