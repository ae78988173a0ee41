"""When things count: horizon, discounting and the within-cycle correction, as weights of each cycle.

Two ways of summing over time (engine/README.md, "Costs and net saving"):

by cycle       person-time of a cycle is Delta (x[k] + c (x[k+1] - x[k])), discounted to one point of the cycle.
by boundary    amounts at the boundaries 0, 1, .., T of cycles, each discounted to its own time, weighed by the
               trapezoidal rule, Simpson's 1/3 rule, or as the study says. The program then runs one cycle more, whose
               start is the last boundary, and what happens during a cycle counts at its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.model.hoist import Graph, Ref
from engine.spec.schema import Time

TIMING = {"start": 0.0, "mid": 0.5, "end": 1.0}
WITHIN_CYCLE = {"none": 0.0, "half_cycle": 0.5, "exact": 0.0, "trapezoid": 0.0, "simpson": 0.0}

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Clockwork:
    """Weights that do not depend on states or money."""

    horizon: Ref
    """Years."""
    begun: Ref
    """Condition that the cycle begins before the horizon: what is paid at its start counts."""
    counted: Ref
    """Weight of a cycle's person-time: the share before the horizon, or the weight of its first boundary."""
    step: Ref
    """Years of a cycle."""
    time: Ref
    """Years from the start."""
    _offset: Ref | None
    """Share of the cycle that has gone where amounts are discounted to; None for continuous discounting."""
    _entry: int = 0
    """Years after the model's start at which the cohort starts; discounting is to the model's start."""

    def discounting(self, graph: Graph, rate: Ref) -> Ref:
        """Discount factor of each cycle at a rate per year: (1 + r)^-(k + o) Delta, or its mean over the cycle."""
        g = graph
        force = g.log(g.add(g.const(1.0), rate))
        each = g.mul(force, self.step)
        if self._offset is not None:
            first = g.exp(g.neg(g.mul(each, self._offset)))
        else:
            # (1 - exp(-x)) / x loses digits near 0, where its series has them all
            series = g.sub(g.const(1.0), g.mul(each, g.sub(g.const(0.5), g.div(each, g.const(6.0)))))
            small = g.compare("lt", g.absolute(each), g.const(1e-5))
            safe = g.where(small, g.const(1.0), each)
            first = g.where(small, series, g.div(g.sub(g.const(1.0), g.exp(g.neg(safe))), safe))
        if self._entry:
            first = g.mul(first, g.exp(g.neg(g.mul(force, g.const(float(self._entry))))))
        return g.geometric(first, g.exp(g.neg(each)))


def read_clock(
    graph: Graph, time: Time, *, now: Ref, horizon: Ref, offset: Ref | None, weight: Ref | None, entry: int = 0
) -> Clockwork:
    """Weights of a model's cycles.

    Parameters
    ----------
    now : years from the start, by cycle.
    offset : share of the cycle that has gone where amounts are discounted to; None for continuous discounting.
    weight : of boundaries, where the study says it; those beyond the horizon do not count.
    entry : years after the model's start at which the cohort starts.
    """
    g = graph
    step = g.const(time.cycle_length)
    left = g.sub(horizon, now)
    begun = g.compare("gt", left, g.const(_ROUNDING))

    def share(years: Ref) -> Ref:
        return g.minimum(g.const(1.0), g.maximum(g.const(0.0), g.div(years, step)))

    counted = share(left)
    if weight is not None:
        counted = g.where(g.compare("ge", left, g.const(-_ROUNDING)), weight, g.const(0.0))
    elif time.within_cycle == "trapezoid":
        # of the cycle before: a piece c of it gives c^2 / 2 to its end; of the one after: c - c^2 / 2 to its start
        half = g.const(0.5)
        before = g.series(np.arange(graph.n_cycles) > 0)
        earlier = share(g.add(left, step))
        start = g.mul(counted, g.sub(g.const(1.0), g.mul(half, counted)))
        counted = g.fma(g.mul(before, half), g.mul(earlier, earlier), start)
    elif time.within_cycle == "simpson":
        n = round((g.constant(horizon) or 0.0) / time.cycle_length)
        k = np.arange(graph.n_cycles)
        weights = np.where(k % 2 == 1, 4 / 3, np.where((k == 0) | (k == n), 1 / 3, 2 / 3)) * (k <= n)
        counted = g.series(weights if n > 0 else np.zeros(graph.n_cycles))
    return Clockwork(horizon, begun, counted, step, now, offset, entry)
