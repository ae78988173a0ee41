"""Study -> program: states, strategies, payers and clocks become one graph of arithmetic, once.

Mathematics: engine/README.md, "The cohort model".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import Problem, SpecError
from engine.kernel.layout import Program
from engine.kernel.simulate import Kernel, compile_program
from engine.model.effects import Moves, Row, apply_effect, read_row, to_moves
from engine.model.hoist import Graph, Ref
from engine.model.inputs import Inputs, build_inputs
from engine.model.lower import Scope, TableRangeError
from engine.spec.arrows import parse_arrow
from engine.spec.load import LoadedStudy
from engine.spec.schema import CostItem, Model

_TIMING = {"start": 0.0, "mid": 0.5, "end": 1.0}
_WITHIN_CYCLE = {"none": 0.0, "half_cycle": 0.5}


class Rule(NamedTuple):
    """A condition of the model, in the words of the one who must mend a draw that breaks it."""

    loc: tuple[str | int, ...]
    """Place in the model file."""
    text: str
    inputs: tuple[str, ...]
    """Assumptions that it depends on."""


class Shape(NamedTuple):
    """Order of the program's outputs."""

    courses: tuple[str, ...]
    """Strategies, the baseline first."""
    payers: tuple[str, ...]
    states: tuple[str, ...]
    perspectives: tuple[str, ...]
    members: NDArray[np.float64]
    """(perspective, payer): 1 where the payer belongs to the perspective."""

    @property
    def parties(self) -> tuple[str, ...]:
        """Perspectives, then payers."""
        return self.perspectives + self.payers


@dataclass(frozen=True)
class CompiledModel:
    """A study made ready to run: its program, its inputs and what its outputs mean."""

    study: LoadedStudy
    inputs: Inputs
    shape: Shape
    totals_program: Program
    """Totals only: discounted costs (course, payer), programme costs (intervention, payer), horizon."""
    yearly_program: Program
    """The same totals, then occupancy at the end (course, state); in each cycle undiscounted cost (course, payer),
    discount factor, occupancy (course, state)."""
    rules: tuple[Rule, ...]
    """By check of both programs."""

    @cached_property
    def totals_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.totals_program)

    @cached_property
    def yearly_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.yearly_program)


@dataclass(frozen=True)
class _Flows:
    """Values of one strategy in a cycle."""

    occupancy: dict[str, Ref]
    """At the start of the cycle, after uptake and deadweight."""
    person_time: dict[str, Ref]
    """Share of the cycle spent in each state."""
    passages: dict[tuple[str, str], Ref]
    """Share of the cohort that makes a transition in the cycle."""


def compile_model(study: LoadedStudy) -> CompiledModel:
    """Turn a study into a program.

    Raises
    ------
    SpecError : something in the model cannot be right whatever the draws are: probabilities that add up to more than 1
        at some age, a table that does not reach far enough, a constraint that always fails.
    """
    try:
        return _Compiler(study).build()
    except RecursionError as e:
        text = "definitions and choices use each other too deeply; write some of them out"
        raise SpecError([study.marks.problem(study.study.model, ("definitions",), text)]) from e


