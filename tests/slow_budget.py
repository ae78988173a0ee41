"""Budgets the long way: every cohort, cycle and draw in plain NumPy. What the fused loops are held to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.budget import Cohorts, Tally, peak_need, year_paid_back
from engine.kernel.layout import LANES
from engine.run.cohorts import Draws
from engine.run.outcomes import accumulate, with_last_boundary, without_rounding

Array = NDArray[np.float64]


def add_cohorts(cohorts: Sequence[Array], begins: Sequence[int], weights: Sequence[float] | Array, years: int) -> Array:
    """All cohorts together, each in its own years: (..., year from its start, d) -> (..., y, d)."""
    first = cohorts[0]
    whole = np.zeros((*first.shape[:-2], years, first.shape[-1]))
    for cohort, begin, weight in zip(cohorts, begins, weights, strict=True):
        whole[..., begin : begin + cohort.shape[-2], :] += cohort * weight
    return whole


class Flows(NamedTuple):
    """Money of one cohort in each cycle, per participant."""

    usual: Array
    """(p, t, d) undiscounted cost in the baseline"""
    own: Array
    """(p, t, d) undiscounted cost under the strategy"""
    factor: Array
    """(t, d) discount factor"""

    def by_vector(self) -> Array:
        """(vector of draws, t, row, lane), as the kernel has them."""
        rows = np.concatenate([self.usual, self.own, self.factor[None]])
        return np.ascontiguousarray(rows.reshape(*rows.shape[:2], -1, LANES).transpose(2, 1, 0, 3))


class Money(NamedTuple):
    """A whole programme in some draws, those that broke a rule left out."""

    saving: Array
    """(q, y, d)"""
    discounted: Array
    """(q, y, d)"""
    cost: Array
    """(c, q, y) sum over the draws"""
    cost_discounted: Array
    """(c, q, y) sum over the draws"""
    draw: NDArray[np.int64]
    """(d,) numbers of the draws"""


def tally(money: Money, *, first_year: int, paths: int) -> Tally:
    """Reduce a programme in some draws to what its figures need."""
    few = int(np.count_nonzero(money.draw < paths))
    found = Tally({}, {}, {}, {"draw": money.draw.astype(np.float64)})
    for suffix, saving, cost in (
        ("", money.saving, money.cost),
        ("_discounted", money.discounted, money.cost_discounted),
    ):
        cumulative = accumulate(saving)[..., 1:, :]
        found.sums[f"budget_saving{suffix}"] = saving.sum(axis=-1)
        found.sums[f"budget_cost{suffix}"] = cost
        found.paths[suffix] = cumulative[..., :few].copy()
        found.by_draw[f"total{suffix}"] = cumulative[..., -1, :].copy()
        year = year_paid_back(cumulative, first_year)
        wanted = [*(first_year + np.arange(saving.shape[1])), np.inf]
        count = [np.count_nonzero(year == y, axis=-1) for y in wanted]
        found.back[suffix] = np.stack([*count, np.count_nonzero(np.isnan(year), axis=-1)], axis=-1)
        if not suffix:
            found.by_draw["need"] = peak_need(cumulative)
    return found


def programme(
    flows: Sequence[Flows],
    draws: Draws,
    cohorts: Cohorts,
    *,
    members: NDArray[np.bool_],
    shares: Array,
    years: int,
    cycle_length: float,
) -> Money:
    """All cohorts in some draws."""
    own = [_of_one(flows[m], draws, members, shares) for m in cohorts.model_of]
    weights = np.repeat(cohorts.people[:, None], draws.counted.sum(), axis=1)
    factor = flows[0].factor[:, draws.counted]
    moved = weights * ((factor[1] / factor[0]) ** (1 / cycle_length)) ** cohorts.later[:, None]

    def together(k: int, weight: Array) -> Array:
        return add_cohorts([one[k] for one in own], list(cohorts.begins), weight, years)

    return Money(
        together(0, weights),
        together(1, moved),
        together(2, weights).sum(axis=-1),
        together(3, moved).sum(axis=-1),
        draws.first + np.flatnonzero(draws.counted),
    )


def _of_one(flow: Flows, draws: Draws, members: NDArray[np.bool_], shares: Array) -> tuple[Array, Array, Array, Array]:
    """Saving and discounted saving (q, year, d), cost and discounted cost (c, q, year, d) of one cohort."""
    usual, own, factor = (x[..., draws.counted] for x in flow)
    cost = np.stack([usual, own])
    size = np.abs(usual) + np.abs(own)
    saving = without_rounding(usual - own, size)
    spent = [cost, cost * factor]
    money = [(saving, size), (saving * factor, size * factor)]
    if factor.shape[0] > shares.shape[0]:
        spent = [with_last_boundary(x) for x in spent]
        money = [(with_last_boundary(x), with_last_boundary(s)) for x, s in money]

    def by_party(x: Array, size: Array) -> Array:
        of = [without_rounding(x[row].sum(axis=0), size[row].sum(axis=0)) for row in members]
        return np.concatenate([np.stack(of), x])

    def of_parties(x: Array) -> Array:
        return np.concatenate([np.stack([x[:, row].sum(axis=1) for row in members], axis=1), x], axis=1)

    saved = [shares.T @ by_party(*both) for both in money]
    paid = [shares.T @ of_parties(x) for x in spent]
    return saved[0], saved[1], paid[0], paid[1]
