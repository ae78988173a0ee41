"""One draw again, slowly: what went in, what it broke, and what it passed through on the way to its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel
from engine.model.flows import moved_by_course
from engine.run.designs import unit_points
from engine.run.invalid import NOT_A_NUMBER
from engine.run.job import Job
from engine.run.outcomes import read_totals, read_yearly, read_yearly_costs
from engine.run.pieces import with_finite
from engine.spec.check_expressions import in_order, uses_of
from engine.spec.evaluate import PointValues, clock_at
from engine.spec.evaluate import evaluate as evaluate_expression
from engine.spec.load import LoadedStudy
from engine.spec.schema import Calculation


@dataclass(frozen=True)
class BrokenRule:
    """A rule of the model that the draw breaks."""

    text: str
    place: str
    """file:line:column; empty where the rule is no place in the study."""
    cycle: int
    """First in which it does; -1 where it is not of a cycle."""


@dataclass(frozen=True)
class Replay:
    """A draw of one calculation; c course, the baseline first, k intervention, p payer, q party, s state, t cycle."""

    calculation: str
    draw: int
    inputs: Mapping[str, float]
    """Parameters, as drawn or stated, by name."""
    broken: tuple[BrokenRule, ...]
    definitions: Mapping[str, tuple[float | None, ...]]
    """Definitions and choices by cycle; None where they depend on more than the clock, or cannot be computed."""
    transitions: Mapping[str, tuple[float | None, ...]]
    """What is written of each transition without the strategies' effects, by cycle: `sick -> dead (hazard)`."""
    moves: tuple[tuple[str, str], ...]
    """Between different states, (from, to)."""
    moved: NDArray[np.float64]
    """(c, move, t) share of the cohort that makes each, with all that the strategy changes"""
    occupancy: NDArray[np.float64]
    """(c, s, t + 1)"""
    cost: NDArray[np.float64]
    """(c, p, t) undiscounted"""
    npv: NDArray[np.float64]
    """(k, q)"""
    horizon: float


def replay(model: CompiledModel, job: Job, calculation: str, draw: int) -> Replay:
    """Run one draw of a job in the reference evaluator, which is not the code that the run itself uses.

    Parameters
    ----------
    draw : 0 to `job.draws - 1`.
    """
    points = unit_points(job.design, model.inputs.uncertain, seed=job.seed, start=draw, stop=draw + 1, total=job.draws)
    values = model.inputs.values(calculation, points)
    outcome = evaluate(model.yearly_program, values)
    shape, study = model.shape, model.study
    broken = [
        BrokenRule(model.rules[f.check].text, _place(study, model.rules[f.check].loc), f.cycle)
        for f in sorted(outcome.failures, key=lambda f: f.cycle)
    ]
    if int(with_finite(outcome.status, outcome.totals)[0]) & int(NOT_A_NUMBER):
        broken.append(BrokenRule("every outcome is a finite number", "", -1))
    drawn = dict(zip(model.inputs.names, values[:, 0].tolist(), strict=True))
    own = next(c for c in study.calculations if c.calculation == calculation)
    names = _Names(study, own, model.inputs.fixed | drawn)
    totals = read_totals(shape, outcome.totals)
    yearly = read_yearly(shape, outcome.totals, outcome.yearly)
    moves, moved = moved_by_course(study, model.inputs, values)
    return Replay(
        calculation,
        draw,
        names.parameters,
        tuple(broken),
        names.derived(),
        names.transitions(),
        moves,
        moved,
        yearly.occupancy[..., 0],
        read_yearly_costs(shape, outcome.yearly).cost[..., 0],
        totals.npv[..., 0],
        float(totals.horizon[0]),
    )


class _Names:
    """What names stand for in the draw."""

    def __init__(self, study: LoadedStudy, calculation: Calculation, values: Mapping[str, float]) -> None:
        self._study = study
        self._order = tuple(name for name in in_order(uses_of(study))[0] if name not in study.model.functions)
        self._names = PointValues(study, calculation, self._order)
        self._names.parameters |= {name: values[name] for name in self._names.parameters if name in values}
        self.parameters: Mapping[str, float] = dict(self._names.parameters)
        self._by_cycle = [self._names.names(cycle) for cycle in range(study.model.time.cycles)]

    def derived(self) -> dict[str, tuple[float | None, ...]]:
        return {name: tuple(names.get(name) for names in self._by_cycle) for name in self._order}

    def transitions(self) -> dict[str, tuple[float | None, ...]]:
        found = {}
        for source, row in self._study.model.transitions.items():
            for target, written in row.items():
                for kind in ("probability", "hazard", "logit", "time_to_event"):
                    text = getattr(written, kind)
                    if text is not None:
                        tree = self._study.language.tree(text)
                        found[f"{source} -> {target} ({kind})"] = tuple(
                            evaluate_expression(tree, names | clock_at(self._study.model, cycle), self._study)
                            for cycle, names in enumerate(self._by_cycle)
                        )
        return found


def _place(study: LoadedStudy, loc: tuple[str | int, ...]) -> str:
    place = study.marks.problem(study.study.model, loc, "")
    return f"{place.path}:{place.line}:{place.column}"
