"""Sums over time, of a whole strategy: discounted costs by payer, other outcomes, and cost in each cycle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.model.accounts import Accounts, Amounts, bearers
from engine.model.clockwork import Clockwork
from engine.model.cohort import Flows
from engine.model.hoist import Ref
from engine.model.lives import Course, Part
from engine.model.lower import Scope
from engine.model.rules import Rulebook
from engine.spec.schema import Model


class Book(NamedTuple):
    """A strategy's totals, payer by payer and outcome by outcome."""

    cost: list[Ref]
    programme: list[Ref]
    outcome: list[Ref]
    yearly: list[Ref]
    """Undiscounted cost in the cycle by payer."""


class Ledger:
    """Sums over time of what strategies cost and bring.

    Parameters
    ----------
    stages : of each state.
    money : discount factor of money.
    factors : discount factor of each outcome.
    """

    def __init__(
        self,
        rulebook: Rulebook,
        model: Model,
        baseline: str,
        stages: Mapping[str, int],
        clock: Clockwork,
        money: Ref,
        factors: Mapping[str, Ref],
    ) -> None:
        self._rules, self._g, self._model = rulebook, rulebook.graph, model
        self._baseline, self._stages = baseline, stages
        self._clock, self.factor, self._factors = clock, money, factors

    def book(self, parts: Sequence[Part], flows: Mapping[str, Mapping[str, Course]], course: str) -> Book:
        """One strategy in some parts of the cohort, taken together."""
        g, model = self._g, self._model
        alone = len(parts) == 1
        cost, paid = ({payer: g.const(0.0) for payer in model.payers} for _ in range(2))
        running, at_once = ({name: g.const(0.0) for name in model.outcomes} for _ in range(2))
        for part in parts:
            share = g.const(1.0) if alone else part.share
            own, usual = flows[part.name][course], flows[part.name][self._baseline].flows
            accounts = Accounts(part.books, model, self._stages, course, self._baseline, self._clock.step)
            for payer, (in_cycle, once) in self._money(accounts, own, usual).items():
                cost[payer] = g.fma(share, in_cycle, cost[payer])
                paid[payer] = g.fma(share, once, paid[payer])
            for name, (in_cycle, once) in self._outcomes(accounts, own, usual).items():
                running[name] = g.fma(share, in_cycle, running[name])
                at_once[name] = g.fma(share, once, at_once[name])
        programme = [self._accumulate(self._once(self.factor), paid[payer]) for payer in model.payers]
        weight = g.mul(self.factor, self._clock.counted)
        return Book(
            [
                g.add(self._accumulate(weight, cost[payer]), own)
                for payer, own in zip(model.payers, programme, strict=True)
            ],
            programme,
            [
                g.add(
                    self._accumulate(g.mul(factor, self._clock.counted), running[name]),
                    self._accumulate(self._once(factor), at_once[name]),
                )
                for name, factor in self._factors.items()
            ],
            [
                g.fma(cost[payer], self._clock.counted, g.where(self._clock.begun, paid[payer], g.const(0.0)))
                for payer in model.payers
            ],
        )

    def _money(self, accounts: Accounts, own: Course, usual: Flows) -> dict[str, tuple[Ref, Ref]]:
        """By payer: undiscounted cost in a cycle of states and transitions, and of participants."""
        g, model = self._g, self._model
        # amounts per unit of each flow are summed first: one multiplication per payer and state, however many items;
        # by displacement too, in the baseline as well, so that the same sums are made in all strategies
        running: dict[str, Amounts] = {payer: {} for payer in model.payers}
        once = {payer: g.const(0.0) for payer in model.payers}
        for name, item in model.cost_items.items():
            loc = ("cost_items", name)

            def lower(scope: Scope, key: str, text: str | float, loc: tuple[str, ...] = loc) -> Ref:
                return self._rules.item(scope, (*loc, key), text)

            if item.strategy is not None:
                for payer, signed in bearers(g, item, accounts.enrolled(item, own.staying_on, lower)):
                    once[payer] = g.add(once[payer], signed)
                continue
            displacement = self._rules.share(accounts.scope, (*loc, "displacement"), item.displacement)
            for key, amount in accounts.running(item, displacement, own.flows, usual, lower).items():
                for payer, signed in bearers(g, item, amount):
                    running[payer][key] = g.add(running[payer].get(key, g.const(0.0)), signed)
        return {payer: (accounts.total(running[payer]), once[payer]) for payer in model.payers}

    def _outcomes(self, accounts: Accounts, own: Course, usual: Flows) -> dict[str, tuple[Ref, Ref]]:
        """By outcome: undiscounted amount in a cycle of states and transitions, and of participants."""
        g = self._g
        found = {}
        for name, outcome in self._model.outcomes.items():
            running: Amounts = {}
            once = g.const(0.0)
            for key, item in outcome.items.items():
                loc = ("outcomes", name, "items", key)

                def lower(scope: Scope, field: str, text: str | float, loc: tuple[str, ...] = loc) -> Ref:
                    return self._rules.item(scope, (*loc, field), text)

                if item.strategy is not None:
                    once = g.add(once, accounts.enrolled(item, own.staying_on, lower))
                    continue
                for unit, amount in accounts.running(item, g.const(0.0), own.flows, usual, lower).items():
                    running[unit] = g.add(running.get(unit, g.const(0.0)), amount)
            found[name] = (accounts.total(running), once)
        return found

    def _once(self, factor: Ref) -> Ref:
        """Weight of what is paid at the start of a cycle."""
        g = self._g
        return g.where(self._clock.begun, factor, g.const(0.0))

    def _accumulate(self, weight: Ref, flow: Ref) -> Ref:
        g = self._g
        if g.constant(flow) == 0.0:
            return flow
        total = g.carried(g.const(0.0))
        g.follow(total, g.fma(weight, flow, total))
        return total
