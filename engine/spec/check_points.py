"""Checks at point values: what a run would refuse in every draw, told before it, for each calculation.

They look at a study that is sound otherwise: every name is known and every expression can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from engine.errors import Problem
from engine.spec.check_expressions import CORRECTION_WORDS, TIMING_WORDS, in_order, uses_of
from engine.spec.evaluate import ROUNDING, PointValues, evaluate
from engine.spec.expressions import Expression, Name, names_in
from engine.spec.loaded import LoadedStudy
from engine.spec.schema import Alternative, Calculation, Effect, Expr, Item, Transition
from engine.spec.yaml import Loc

_MOST_CYCLES = 200
"""Cycles looked at, evenly spread where there are more: a run looks at all of them."""


class _Finding(NamedTuple):
    """One thing that is wrong in one calculation."""

    file: str
    loc: Loc
    message: str
    of_all: bool
    """Whether it would be found in other calculations too, as it stands in the model."""


def check_points(loaded: LoadedStudy) -> Iterator[Problem]:
    """Horizon, discount rate, shares, fade-outs, rows and constraints of each calculation, uncertainty left aside."""
    order = [name for name in in_order(uses_of(loaded))[0] if name not in loaded.model.functions]
    found: dict[tuple[str, Loc], tuple[_Finding, list[str]]] = {}
    seen: dict[tuple[float, ...], list[_Finding]] = {}
    for file, calculation in zip(loaded.study.calculations, loaded.calculations, strict=True):
        point = _Point(loaded, file, calculation, PointValues(loaded, calculation, tuple(order)))
        findings = [*point.check_time(), *point.check_start(), *point.check_shares(), *point.check_constraints()]
        # What the clock goes through is slow to look at, and many calculations say the same of it.
        key = point.of_lives()
        if key not in seen:
            seen[key] = [*point.check_rows()]
        for finding in [*findings, *seen[key]]:
            found.setdefault((finding.file, finding.loc), (finding, []))[1].append(calculation.calculation)
    for finding, calculations in found.values():
        everywhere = len(calculations) == len(loaded.calculations) or not finding.of_all
        among = "" if everywhere else f" (in {', '.join(calculations)})"
        yield loaded.marks.problem(finding.file, finding.loc, finding.message + among)


class _Point:
    """One calculation at its point values."""

    def __init__(self, loaded: LoadedStudy, file: str, calculation: Calculation, values: PointValues) -> None:
        self.tree = loaded.language.tree
        self.loaded, self.model = loaded, loaded.model
        self.file, self.calculation = file, calculation
        self.values = values
        self.plain = values.names()
        cycles = self.model.time.cycles
        self.cycles = range(0, cycles, max(1, cycles // _MOST_CYCLES))

    # ------------------------------------------------------------ what is checked

    def check_time(self) -> Iterator[_Finding]:
        time = self.model.time
        end = time.cycles * time.cycle_length
        horizon = self.number(time.horizon)
        if horizon is not None and not 0 <= horizon <= end + ROUNDING:
            message = f"a horizon of {horizon:g} years, and {end:g} are simulated; write 0 to {end:g}"
            yield self.at(("time", "horizon"), time.horizon, message)
        yield from self._rate(("time", "discount_rate"), time.discount_rate, "a discount rate")
        for name, outcome in self.model.outcomes.items():
            if outcome.discount_rate is not None:
                yield from self._rate(("outcomes", name, "discount_rate"), outcome.discount_rate, "a discount rate")

    def check_start(self) -> Iterator[_Finding]:
        # the figures of `start_from` are a file's, the same in all calculations: `check_dynamics`
        yield from self._whole(("start",), self.model.start, lambda state: ("start", state))
        groups = {name: subgroup.share for name, subgroup in self.model.subgroups.items()}
        yield from self._whole(("subgroups",), groups, lambda name: ("subgroups", name, "share"))

    def _whole(self, loc: Loc, texts: Mapping[str, Expr], place: Callable[[str], Loc]) -> Iterator[_Finding]:
        """Shares of one whole."""
        if not texts:
            return
        shares = {name: self.number(text) for name, text in texts.items()}
        known = {name: share for name, share in shares.items() if share is not None}
        for name, share in known.items():
            if not -ROUNDING <= share <= 1 + ROUNDING:
                yield self.at(place(name), texts[name], f"{share:g} is no share: it must be 0 to 1")
                return
        total = sum(known.values())
        if len(known) == len(shares) and abs(total - 1) > ROUNDING:
            parts = " + ".join(f"{name} {share:g}" for name, share in known.items())
            message = f"shares add up to {total:.10g}, and must to 1: {parts}"
            yield _Finding(self.loaded.study.model, loc, message, True)

    def check_shares(self) -> Iterator[_Finding]:
        """Uptake, deadweight and displacement, fade-outs and ratios."""
        for name, strategy in self.model.strategies.items():
            loc: Loc = ("strategies", name)
            for key, text in (("uptake", strategy.uptake), ("deadweight", strategy.deadweight)):
                yield from self._share((*loc, key), text, "a share")
            rate = self.number(strategy.dropout)
            if rate is not None and rate < 0:
                message = f"{rate:g} is no rate of dropping out; it must be 0 or more"
                yield self.at((*loc, "dropout"), strategy.dropout, message)
            for k, effect in enumerate(strategy.effects):
                ramp = self.number(effect.ramp_up)
                if ramp is not None and ramp < 0:
                    message = f"an effect that builds up in {ramp:g} years; write 0 or more"
                    yield self.at((*loc, "effects", k, "ramp_up"), effect.ramp_up, message)
                yield from self._check_effect((*loc, "effects", k), effect)
        for name, item in self.model.cost_items.items():
            yield from self._share(("cost_items", name, "displacement"), item.displacement, "a share")
            yield from self._check_item(("cost_items", name), item)
        for name, outcome in self.model.outcomes.items():
            for key, part in outcome.items.items():
                yield from self._check_item(("outcomes", name, "items", key), part)
        time = self.model.time
        for key, text, words in (
            ("discount_timing", time.discount_timing, TIMING_WORDS),
            ("within_cycle", time.within_cycle, CORRECTION_WORDS),
        ):
            if text not in words:
                yield from self._share(("time", key), text, "a share")

    def _check_item(self, loc: Loc, item: Item) -> Iterator[_Finding]:
        yield from self._share((*loc, "marginal_share"), item.marginal_share, "a share")
        yield from self._rate((*loc, "growth"), item.growth, "growth")

    def _rate(self, loc: Loc, text: Expr, what: str) -> Iterator[_Finding]:
        """A change per year that money can have."""
        rate = self.number(text)
        if rate is None or -1 < rate < 1:
            return
        if rate >= 1:
            message = f"{what} of {rate:g} is {rate * 100:g} % a year; write {rate / 100:g} for {rate:g} %"
        else:
            message = f"{what} of {rate:g}; it must be above -1, such as 0.03 for 3 %"
        yield self.at(loc, text, message)

    def check_constraints(self) -> Iterator[_Finding]:
        for k, constraint in enumerate(self.model.constraints):
            if self.number(constraint.require) == 0.0:
                named = names_in(self.tree(constraint.require))
                values = ", ".join(f"{n} = {self.plain[n]:g}" for n in named if n in self.plain)
                message = f"breaks `{constraint.require}` with {values}: {constraint.why}"
                yield self.at(("constraints", k, "require"), constraint.require, message)

    def check_rows(self) -> Iterator[_Finding]:
        """Probabilities and rates that depend on parameters, in every cycle."""
        for state, row in self.model.transitions.items():
            trees = {
                target: self.tree(t.probability if t.probability is not None else t.hazard or 0)
                for target, t in row.items()
                if t.rest is None
            }
            if any(self._names(tree) for tree in trees.values()):
                yield from self._check_row(state, row, trees)

    def of_lives(self) -> tuple[float, ...]:
        """What this calculation takes for the names in rows of transitions."""
        texts = [
            t.probability if t.probability is not None else t.hazard
            for row in self.model.transitions.values()
            for t in row.values()
            if t.rest is None
        ]
        waiting = [n for text in texts if text is not None for n in self._names(self.tree(text))]
        reached: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in reached:
                continue
            reached.add(name)
            if name in self.model.definitions:
                waiting += self._names(self.tree(self.model.definitions[name].value))
            elif name in self.model.choices:
                waiting += self._names(self.tree(self._alternative(name).value))
        return tuple(
            self.values.parameters[name]
            if name in self.model.parameters
            else list(self.model.choices[name].alternatives.values()).index(self._alternative(name))
            for name in sorted(reached)
            if name not in self.model.definitions
        )

    # ------------------------------------------------------------ pieces

    def number(self, text: Expr) -> float | None:
        return evaluate(self.tree(text), self.plain, self.loaded)

    def at(self, loc: Loc, text: Expr, message: str) -> _Finding:
        """A finding where the value can be changed: in the calculation that sets it, in the parameter, or here."""
        tree = self.tree(text)
        names = list(names_in(tree))
        own = [name for name in names if name in self.calculation.assumptions]
        if len(own) == 1 and (isinstance(tree, Name) or loc[0] == "constraints"):
            given = self.calculation.assumptions[own[0]]
            key = "choose" if given.choose is not None else "value" if given.value is not None else "dist"
            return _Finding(self.file, ("assumptions", own[0], key), message, False)
        if isinstance(tree, Name) and tree.name in self.model.parameters:
            return _Finding(self.loaded.study.model, ("parameters", tree.name, "value"), message, True)
        return _Finding(self.loaded.study.model, loc, message, True)

    def _check_effect(self, loc: Loc, effect: Effect) -> Iterator[_Finding]:
        for key, text in (
            ("hazard_ratio", effect.hazard_ratio),
            ("odds_ratio", effect.odds_ratio),
            ("risk_ratio", effect.risk_ratio),
        ):
            ratio = None if text is None else self.number(text)
            if text is not None and ratio is not None and ratio < 0:
                message = f"a ratio of {ratio:g}; it must be 0 or more, and 1 changes nothing"
                yield self.at((*loc, key), text, message)
        start = self.number(effect.start)
        duration = None if effect.duration is None else self.number(effect.duration)
        if start is None or (effect.duration is not None and duration is None):
            return
        tree = self.tree(effect.fade)
        constant = evaluate(tree, self.plain, self.loaded) is not None
        for cycle in self.cycles[:1] if constant else self.cycles:
            elapsed = cycle * self.model.time.cycle_length - start
            if not constant and (elapsed < -ROUNDING or (duration is not None and elapsed >= duration)):
                continue
            left = evaluate(tree, self.values.names(cycle, elapsed=elapsed), self.loaded, elapsed=elapsed)
            if left is not None and not 0 <= left <= 1 + ROUNDING:
                when = "" if constant else f" {elapsed:g} years after its start"
                message = f"{left:g} of an effect is left{when}; that must be 0 to 1"
                yield self.at((*loc, "fade"), effect.fade, message)
                return

    def _share(self, loc: Loc, text: Expr, what: str) -> Iterator[_Finding]:
        tree = self.tree(text)
        constant = evaluate(tree, self.plain, self.loaded) is not None
        for cycle in self.cycles[:1] if constant else self.cycles:
            names = self.plain if constant else self.values.names(cycle)
            share = evaluate(tree, names, self.loaded)
            if share is not None and not 0 <= share <= 1:
                when = "" if constant else f" at age {names['age']:g}"
                remedy = f"; write {share / 100:g} for {share:g} %" if 2 <= share <= 100 else ""
                yield self.at(loc, text, f"{share:g} is no share{when}: it must be 0 to 1{remedy}")
                return

    def _check_row(
        self, state: str, row: Mapping[str, Transition], trees: Mapping[str, Expression]
    ) -> Iterator[_Finding]:
        file = self.loaded.study.model
        for cycle in self.cycles:
            names = self.values.names(cycle)
            now = f" at age {names['age']:g} (cycle {cycle})"
            total, terms = 0.0, []
            for target, tree in trees.items():
                value = evaluate(tree, names, self.loaded)
                if value is None:
                    continue
                probable = row[target].probability is not None
                if value < -ROUNDING or (probable and value > 1 + ROUNDING):
                    key = "probability" if probable else "hazard"
                    must = "probability{}: it must be 0 to 1" if probable else "rate{}: it must be 0 or more"
                    loc: Loc = ("transitions", state, target, key)
                    yield _Finding(file, loc, f"{value:g} is no {must.format(now)}", True)
                    return
                if probable:
                    total += value
                    terms.append(f"{target} {value:g}")
            if total > 1 + ROUNDING:
                message = (
                    f"a row of probabilities over 1: {' + '.join(terms)} = {total:.6g}{now}; lower them, or give them "
                    "as hazards, which compete and cannot exceed 1"
                )
                yield _Finding(file, ("transitions", state), message, True)
                return

    def _names(self, tree: Expression) -> set[str]:
        """Parameters, choices and definitions in a tree."""
        known = (*self.model.parameters, *self.model.choices, *self.model.definitions)
        return set(names_in(tree)) & set(known)

    def _alternative(self, choice: str) -> Alternative:
        own, asked = self.calculation.assumptions.get(choice), self.model.choices[choice]
        return asked.alternatives[asked.default if own is None or own.choose is None else own.choose]
