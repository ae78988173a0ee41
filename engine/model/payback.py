"""When a saving has paid back: carried values of the loop over cycles, so that no year of any draw is kept.

Mathematics: engine/README.md, "Pay-back". `outcomes.payback_time` finds the same in the stored years.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.model.hoist import Graph, Ref
from engine.model.savings import ROUNDING, Amount


class Flow(NamedTuple):
    """Savings of a cycle by payer, each to be weighed by the factor."""

    savings: list[Amount]
    factor: Ref


def flows(graph: Graph, savings: Sequence[Amount], factor: Ref, *, by_boundary: bool) -> tuple[Flow, Flow]:
    """What accumulates, undiscounted and discounted.

    Parameters
    ----------
    savings : undiscounted, by payer.
    factor : discount factor of each cycle.
    by_boundary : amounts of the last boundary count with the cycle that it ends. So that the two can meet, the savings
        of every cycle are then told in the next one.
    """
    g = graph
    if not by_boundary:
        return Flow(list(savings), g.const(1.0)), Flow(list(savings), factor)
    last = g.series(np.arange(g.n_cycles) == g.n_cycles - 1)

    def late(value: Ref) -> Ref:
        earlier = g.carried(g.const(0.0))
        g.follow(earlier, value)
        return earlier

    def of_cycle(value: Ref) -> Ref:
        return g.fma(last, value, late(value))

    earlier = late(factor)
    told = [Amount(of_cycle(s.value), of_cycle(s.slack)) for s in savings]
    discounted = [
        Amount(of_cycle(g.mul(s.value, factor)), g.mul(t.slack, earlier)) for s, t in zip(savings, told, strict=True)
    ]
    return Flow(told, g.const(1.0)), Flow(discounted, g.const(1.0))


class Paybacks:
    """Pay-back times of savings, each made once whoever's saving it is.

    Parameters
    ----------
    step : years of a cycle.
    shift : cycles by which savings are told late.
    """

    def __init__(self, graph: Graph, step: float, *, shift: int = 0) -> None:
        self._g, self._step = graph, graph.const(step)
        self._cycle = graph.series(np.arange(graph.n_cycles) - float(shift))
        self._known: dict[tuple[Ref, Ref], Ref] = {}
        self._loops: dict[Ref, int] = {}

    def time(self, saving: Ref, factor: Ref) -> Ref:
        """Years from the start, of the sum of factor times saving: 0 where it is never negative, inf where it is
        negative at the end, nan where nothing is ever paid nor saved.

        One pass: of the last boundary with a negative sum, the number, the sum there and the sum a cycle later are
        kept, by three selects a cycle. A division in every cycle instead, or a fourth select for how much the later
        sum may be off, is dearer; so that sum is 0 where it is rounding of all that is ever summed.
        """
        if (saving, factor) not in self._known:
            loop = self._loops.setdefault(saving, len(self._loops) + 1)
            self._known[saving, factor] = self._time(saving, factor, loop)
        return self._known[saving, factor]

    def _time(self, saving: Ref, factor: Ref, loop: int) -> Ref:
        g, zero = self._g, self._g.const(0.0)
        if g.constant(saving) == 0.0:
            return g.const(math.nan)
        saving, factor = g.kept(saving), g.kept(factor)
        before = g.carried(zero, loop=loop)
        after = g.fma(factor, saving, before)
        g.follow(before, after)
        # minus what is rounding of the sum: below it the sum is negative
        least = g.carried(zero, loop=loop)
        g.follow(least, g.fma(g.mul(factor, g.const(-ROUNDING)), g.absolute(saving), least))
        negative = g.compare("lt", before, least)

        def at_last_negative(value: Ref) -> Ref:
            kept = g.carried(zero, loop=loop)
            g.follow(kept, g.where(negative, value, kept))
            return kept

        cycle, low, high = (at_last_negative(value) for value in (self._cycle, before, after))
        high = g.where(g.compare("le", g.absolute(high), g.neg(least)), zero, high)
        crossing = g.mul(g.add(cycle, g.div(low, g.sub(low, high))), self._step)
        paid = g.where(g.compare("lt", low, zero), crossing, zero)
        ever = g.where(negative, g.const(math.inf), paid)
        return g.where(g.compare("eq", least, zero), g.const(math.nan), ever)
