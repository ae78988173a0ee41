"""Study -> program: states, strategies, payers and clocks become one graph of arithmetic, once.

Mathematics: engine/README.md, "The cohort model".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import SpecError
from engine.kernel.layout import Program, narrowed
from engine.kernel.simulate import Kernel, compile_program
from engine.model.assembly import Assembly
from engine.model.clockwork import TIMING, Clockwork, read_clock
from engine.model.hoist import Ref
from engine.model.inputs import Inputs, build_inputs
from engine.model.ledger import Book, Ledger
from engine.model.parties import money_by_party
from engine.model.payback import Paybacks, flows
from engine.model.rules import Rule
from engine.model.savings import Amount, benefit_cost_ratio, by_party, net_saving, spending
from engine.model.separate import Separated, amounts_last, separate
from engine.spec.arrows import transitions_named
from engine.spec.load import LoadedStudy
from engine.spec.schema import Model


class Shape(NamedTuple):
    """Order of the program's outputs."""

    courses: tuple[str, ...]
    """Strategies, the baseline first."""
    payers: tuple[str, ...]
    states: tuple[str, ...]
    perspectives: tuple[str, ...]
    members: NDArray[np.float64]
    """(perspective, payer): 1 where the payer belongs to the perspective."""
    outcomes: tuple[str, ...] = ()
    """What is counted beside money."""
    subgroups: tuple[str, ...] = ()
    """Parts of the cohort; none where it is not parted."""
    by_boundary: bool = False
    """Whether the program's last cycle is the boundary at which the simulated time ends, and no cycle."""

    @property
    def parties(self) -> tuple[str, ...]:
        """Perspectives, then payers."""
        return self.perspectives + self.payers

    @property
    def money(self) -> Shape:
        """The same without what is counted beside money, and without subgroups."""
        return self._replace(outcomes=(), subgroups=())

    @property
    def totals(self) -> dict[str, tuple[int, ...]]:
        """Totals in their order, each with its shape; `occupancy` follows in the program with yearly figures."""
        courses, groups = len(self.courses), len(self.subgroups)
        return {
            "cost": (courses, len(self.payers)),
            "programme": (courses - 1, len(self.payers)),
            "outcome": (courses, len(self.outcomes)),
            "subgroup_cost": (groups, courses, len(self.payers)),
            "subgroup_outcome": (groups, courses, len(self.outcomes)),
            "horizon": (1,),
        }

    @property
    def yearly(self) -> dict[str, tuple[int, ...]]:
        """Figures of each cycle in their order, each with its shape."""
        courses = len(self.courses)
        return {"cost": (courses, len(self.payers)), "factor": (1,), "occupancy": (courses, len(self.states))}

    @property
    def draws(self) -> dict[str, tuple[int, ...]]:
        """What a run tells of each draw, in order, each with its shape. `occupancy` is that after the last cycle."""
        by_party, groups = (len(self.courses) - 1, len(self.parties)), len(self.subgroups)
        return {
            "cost": self.totals["cost"],
            "npv": by_party,
            "programme": by_party,
            "ratio": by_party,
            "payback": by_party,
            "payback_discounted": by_party,
            "outcome": self.totals["outcome"],
            "subgroup_npv": (groups, *by_party),
            "subgroup_outcome": self.totals["subgroup_outcome"],
            "horizon": (1,),
            "occupancy": self.yearly["occupancy"],
        }

    @property
    def sums(self) -> dict[str, tuple[int, ...]]:
        """What a run sums over draws in each cycle, in order, each with its shape; savings are undiscounted."""
        return {"saving": (len(self.courses) - 1, len(self.payers)), "occupancy": self.yearly["occupancy"]}


@dataclass(frozen=True)
class CompiledModel:
    """A study made ready to run: its program, its inputs and what its outputs mean."""

    study: LoadedStudy
    inputs: Inputs
    shape: Shape
    money_program: Program
    """The totals of `shape.money` only, and no checks less: what analyses ask for again and again."""
    totals_program: Program
    """Totals only: discounted costs (course, payer), programme costs (intervention, payer), horizon."""
    yearly_program: Program
    """The same totals, then occupancy at the end (course, state); in each cycle undiscounted cost (course, payer),
    discount factor, occupancy (course, state)."""
    run_program: Program
    """What a run needs and no more: `shape.draws` of every draw, `shape.sums` of every cycle, no year of any draw."""
    horizon_program: Program
    """The horizon alone, and no checks."""
    rules: tuple[Rule, ...]
    """By check of all programs."""
    separated: Separated | None = None
    """`money_program` in two steps, whose totals are NPV (intervention, party), then programme cost (intervention,
    party); None where its loop would do more."""

    @cached_property
    def money_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.money_program)

    @cached_property
    def separated_kernels(self) -> tuple[Kernel, Kernel] | None:
        """Of both steps, compiled at first use."""
        if self.separated is None:
            return None
        return compile_program(self.separated.loop), compile_program(self.separated.after)

    @cached_property
    def totals_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.totals_program)

    @cached_property
    def run_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.run_program)

    @cached_property
    def yearly_kernel(self) -> Kernel:
        """Compiled at first use."""
        return compile_program(self.yearly_program)

    def costs(self, course: int) -> tuple[Program, Kernel]:
        """Costs alone, in the baseline and under one of the other courses: totals are the discounted ones, by payer; in
        each cycle undiscounted ones, then the discount factor. It `stops`. Compiled at first use."""
        if course not in self._costs:
            payers, courses = len(self.shape.payers), len(self.shape.courses)
            rows = [*range(payers), *range(course * payers, (course + 1) * payers)]
            program = narrowed(self.yearly_program, totals=rows, yearly=[*rows, courses * payers])
            self._costs[course] = program, compile_program(program)
        return self._costs[course]

    @cached_property
    def _costs(self) -> dict[int, tuple[Program, Kernel]]:
        return {}


