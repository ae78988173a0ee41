"""What lives cost, and what else they hold: amounts times person-time, transitions and participants, by cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from engine.model.cohort import Flows
from engine.model.hoist import Graph, Ref
from engine.model.lower import Scope
from engine.spec.arrows import transitions_named
from engine.spec.schema import CostItem, Item, Model
from engine.spec.strategies import parts_of

Lower = Callable[[Scope, str, str | float], Ref]
"""Value of an item's field: scope, name of the field, text."""
Where = tuple[str, str | int]
"""A state with a stage, or both ends of a transition."""


class Units(NamedTuple):
    """What amounts are charged on. Its place is part of it: flows that are one in the baseline may differ in another
    strategy, and the same sums are to be made in all."""

    where: Where
    kept: Ref
    """Share of the change against the baseline."""
    own: Ref
    baseline: Ref


Amounts = dict[Units, Ref]
"""Amount per unit."""


class Accounts:
    """Books of one strategy in one part of the cohort.

    Parameters
    ----------
    scope : in which amounts are read.
    stages : of each state.
    step : years of a cycle.
    """

    def __init__(
        self, scope: Scope, model: Model, stages: Mapping[str, int], strategy: str, baseline: str, step: Ref
    ) -> None:
        self.scope, self._model, self._stages, self._step = scope, model, stages, step
        self._g: Graph = scope.graph
        self._parts = parts_of(model, strategy)
        self._usual = parts_of(model, baseline)
        self._strategy = strategy

    def running(self, item: Item, displacement: Ref, own: Flows, baseline: Flows, lower: Lower) -> Amounts:
        """What an item of states or transitions amounts to in a cycle, by the units that it is charged on."""
        g = self._g
        kept = g.sub(g.const(1.0), displacement)
        found: Amounts = {}
        for where, units, theirs, amount in self._charges(item, own, baseline, lower):
            mine = units if self._applies(item, self._parts) else g.const(0.0)
            theirs = theirs if self._applies(item, self._usual) else g.const(0.0)
            key = Units(where, kept, mine, theirs)
            found[key] = g.add(found.get(key, g.const(0.0)), amount)
        return found

    def total(self, amounts: Amounts) -> Ref:
        """Sum of amounts times units, displaced units being charged in part."""
        g = self._g

        def charged(units: Units) -> Ref:
            if g.constant(units.kept) == 1.0 or units.own == units.baseline:
                return units.own
            return g.fma(units.kept, g.sub(units.own, units.baseline), units.baseline)

        return g.dot([(charged(units), amount) for units, amount in amounts.items()])

    def enrolled(self, item: Item, staying_on: Ref, lower: Lower) -> Ref:
        """What an item of participants amounts to in a cycle, of those enrolled in the strategy at the start.

        Parameters
        ----------
        staying_on : probability of staying on the programme over a cycle.
        """
        g, time = self._g, self._model.time
        if item.strategy not in self._parts:
            return g.const(0.0)
        at = np.zeros(g.n_cycles)
        for year in item.years:
            at[min(int(year / time.cycle_length + 1e-9), time.cycles - 1)] += 1.0
        still_on = g.geometric(g.const(1.0), staying_on)
        return g.mul(g.mul(self._amount(self.scope, item, lower), still_on), g.series(at))

    def _applies(self, item: Item, parts: Sequence[str]) -> bool:
        return not item.strategies or any(name in parts for name in item.strategies)

    def _charges(self, item: Item, own: Flows, baseline: Flows, lower: Lower) -> Iterator[tuple[Where, Ref, Ref, Ref]]:
        """Where, own units, the baseline's, and amount per unit."""
        g = self._g
        if item.transition is not None:
            amount, none = self._amount(self.scope, item, lower), g.const(0.0)
            for key in transitions_named(item.transition, self._model.transitions):
                yield key, own.passages.get(key, none), baseline.passages.get(key, none), amount
            return
        for state in item.states:
            amounts = [
                g.mul(self._amount(self.scope.in_stage(k * self.scope.step), item, lower), self._step)
                for k in range(self._stages[state])
            ]
            if all(amount == amounts[0] for amount in amounts):
                yield (state, -1), own.time_in(g, state), baseline.time_in(g, state), amounts[0]
                continue
            for node, amount in zip([n for n in own.person_time if n.state == state], amounts, strict=True):
                yield (state, node.stage), own.person_time[node], baseline.person_time[node], amount

    def _amount(self, scope: Scope, item: Item, lower: Lower) -> Ref:
        """Per unit: the amount, grown since the start, as far as it really changes."""
        g = self._g
        growth = lower(scope, "growth", item.growth)
        amount = g.mul(lower(scope, "amount", item.amount), lower(scope, "marginal_share", item.marginal_share))
        if g.constant(growth) == 0.0:
            return amount
        grown = g.add(g.const(1.0), growth)
        before = g.power(grown, g.const(scope.entry)) if scope.entry else g.const(1.0)
        return g.mul(amount, g.geometric(before, g.power(grown, self._step)))


def bearers(graph: Graph, item: CostItem, amount: Ref) -> list[tuple[str, Ref]]:
    """Payers whom a cost item touches, and what it costs them."""
    if item.kind == "production":
        return [(item.payer, graph.neg(amount))]
    if item.to is not None:
        return [(item.payer, amount), (item.to, graph.neg(amount))]
    return [(item.payer, amount)]