class _Compiler:
    def __init__(self, study: LoadedStudy) -> None:
        self.study = study
        self.model: Model = study.model
        self.inputs = build_inputs(study)
        self.graph = Graph(self.model.time.cycles)
        g = self.graph
        place = {name: k for k, name in enumerate(self.inputs.names)}

        def ref(name: str) -> Ref:
            return g.input(place[name]) if name in place else g.const(self.inputs.fixed[name])

        self.scope = Scope(
            g,
            self.model,
            study.tables,
            {name: ref(name) for name in self.model.parameters},
            {name: ref(name) for name in self.model.choices},
        )
        arrows = [parse_arrow(i.transition) for i in self.model.cost_items.values() if i.transition is not None]
        self.priced = {(s.name, t.name) for a in arrows for s in a.sources for t in a.targets}
        self.checks: list[Ref] = []
        self.rules: list[Rule] = []
        self.problems: list[Problem] = []

    # ------------------------------------------------------------ pieces

    def build(self) -> CompiledModel:
        g, model = self.graph, self.model
        baseline = next(name for name, s in model.strategies.items() if s.baseline)
        courses = (baseline, *(name for name in model.strategies if name != baseline))
        shape = Shape(courses, tuple(model.payers), tuple(model.states), tuple(model.perspectives), members(model))
        begun, counted, factor, horizon = self._clockwork()
        weight = g.mul(factor, counted)
        at_once = g.where(begun, factor, g.const(0.0))
        start = self._start()
        written = self._rows()
        flows: dict[str, _Flows] = {}
        for course in courses:
            flows[course] = self._course(course, written, start, flows.get(baseline))
        totals: list[Ref] = []
        programme: list[Ref] = []
        yearly: list[Ref] = []
        for course in courses:
            cost = self._cost_in_cycle(course, flows[course], flows[baseline])
            paid = self._programme_in_cycle(course)
            for payer in shape.payers:
                total = self._accumulate(weight, cost[payer])
                own = self._accumulate(at_once, paid[payer])
                totals.append(g.add(total, own))
                if course != baseline:
                    programme.append(own)
                yearly.append(g.fma(cost[payer], counted, g.where(begun, paid[payer], g.const(0.0))))
        yearly.append(factor)
        occupancy = [flows[c].occupancy[s] for c in courses for s in shape.states]
        for k, constraint in enumerate(model.constraints):
            condition = self._lower(("constraints", k, "require"), constraint.require)
            self._check(condition, ("constraints", k, "require"), f"{constraint.require} ({constraint.why})")
        for rule in self.scope.table_rules:
            self._check(rule.condition, ("tables", rule.table), rule.text)
        if self.problems:
            raise SpecError(self.problems)
        kept = [(c, r) for c, r in zip(self.checks, self.rules, strict=True) if g.constant(c) is None]
        checks = [c for c, _ in kept]
        n_inputs = len(self.inputs.names)
        totals = [*totals, *programme, horizon]
        return CompiledModel(
            self.study,
            self.inputs,
            shape,
            g.program(totals=totals, yearly=(), checks=checks, n_inputs=n_inputs),
            g.program(totals=[*totals, *occupancy], yearly=[*yearly, *occupancy], checks=checks, n_inputs=n_inputs),
            tuple(r for _, r in kept),
        )

    def _clockwork(self) -> tuple[Ref, Ref, Ref, Ref]:
        """Condition that a cycle begins before the horizon, share of it that lies before, discount factor, horizon."""
        g, time = self.graph, self.model.time
        end = time.cycles * time.cycle_length
        horizon = self._lower(("time", "horizon"), time.horizon)
        inside = g.both(g.compare("ge", horizon, g.const(0.0)), g.compare("le", horizon, g.const(end + 1e-9)))
        self._check(inside, ("time", "horizon"), f"the horizon must lie within 0 to {end:g} years, which are simulated")
        rate = self._lower(("time", "discount_rate"), time.discount_rate)
        self._check(
            g.compare("gt", rate, g.const(-1.0)), ("time", "discount_rate"), "the discount rate must be above -1"
        )
        offset = self._keyword(("time", "discount_timing"), time.discount_timing, _TIMING)
        force = g.neg(g.log(g.add(g.const(1.0), rate)))
        step = g.const(time.cycle_length)
        factor = g.geometric(g.exp(g.mul(force, g.mul(offset, step))), g.exp(g.mul(force, step)))
        left = g.sub(horizon, self.scope.clock.value)
        begun = g.compare("gt", left, g.const(1e-9))
        counted = g.minimum(g.const(1.0), g.maximum(g.const(0.0), g.div(left, step)))
        return begun, counted, factor, horizon

    def _start(self) -> dict[str, Ref]:
        g = self.graph
        shares = {s: self._lower(("start", s), e) for s, e in self.model.start.items()}
        total = g.total(list(shares.values()))
        off = g.absolute(g.sub(total, g.const(1.0)))
        least = g.const(0.0)
        for share in shares.values():
            least = g.minimum(least, share)
        valid = g.both(g.compare("le", off, g.const(1e-9)), g.compare("ge", least, g.const(0.0)))
        self._check(valid, ("start",), "shares at the start must not be negative and must add up to 1")
        return {s: shares.get(s, g.const(0.0)) for s in self.model.states}

    def _rows(self) -> dict[str, Row]:
        rows = {}
        for state, transitions in self.model.transitions.items():
            try:
                rows[state] = read_row(self.scope, state, transitions)
            except TableRangeError as e:
                self._problem(("transitions", state), str(e))
                rows[state] = Row(state, {}, {}, state)
        return rows

    def _course(self, course: str, written: dict[str, Row], start: dict[str, Ref], baseline: _Flows | None) -> _Flows:
        """Occupancy of a strategy: those on whom it works (uptake, less deadweight), the rest as in the baseline."""
        g, strategy = self.graph, self.model.strategies[course]
        rows = written
        for k, effect in enumerate(strategy.effects):
            loc = ("strategies", course, "effects", k)
            try:
                rows, rules = apply_effect(self.scope, rows, effect)
            except TableRangeError as e:
                self._problem(loc, str(e))
                continue
            for rule in rules:
                self._check(rule.condition, loc, rule.text)
        if baseline is not None and rows == written:
            return baseline
        moves = {s: to_moves(g, row, self.model.time.cycle_length) for s, row in rows.items()}
        for state, move in moves.items():
            what = (
                f"in strategy {course!r}, transitions out of {state!r} must not be negative nor add up to more than 1"
            )
            self._check(move.valid, ("transitions", state), what)
        treated = self._chain(moves, start)
        if baseline is None:
            return treated
        uptake = self._share(("strategies", course, "uptake"), strategy.uptake)
        deadweight = self._share(("strategies", course, "deadweight"), strategy.deadweight)
        exposure = g.mul(uptake, g.sub(g.const(1.0), deadweight))
        return _Flows(
            _mix(g, exposure, baseline.occupancy, treated.occupancy),
            _mix(g, exposure, baseline.person_time, treated.person_time),
            _mix(g, exposure, baseline.passages, treated.passages),
        )

    def _chain(self, moves: dict[str, Moves], start: dict[str, Ref]) -> _Flows:
        """x[k+1] = x[k] P[k], with P never stored: what leaves a state is added where it arrives."""
        g = self.graph
        x = {s: g.carried(share) for s, share in start.items()}
        following = {s: g.const(0.0) if s in moves else x[s] for s in x}
        passages: dict[tuple[str, str], Ref] = {}

        def move(source: str, target: str, people: Ref, share: Ref) -> None:
            following[target] = g.fma(people, share, following[target])
            if (source, target) in self.priced:
                moved = g.mul(people, share)
                before = passages.get((source, target))
                passages[source, target] = moved if before is None else g.add(before, moved)

        for source, row in moves.items():
            remaining = g.mul(x[source], row.staying)
            taken = g.sub(x[source], remaining)
            for target, share in row.shares.items():
                move(source, target, taken, share)
            for target, p in row.probabilities.items():
                move(source, target, remaining, p)
            move(source, row.rest, remaining, row.left)
        for s in x:
            g.follow(x[s], following[s])
        correction = self._keyword(("time", "within_cycle"), self.model.time.within_cycle, _WITHIN_CYCLE)
        none = g.constant(correction) == 0.0
        person_time = x if none else {s: g.fma(correction, g.sub(following[s], x[s]), x[s]) for s in x}
        return _Flows(x, person_time, passages)

    def _cost_in_cycle(self, course: str, own: _Flows, baseline: _Flows) -> dict[str, Ref]:
        """Undiscounted cost by payer of states and transitions."""
        g, step = self.graph, self.graph.const(self.model.time.cycle_length)
        # amounts per unit of each flow are summed first: one multiplication per payer and state, however many items;
        # by displacement too, in the baseline as well, so that the same sums are made in all strategies
        rates: dict[str, dict[tuple[Ref, Ref, Ref], Ref]] = {payer: {} for payer in self.model.payers}
        for name, item in self.model.cost_items.items():
            if item.strategy is not None:
                continue
            amount = self._lower(("cost_items", name, "amount"), item.amount)
            displacement = self._share(("cost_items", name, "displacement"), item.displacement)
            share_kept = g.sub(g.const(1.0), displacement)
            if item.state is not None:
                states = (item.state,) if isinstance(item.state, str) else item.state
                units = [(own.person_time[s], baseline.person_time[s]) for s in states]
                amount = g.mul(amount, step)
            else:
                units = self._passage_units(item, own, baseline)
            for mine, theirs in units:
                for payer, signed in self._bearers(item, amount):
                    key = (share_kept, mine, theirs)
                    rates[payer][key] = g.add(rates[payer].get(key, g.const(0.0)), signed)

        def unit(share_kept: Ref, mine: Ref, theirs: Ref) -> Ref:
            if g.constant(share_kept) == 1.0 or mine == theirs:
                return mine
            return g.fma(share_kept, g.sub(mine, theirs), theirs)

        return {payer: g.dot([(unit(*key), rate) for key, rate in r.items()]) for payer, r in rates.items()}

    def _passage_units(self, item: CostItem, own: _Flows, baseline: _Flows) -> list[tuple[Ref, Ref]]:
        assert item.transition is not None
        arrow = parse_arrow(item.transition)
        none = self.graph.const(0.0)
        return [
            (own.passages.get((s.name, t.name), none), baseline.passages.get((s.name, t.name), none))
            for s in arrow.sources
            for t in arrow.targets
        ]

    def _programme_in_cycle(self, course: str) -> dict[str, Ref]:
        """Undiscounted cost by payer per participant of the strategy."""
        g, time = self.graph, self.model.time
        paid = {payer: g.const(0.0) for payer in self.model.payers}
        for name, item in self.model.cost_items.items():
            if item.strategy == course:
                at = np.zeros(time.cycles)
                at[min(int(item.year / time.cycle_length + 1e-9), time.cycles - 1)] = 1.0
                amount = g.mul(self._lower(("cost_items", name, "amount"), item.amount), g.series(at))
                for payer, signed in self._bearers(item, amount):
                    paid[payer] = g.add(paid[payer], signed)
        return paid

    def _bearers(self, item: CostItem, amount: Ref) -> list[tuple[str, Ref]]:
        if item.kind == "production":
            return [(item.payer, self.graph.neg(amount))]
        if item.to is not None:
            return [(item.payer, amount), (item.to, self.graph.neg(amount))]
        return [(item.payer, amount)]

    # ------------------------------------------------------------ small helpers

    def _accumulate(self, weight: Ref, flow: Ref) -> Ref:
        g = self.graph
        if g.constant(flow) == 0.0:
            return flow
        total = g.carried(g.const(0.0))
        following = g.fma(weight, flow, total)
        g.follow(total, following)
        return total

    def _lower(self, loc: tuple[str | int, ...], text: str | float) -> Ref:
        try:
            return self.scope.lower(text)
        except TableRangeError as e:
            self._problem(loc, str(e))
            return self.graph.const(0.0)

    def _keyword(self, loc: tuple[str | int, ...], text: str | float, words: dict[str, float]) -> Ref:
        return self.graph.const(words[text]) if isinstance(text, str) and text in words else self._lower(loc, text)

    def _share(self, loc: tuple[str | int, ...], text: str | float) -> Ref:
        g = self.graph
        value = self._lower(loc, text)
        inside = g.both(g.compare("ge", value, g.const(0.0)), g.compare("le", value, g.const(1.0)))
        self._check(inside, loc, f"{loc[-1]} must lie within 0 to 1")
        return value

    def _check(self, condition: Ref, loc: tuple[str | int, ...], text: str) -> None:
        """A rule for every draw; one that fails whatever the draw is a problem of the model."""
        if any(c == condition for c in self.checks):
            return
        known = self.graph.known(condition)
        if known is not None and not known.all():
            cycle = int(np.argmin(known))
            time = self.model.time
            age = f" (age {time.start_age + cycle * time.cycle_length:g})" if time.start_age else ""
            when = "" if self.graph.constant(condition) is not None else f"; not so in cycle {cycle}{age}"
            self._problem(loc, f"{text}{when}")
        self.checks.append(condition)
        names = tuple(self.inputs.names[k] for k in sorted(self.graph.inputs_of(condition)))
        self.rules.append(Rule(loc, text, names))

    def _problem(self, loc: tuple[str | int, ...], text: str) -> None:
        self.problems.append(self.study.marks.problem(self.study.study.model, loc, text))


def _mix(g: Graph, exposure: Ref, untouched: dict, treated: dict) -> dict:  # type: ignore[type-arg]
    """Untouched + exposure * (treated - untouched): exactly the untouched where nothing is changed."""
    zero = g.const(0.0)
    return {
        key: untouched[key]
        if untouched.get(key, zero) == value
        else g.fma(exposure, g.sub(value, untouched.get(key, zero)), untouched.get(key, zero))
        for key, value in treated.items()
    }


def members(model: Model) -> NDArray[np.float64]:
    """Which payers each perspective counts, nested perspectives included: (perspective, payer) of 0 and 1."""
    payers = list(model.payers)

    def payers_of(name: str) -> set[str]:
        perspective = model.perspectives[name]
        return set(perspective.payers).union(*(payers_of(other) for other in perspective.includes))

    result = np.zeros((len(model.perspectives), len(payers)))
    for k, name in enumerate(model.perspectives):
        for payer in payers_of(name):
            result[k, payers.index(payer)] = 1.0
    return result