def compile_model(study: LoadedStudy, *, keep: Collection[str] = (), entry: int = 0) -> CompiledModel:
    """Turn a study into a program.

    Parameters
    ----------
    keep : choices that stay inputs even if all calculations make them alike, so that an analysis can vary them.
    entry : years after the model's start at which the cohort starts. The calendar `year` and the growth of amounts are
        then so far on, and discounting is still to the model's start; age is not.

    Raises
    ------
    SpecError : something in the model cannot be right whatever the draws are: probabilities that add up to more than 1
        at some age, a table that does not reach far enough, a constraint that always fails.
    """
    try:
        return _Compiler(study, keep, entry).build()
    except RecursionError as e:
        text = "definitions and choices use each other too deeply; write some of them out"
        raise SpecError([study.marks.problem(study.study.model, ("definitions",), text)]) from e


class _Compiler:
    def __init__(self, study: LoadedStudy, keep: Collection[str], entry: int) -> None:
        self.study = study
        self.model: Model = study.model
        named = [i.transition for i in self.model.every_item if i.transition is not None]
        counted = {key for text in named for key in transitions_named(text, self.model.transitions)}
        self.cohort = Assembly(study, build_inputs(study, keep), counted, entry=entry)
        self.graph, self.rulebook = self.cohort.graph, self.cohort.rulebook
        self.inputs, self.books = self.cohort.inputs, self.cohort.books

    def build(self) -> CompiledModel:
        g, model = self.graph, self.model
        shape = Shape(
            self.cohort.courses,
            tuple(model.payers),
            tuple(model.states),
            tuple(model.perspectives),
            members(model),
            tuple(model.outcomes),
            tuple(model.subgroups),
            model.time.by_boundary,
        )
        clock = self._clockwork()
        ledger = self._ledger(clock)
        courses, everybody = self.cohort.courses, self.cohort.whole
        subgroups = [part for part in self.cohort.parts if part.name]
        flows = {part.name: self.cohort.lives.under_strategies(part) for part in (*subgroups, *everybody)}
        whole = [ledger.book(everybody, flows, course) for course in courses]
        of_parts = [ledger.book([part], flows, course) for part in subgroups for course in courses]
        totals = {
            "cost": [r for b in whole for r in b.cost],
            # what the baseline's own participants cost would be paid anyway
            "programme": [
                g.sub(r, usual) for b in whole[1:] for r, usual in zip(b.programme, whole[0].programme, strict=True)
            ],
            "outcome": [r for b in whole for r in b.outcome],
            "subgroup_cost": [r for b in of_parts for r in b.cost],
            "subgroup_outcome": [r for b in of_parts for r in b.outcome],
            "horizon": [clock.horizon],
        }
        occupancy = [
            g.dot([(flows[part.name][course].flows.occupancy_of(g, state), part.share) for part in everybody])
            for course in courses
            for state in shape.states
        ]
        yearly = {"cost": [r for b in whole for r in b.yearly], "factor": [ledger.factor], "occupancy": occupancy}
        for k, constraint in enumerate(model.constraints):
            condition = self.rulebook.lower(self.books, ("constraints", k, "require"), constraint.require)
            self.rulebook.check(condition, ("constraints", k, "require"), f"{constraint.require} ({constraint.why})")
        for scope in self.cohort.scopes:
            for rule in scope.table_rules:
                self.rulebook.check(rule.condition, ("tables", rule.table), rule.text)
        if self.rulebook.problems:
            raise SpecError(self.rulebook.problems)
        kept = [(c, r) for c, r in zip(self.rulebook.checks, self.rulebook.rules, strict=True) if g.constant(c) is None]
        checks = [c for c, _ in kept]
        n_inputs = len(self.inputs.names)
        in_order = [r for name in shape.totals for r in totals[name]]
        money = [r for name, size in shape.money.totals.items() for r in totals[name] if 0 not in size]
        by_cycle = [r for name in shape.yearly for r in yearly[name]]
        draws, sums = self._run(shape, whole, of_parts, ledger.factor)
        draws = {**totals, **draws, "occupancy": occupancy}
        sums = {**sums, "occupancy": occupancy}
        return CompiledModel(
            self.study,
            self.inputs,
            shape,
            g.program(
                totals=amounts_last(g, money, self.cohort.lives.people, n_inputs=n_inputs),
                yearly=(),
                checks=checks,
                n_inputs=n_inputs,
            ),
            g.program(totals=in_order, yearly=(), checks=checks, n_inputs=n_inputs),
            g.program(totals=[*in_order, *occupancy], yearly=by_cycle, checks=checks, n_inputs=n_inputs),
            g.program(
                totals=[r for name in shape.draws for r in draws[name]],
                yearly=(),
                checks=checks,
                n_inputs=n_inputs,
                sums=[r for name in shape.sums for r in sums[name]],
            ),
            g.program(totals=[clock.horizon], yearly=(), checks=(), n_inputs=n_inputs),
            tuple(r for _, r in kept),
            separate(g, money, checks, n_inputs=n_inputs, read=lambda totals: money_by_party(g, shape, totals)),
        )

    def _run(
        self, shape: Shape, whole: list[Book], of_parts: list[Book], factor: Ref
    ) -> tuple[dict[str, list[Ref]], dict[str, list[Ref]]]:
        """What runs tell by party of each draw, and sum by payer over draws."""
        g, members = self.graph, shape.members
        names = ("npv", "programme", "ratio", "payback", "payback_discounted", "subgroup_npv")
        draws: dict[str, list[Ref]] = {name: [] for name in names}
        sums: dict[str, list[Ref]] = {"saving": []}
        paybacks = Paybacks(g, self.model.time.cycle_length, shift=int(shape.by_boundary))

        def against(usual: list[Ref], own: list[Ref]) -> list[Amount]:
            return [net_saving(g, a, b) for a, b in zip(usual, own, strict=True)]

        for book in whole[1:]:
            npv = by_party(g, members, against(whole[0].cost, book.cost))
            more = [spending(g, g.sub(b, a)) for a, b in zip(whole[0].programme, book.programme, strict=True)]
            programme = by_party(g, members, more)
            draws["npv"] += npv
            draws["programme"] += programme
            draws["ratio"] += [benefit_cost_ratio(g, n, p) for n, p in zip(npv, programme, strict=True)]
            savings = against(whole[0].yearly, book.yearly)
            sums["saving"] += [s.value for s in savings]
            for name, flow in zip(names[3:5], flows(g, savings, factor, by_boundary=shape.by_boundary), strict=True):
                draws[name] += [paybacks.time(s, flow.factor) for s in by_party(g, members, flow.savings)]
        each = len(shape.courses)
        for first in range(0, len(of_parts), each):
            usual, *others = of_parts[first : first + each]
            for book in others:
                draws["subgroup_npv"] += by_party(g, members, against(usual.cost, book.cost))
        return draws, sums

    # ------------------------------------------------------------ time

    def _clockwork(self) -> Clockwork:
        g, time = self.graph, self.model.time
        end = time.cycles * time.cycle_length
        loc = ("time", "horizon")
        horizon = self.rulebook.lower(self.books, loc, time.horizon)
        inside = g.both(g.compare("ge", horizon, g.const(0.0)), g.compare("le", horizon, g.const(end + 1e-9)))
        self.rulebook.check(inside, loc, f"the horizon must lie within 0 to {end:g} years, which are simulated")
        if time.within_cycle == "simpson":
            known = g.constant(horizon)
            pairs = None if known is None else known / time.cycle_length / 2
            if pairs is None or abs(pairs - round(pairs)) > 1e-9:
                text = "Simpson's rule needs an even number of whole cycles, the same in all calculations, as horizon"
                self.rulebook.problem(loc, text)
        continuous = time.discount_timing == "continuous"
        loc = ("time", "discount_timing")
        offset = None if continuous else self.rulebook.keyword(self.books, loc, time.discount_timing, TIMING)
        weight = None
        if time.boundary_weight is not None:
            weight = self.rulebook.lower(self.books, ("time", "boundary_weight"), time.boundary_weight)
        return read_clock(
            g,
            time,
            now=self.books.clock.value,
            horizon=horizon,
            offset=offset,
            weight=weight,
            entry=self.cohort.entry,
        )

    def _discounting(self, clock: Clockwork, loc: tuple[str | int, ...], text: str | float) -> Ref:
        g = self.graph
        rate = self.rulebook.lower(self.books, loc, text)
        self.rulebook.check(g.compare("gt", rate, g.const(-1.0)), loc, "the discount rate must be above -1")
        return clock.discounting(g, rate)

    def _ledger(self, clock: Clockwork) -> Ledger:
        money = self._discounting(clock, ("time", "discount_rate"), self.model.time.discount_rate)
        factors = {
            name: money
            if o.discount_rate is None
            else self._discounting(clock, ("outcomes", name, "discount_rate"), o.discount_rate)
            for name, o in self.model.outcomes.items()
        }
        return Ledger(self.rulebook, self.model, self.cohort.courses[0], self.cohort.stages, clock, money, factors)


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
