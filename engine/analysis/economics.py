"""Cost-effectiveness of several strategies, as arrays: who dominates whom, ICERs, net benefit, and what is at stake.

Effects are gains here: more is better. Letters: s strategy, d draw, w willingness to pay. With names:
`cost_effectiveness.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.analysis.summary import mean_over_draws, monte_carlo_error

Array = NDArray[np.float64]

ON_FRONTIER, DOMINATED, EXTENDEDLY_DOMINATED, SAME = 0, 1, 2, 3
"""A strategy is worth it at some price; another costs no more and does no less; a mixture of two others does; it costs
and does the same as one that stands before it."""


class Increments(NamedTuple):
    """Strategies against the one before them on the frontier; nan for the cheapest, and off the frontier."""

    dominance: NDArray[np.int64]
    """(s,) one of the codes above"""
    previous: NDArray[np.int64]
    """(s,) the strategy compared with; -1 where there is none"""
    cost: Array
    """(s,)"""
    effect: Array
    """(s,)"""
    icer: Array
    """(s,) cost per unit of effect"""


def incremental_table(cost: Array, effect: Array) -> Increments:
    """Which strategies are worth considering at some price of the effect, and at which.

    Strategies are ordered by cost. One is dominated where another costs no more and does no less, and extendedly
    dominated where its ICER is above that of the next, so that a mixture of its neighbours does more for the money.
    ICERs are ratios of differences in means; a mean over ratios has no meaning (its denominator may be 0).

    Parameters
    ----------
    cost, effect : (s,) means over draws.

    References
    ----------
    Briggs, Claxton and Sculpher 2006, *Decision Modelling for Health Economic Evaluation*, ch. 2 and 5.
    """
    n = cost.size
    dominance = np.full(n, ON_FRONTIER, dtype=np.int64)
    order = sorted(range(n), key=lambda s: (cost[s], -effect[s], s))
    candidates: list[int] = []
    for s in order:
        if candidates and effect[s] <= effect[candidates[-1]]:
            last = candidates[-1]
            same = cost[s] == cost[last] and effect[s] == effect[last]
            dominance[s] = SAME if same else DOMINATED
        else:
            candidates.append(s)
    frontier: list[int] = []
    for s in candidates:
        while len(frontier) > 1 and _bends_back(cost, effect, frontier[-2], frontier[-1], s):
            dominance[frontier.pop()] = EXTENDEDLY_DOMINATED
        frontier.append(s)
    previous = np.full(n, -1, dtype=np.int64)
    more_cost, more_effect = np.full(n, np.nan), np.full(n, np.nan)
    for a, b in pairwise(frontier):
        previous[b], more_cost[b], more_effect[b] = a, cost[b] - cost[a], effect[b] - effect[a]
    return Increments(dominance, previous, more_cost, more_effect, more_cost / more_effect)


def _bends_back(cost: Array, effect: Array, a: int, b: int, c: int) -> bool:
    """The ICER of b against a is above that of c against b; points on a line are not, a mixture does no better."""
    return bool((cost[b] - cost[a]) * (effect[c] - effect[b]) > (cost[c] - cost[b]) * (effect[b] - effect[a]))


def net_monetary_benefit(cost: Array, effect: Array, willingness: float) -> Array:
    """Worth of the effect minus its cost: λE − C (Stinnett and Mullahy 1998, *Medical Decision Making* 18)."""
    return willingness * effect - cost


def net_health_benefit(cost: Array, effect: Array, willingness: float) -> Array:
    """The same in units of the effect: E − C/λ; nan where nothing is paid for it."""
    return effect - cost / willingness if willingness > 0 else np.full_like(effect, np.nan)


class Curves(NamedTuple):
    """What is known of each strategy at each willingness to pay; errors are Monte Carlo standard errors."""

    net_benefit: Array
    """(s, w) mean net monetary benefit"""
    net_benefit_error: Array
    """(s, w)"""
    net_health_benefit: Array
    """(s, w) mean net health benefit; nan at 0"""
    probability: Array
    """(s, w) of being the most cost-effective (CEAC); adds up to 1 over strategies"""
    probability_error: Array
    """(s, w)"""
    loss: Array
    """(s, w) expected loss against the best in each draw"""
    loss_error: Array
    """(s, w)"""
    best: NDArray[np.int64]
    """(w,) strategy with the highest mean net benefit, the first of several; the frontier (CEAF) is its probability"""
    information: Array
    """(w,) expected value of perfect information: the loss of the best"""
    information_error: Array
    """(w,)"""


def decision_curves(
    cost: Array, effect: Array, willingness: Array, *, replicates: int = 1, draw: NDArray[np.int64] | None = None
) -> Curves:
    """Acceptability curves, their frontier, expected losses and the value of perfect information.

    A draw in which several strategies are best counts for each in equal parts. Which strategy is best on average
    decides the frontier, not which is most often best: the two differ where net benefit is skewed.

    Parameters
    ----------
    cost, effect : (s, d), the same draws for all strategies.
    willingness : (w,) what one unit of effect is worth, not negative.
    replicates, draw : design of the draws, as for `monte_carlo_error`.

    References
    ----------
    CEAC and CEAF: Fenwick, Claxton and Sculpher 2001, *Health Economics* 10; Barton, Briggs and Fenwick 2008, *Value in
    Health* 11. Expected loss, and EVPI as its lower envelope: Alarid-Escudero and others 2019, *Value in Health* 22.
    """
    points = [_at(cost, effect, float(w), replicates, draw) for w in willingness]
    best = np.array([int(np.argmax(p[0])) for p in points], dtype=np.int64)
    benefit, benefit_error, health, probability, probability_error, loss, loss_error = (
        np.stack([p[k] for p in points], axis=-1) for k in range(7)
    )
    at = np.arange(len(points))
    return Curves(
        benefit,
        benefit_error,
        health,
        probability,
        probability_error,
        loss,
        loss_error,
        best,
        loss[best, at],
        loss_error[best, at],
    )


def _at(
    cost: Array, effect: Array, willingness: float, replicates: int, draw: NDArray[np.int64] | None
) -> tuple[Array, ...]:
    benefit = net_monetary_benefit(cost, effect, willingness)
    highest = benefit.max(axis=0)
    is_best = (benefit == highest).astype(np.float64)
    is_best /= is_best.sum(axis=0)
    loss = highest - benefit
    found: list[Array] = []
    for values in (benefit, is_best, loss):
        found += [mean_over_draws(values), monte_carlo_error(values, replicates, draw=draw)]
    health = mean_over_draws(net_health_benefit(cost, effect, willingness))
    return found[0], found[1], health, *found[2:]


def best_ranges(increments: Increments) -> Iterator[tuple[int, float, float]]:
    """Strategies of the frontier with the willingness to pay from which, and up to which, each is best on average.

    Yields
    ------
    (strategy, from, to), cheapest first: the first from 0, each next from its ICER, the last up to infinity.
    """
    frontier = [int(s) for s in np.flatnonzero(increments.dominance == ON_FRONTIER)]
    frontier.sort(key=lambda s: (increments.previous[s] >= 0, np.nan_to_num(increments.icer[s])))
    for k, s in enumerate(frontier):
        start = 0.0 if k == 0 else float(increments.icer[s])
        end = float(increments.icer[frontier[k + 1]]) if k + 1 < len(frontier) else np.inf
        yield s, start, end
