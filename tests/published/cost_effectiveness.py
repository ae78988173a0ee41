"""Frontier, net benefit and value of perfect information, as the published tables use them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Step(NamedTuple):
    """A strategy on the frontier, and what it adds to the one before it (nothing for the first)."""

    strategy: str
    cost: float
    effect: float
    icer: float


def frontier(costs: dict[str, float], effects: dict[str, float]) -> list[Step]:
    """Strategies that neither dominance nor extended dominance removes, by cost; the first one has no ICER (nan)."""
    kept: list[Step] = []
    for name in sorted(costs, key=lambda n: (costs[n], -effects[n])):
        if kept and effects[name] <= effects[kept[-1].strategy]:
            continue
        while True:
            if not kept:
                kept.append(Step(name, np.nan, np.nan, np.nan))
                break
            last = kept[-1]
            cost, effect = costs[name] - costs[last.strategy], effects[name] - effects[last.strategy]
            if len(kept) > 1 and cost / effect <= last.icer:
                kept.pop()  # extended dominance: the next one buys more for less
                continue
            kept.append(Step(name, cost, effect, cost / effect))
            break
    return kept


def best(costs: Array, effects: Array, threshold: float) -> int:
    """Which row (strategy) has the highest mean net benefit over the columns (draws)."""
    return int((threshold * effects - costs).mean(axis=1).argmax())


def perfect_information(costs: Array, effects: Array, threshold: float) -> tuple[float, float]:
    """EVPI per person at a threshold, and the standard deviation over draws of what perfect information gains."""
    benefit = threshold * effects - costs
    gain = benefit.max(axis=0) - benefit[benefit.mean(axis=1).argmax()]
    return float(gain.mean()), float(gain.std(ddof=1))
