"""A programme of several cohorts in a tile of draws: sums so far, year by year, without keeping the years.

Some draws go side by side through all cycles and years of a party before the next ones, so that what is between stays
in the near caches; in NumPy, a whole tile for each step, it took five times as long.

Letters: m model, j cohort, p payer, q party (perspectives, then payers), t cycle, y year, d draw. `kind` is 0 for
undiscounted money, 1 for discounted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from engine.kernel.options import SWITCHES, compiled

WIDTH = 32
"""Draws side by side. Savings of 10 payers in 49 cycles of them take 250 kB; with 8 the loops are too short."""


@compiled
def tally_programme(
    usual: Any,
    own: Any,
    factor: Any,
    counted: Any,
    members: Any,
    shares: Any,
    model_of: Any,
    begins: Any,
    weights: Any,
    first_year: Any,
    rounding: Any,
    sums: Any,
    total: Any,
    back: Any,
    need: Any,
    paths: Any,
) -> None:
    """What a programme saves in a tile of draws.

    Parameters
    ----------
    usual, own : (m, p, t, d) undiscounted cost in the baseline, and under the strategy.
    factor : (m, t, d) discount factor.
    counted : (d,) whether a draw counts in `sums`; what is written of others means nothing.
    members : (perspective, p) payers of a perspective.
    shares : (t, year from the cohort's start) of a cycle.
    model_of, begins : (j,) model of a cohort, and the year of the programme in which it starts.
    weights : (kind, j, d) participants of a cohort, times a discount factor for the discounted kind.
    first_year : calendar year of the programme's first.
    rounding : part of the amounts behind a sum below which the sum is 0.
    sums : (kind, q, y) changed: saving added up over draws.
    total, back : (kind, q, d) written: the sum at the end, and the year from whose end on it is never negative.
    need : (q, d) written: how far the undiscounted sum falls below 0 at most.
    paths : (kind, q, y, few) written: sums so far of the first draws.
    """
    models, payers, n = usual.shape[0], usual.shape[1], usual.shape[3]
    cycles, local = shares.shape
    perspectives, cohorts, years = members.shape[0], begins.shape[0], sums.shape[2]
    parties = perspectives + payers
    few = paths.shape[3]
    year_of = np.empty((cycles, 2), dtype=np.int64)
    for t in range(cycles):
        year_of[t, 0], year_of[t, 1] = local, 0
        for y in range(local):
            if shares[t, y] != 0.0:
                year_of[t, 0], year_of[t, 1] = min(year_of[t, 0], y), y + 1
    saving, size = np.empty((models, payers, cycles, WIDTH)), np.empty((models, payers, cycles, WIDTH))
    one, whole = np.empty((2, local, WIDTH)), np.empty((2, years, WIDTH))
    lanes = np.zeros((2, parties, years, WIDTH))
    v, z, so_far = np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH)
    low, last, some, counts = np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH), np.empty(WIDTH, dtype=np.bool_)
    for start in range(0, n, WIDTH):
        w = min(WIDTH, n - start)
        counts[:] = False
        counts[:w] = counted[start : start + w]
        for m in range(models):
            for p in range(payers):
                for t in range(cycles):
                    a, b = usual[m, p, t, start : start + w], own[m, p, t, start : start + w]
                    x, s = saving[m, p, t], size[m, p, t]
                    for d in range(w):
                        amounts = abs(a[d]) + abs(b[d])
                        change = a[d] - b[d]
                        x[d] = 0.0 if abs(change) <= rounding * amounts else change
                        s[d] = amounts
        for q in range(parties):
            whole[:] = 0.0
            for m in range(models):
                one[:] = 0.0
                for t in range(cycles):
                    f = factor[m, t, start : start + w]
                    if q < perspectives:
                        v[:], z[:] = 0.0, 0.0
                        for p in range(payers):
                            if members[q, p]:
                                x, s = saving[m, p, t], size[m, p, t]
                                for d in range(w):
                                    v[d] += x[d]
                                    z[d] += s[d]
                        for d in range(w):
                            v[d] = 0.0 if abs(v[d]) <= rounding * z[d] else v[d]
                        saved = v
                    else:
                        saved = saving[m, q - perspectives, t]
                    for y in range(year_of[t, 0], year_of[t, 1]):
                        share, plain, discounted = shares[t, y], one[0, y], one[1, y]
                        for d in range(w):
                            part = share * saved[d]
                            plain[d] += part
                            discounted[d] += part * f[d]
                for j in range(cohorts):
                    if model_of[j] == m:
                        for kind in range(2):
                            people = weights[kind, j, start : start + w]
                            for y in range(local):
                                part_of, of = one[kind, y], whole[kind, begins[j] + y]
                                for d in range(w):
                                    of[d] += part_of[d] * people[d]
            for kind in range(2):
                v[:], z[:], so_far[:], low[:], last[:], some[:] = 0.0, 0.0, 0.0, 0.0, -1.0, 0.0
                for y in range(years):
                    x, lane = whole[kind, y], lanes[kind, q, y]
                    now = float(y)
                    for d in range(w):
                        lane[d] += x[d] if counts[d] else 0.0
                        v[d] += x[d]
                        z[d] += abs(x[d])
                    for d in range(w):
                        so_far[d] = 0.0 if abs(v[d]) <= rounding * z[d] else v[d]
                        low[d] = so_far[d] if so_far[d] < low[d] else low[d]
                        last[d] = now if so_far[d] < 0.0 else last[d]
                        some[d] = 1.0 if so_far[d] != 0.0 else some[d]
                    for d in range(max(0, min(w, few - start))):
                        paths[kind, q, y, start + d] = so_far[d]
                for d in range(w):
                    total[kind, q, start + d] = so_far[d]
                    found = np.inf if last[d] == years - 1 else first_year + last[d] + 1.0
                    back[kind, q, start + d] = found if some[d] > 0.0 else np.nan
                    if kind == 0:
                        need[q, start + d] = -low[d] if low[d] < 0.0 else 0.0
    for kind in range(2):
        for q in range(parties):
            for y in range(years):
                part = 0.0
                for d in range(WIDTH):
                    part += lanes[kind, q, y, d]
                sums[kind, q, y] += part


@compiled
def add_costs(
    cost: Any,
    factor: Any,
    counted: Any,
    members: Any,
    shares: Any,
    model_of: Any,
    begins: Any,
    people: Any,
    weights: Any,
    spent: Any,
) -> None:
    """Add up costs of one course over a tile of draws.

    Parameters
    ----------
    cost : (m, p, t, d). people : (j,). weights : (j, d). Others as in `tally_programme`.
    spent : (kind, q, y) changed.
    """
    n = cost.shape[3]
    now = np.empty(n)
    for m in range(cost.shape[0]):
        for t in range(cost.shape[2]):
            for p in range(cost.shape[1]):
                plain = _weighted_sum(cost[m, p, t], None, counted)
                for j in range(begins.shape[0]):
                    if model_of[j] == m:
                        _add_paid(plain * people[j], p, shares[t], begins[j], members, spent[0])
            for j in range(begins.shape[0]):
                if model_of[j] == m:
                    for d in range(n):
                        now[d] = factor[m, t, d] * weights[j, d]
                    for p in range(cost.shape[1]):
                        paid = _weighted_sum(cost[m, p, t], now, counted)
                        _add_paid(paid, p, shares[t], begins[j], members, spent[1])


@njit(inline="always", **SWITCHES)
def _weighted_sum(x, weight, counted):  # type: ignore[no-untyped-def]
    """Over the draws that count, those side by side first."""
    part = np.zeros(WIDTH)
    for start in range(0, x.shape[0], WIDTH):
        w = min(WIDTH, x.shape[0] - start)
        a, c = x[start : start + w], counted[start : start + w]
        if weight is None:
            for d in range(w):
                part[d] += a[d] if c[d] else 0.0
        else:
            b = weight[start : start + w]
            for d in range(w):
                part[d] += a[d] * b[d] if c[d] else 0.0
    total = 0.0
    for d in range(WIDTH):
        total += part[d]
    return total


@njit(inline="always", **SWITCHES)
def _add_paid(paid, p, shares, begin, members, spent):  # type: ignore[no-untyped-def]
    """To the years and parties that a payer's cost of one cycle belongs to."""
    for y in range(shares.shape[0]):
        if shares[y] != 0.0:
            spent[members.shape[0] + p, begin + y] += shares[y] * paid
            for q in range(members.shape[0]):
                if members[q, p]:
                    spent[q, begin + y] += shares[y] * paid
