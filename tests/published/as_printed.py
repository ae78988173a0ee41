"""Comparisons with what is printed, for calculations by hand and by the engine alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from tests.published.cost_effectiveness import Array, best, frontier

SIGMAS = 4.0
"""Standard errors of the difference allowed between two Monte Carlo means."""

Table = tuple[Mapping[str, float], Mapping[str, float], Mapping[str, tuple[float, float, float]]]
"""Costs and QALYs by strategy; cost, QALYs and ICER that each strategy on the frontier adds to the one before."""


def same_as_printed(found: float, printed: float, decimals: int) -> None:
    assert abs(found - printed) <= 0.5 * 10.0**-decimals * (1 + 1e-9), f"{found} is not {printed}"


def check_table(strategies: Sequence[str], found: tuple[Array, Array], printed: Table) -> None:
    """Costs and QALYs, (strategy, draw), give the printed table, whose first strategy is the cheapest."""
    found_costs, found_qalys = (dict(zip(strategies, x.mean(axis=1).tolist(), strict=True)) for x in found)
    costs, qalys, increments = printed
    for strategy in strategies:
        same_as_printed(found_costs[strategy], costs[strategy], 0)
        same_as_printed(found_qalys[strategy], qalys[strategy], 3)
    steps = frontier(found_costs, found_qalys)
    assert [step.strategy for step in steps] == [strategies[0], *increments]
    for step in steps[1:]:
        cost, qaly, icer = increments[step.strategy]
        same_as_printed(step.cost, cost, 0)
        same_as_printed(step.effect, qaly, 3)
        same_as_printed(step.icer, icer, 0)


def check_best_from(
    strategies: Sequence[str],
    costs: Array,
    qalys: Array,
    best_from: Mapping[str, int],
    grid: int,
    draws_printed: int,
) -> None:
    """Where the printed best strategy changes, net benefit changes sign within what so many draws leave open."""
    names = list(best_from)
    for old, new in pairwise(names):
        i, j = strategies.index(old), strategies.index(new)
        for threshold, sign in ((best_from[new], 1), (best_from[new] - grid, -1)):
            gain = threshold * (qalys[j] - qalys[i]) - (costs[j] - costs[i])
            error = gain.std(ddof=1) * np.sqrt(1 / draws_printed + 1 / len(gain))
            assert sign * gain.mean() > -SIGMAS * error, (new, threshold)
    # Away from the changes there is no doubt.
    assert best(costs, qalys, best_from[names[1]] - 2 * grid) == strategies.index(names[0])
    assert best(costs, qalys, (best_from[names[1]] + best_from[names[2]]) / 2) == strategies.index(names[1])
    assert best(costs, qalys, best_from[names[2]] + 2 * grid) == strategies.index(names[2])


def check_distribution(by_engine: Array, by_hand: Array, what: object) -> None:
    """Means and standard deviations of draws agree within `SIGMAS` standard errors of their difference.

    The engine's draws are 16 interleaved replicates, whose means have the error of its mean; where they are close to
    one another that is less than independent draws would have.
    """
    replicates = [by_engine[k::16].mean() for k in range(16)]
    own = np.std(replicates, ddof=1) / 4
    error = np.hypot(own, by_hand.std(ddof=1) / np.sqrt(len(by_hand)))
    assert abs(by_engine.mean() - by_hand.mean()) < SIGMAS * error, what
    deviation, sd = by_hand - by_hand.mean(), by_hand.std(ddof=1)
    # of both, as if the engine's draws were independent
    error = np.sqrt((deviation**4).mean() - sd**4) / (2 * sd) * np.sqrt(1 / len(by_hand) + 1 / len(by_engine))
    assert abs(by_engine.std(ddof=1) - sd) < SIGMAS * error, what
