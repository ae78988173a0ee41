"""How many people move from which state to which: in the baseline at point values, or in each course for any inputs.

The mathematics is that of a run (engine/README.md, "The cohort model"), whose program sums money and keeps no moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.kernel.reference import evaluate
from engine.model.assembly import Assembly
from engine.model.effects import Node, Row, reached_by
from engine.model.hoist import Ref
from engine.model.inputs import Inputs
from engine.spec.load import LoadedStudy
from engine.spec.schema import Effect, Time, Transition

Kind = Literal["hazard_ratio", "odds_ratio", "risk_ratio", "difference"]
KINDS: tuple[Kind, ...] = ("hazard_ratio", "odds_ratio", "risk_ratio", "difference")


@dataclass(frozen=True)
class Reach:
    """What one effect of a strategy touches."""

    strategy: str
    effect: Effect
    kind: Kind
    expression: str | float
    value: float
    """Ratio or difference at the start of the effect, fade-out left aside."""
    targets: frozenset[tuple[str, str]]
    """Moves (from, to) that it acts on."""
    complement: frozenset[tuple[str, str]]
    """Moves that give up, in proportion, what it adds to those, or the other way round."""


@dataclass(frozen=True)
class Flows:
    """The baseline of one calculation at its point values."""

    calculation: str
    horizon: float
    """Years."""
    start: dict[str, float]
    """Share of the cohort in each state at the start."""
    pairs: tuple[tuple[str, str], ...]
    """Moves between different states, in the order written; of whoever is left last in each row."""
    moved: NDArray[np.float64]
    """(pair, cycle) share of the cohort that makes the move in the cycle."""
    per_year: NDArray[np.float64]
    """(pair,) mean over the years within the calculation's horizon [share of the cohort per year]."""
    reaches: tuple[Reach, ...]
    """Effects in the order of strategies and as written."""


def baseline_flows(study: LoadedStudy, inputs: Inputs) -> Flows:
    """Flows of the calculation with the longest horizon, the first of those if several have it.

    Parameters
    ----------
    study : one that compiles.
    """
    model, time = study.model, study.model.time
    pairs = _pairs(study)
    cohort = Assembly(study, inputs, pairs)
    g = cohort.graph
    passages = _passages(cohort, cohort.courses[0], pairs)
    start = [g.dot([(p.start[state], p.share) for p in cohort.whole]) for state in model.states]
    rows = cohort.lives.rows(cohort.parts[0].lives)
    effects = [(name, effect) for name, strategy in model.strategies.items() for effect in strategy.effects]
    scope = cohort.moving
    sizes = [scope.lower(next(x for k in KINDS if (x := getattr(e, k)) is not None)) for _, e in effects]
    begins = [scope.lower(e.start) for _, e in effects]
    horizon = scope.lower(time.horizon)
    wanted = [horizon, *passages, *start, *sizes, *begins]
    program = g.program(totals=(), yearly=wanted, checks=(), n_inputs=len(inputs.names))
    found = {c: evaluate(program, inputs.point(c)).yearly[:, :, 0] for c in inputs.laws}
    calculation = max(found, key=lambda c: found[c][0, 0])
    values = iter(np.split(found[calculation], np.cumsum([1, len(pairs), len(start), len(sizes)])))
    of_horizon, moved, at_start, of_sizes, of_begins = values
    if time.by_boundary:
        moved = moved[:, 1:]  # transitions count at the boundary that they lead to
    return Flows(
        calculation,
        float(of_horizon[0, 0]),
        dict(zip(model.states, map(float, at_start[:, 0]), strict=True)),
        pairs,
        moved,
        _per_year(moved, float(of_horizon[0, 0]), time.cycle_length),
        tuple(
            _reach(name, effect, rows, size, float(begin[0]), time)
            for (name, effect), size, begin in zip(effects, of_sizes, of_begins, strict=True)
        ),
    )


def moved_by_course(
    study: LoadedStudy, inputs: Inputs, values: NDArray[np.float64]
) -> tuple[tuple[tuple[str, str], ...], NDArray[np.float64]]:
    """Moves between different states, and the share of the cohort that makes them with all that a course changes.

    Parameters
    ----------
    values : (input, 1) of one draw.

    Returns
    -------
    Pairs (from, to), and shares (course, pair, cycle), the baseline first.
    """
    pairs = _pairs(study)
    cohort = Assembly(study, inputs, pairs)
    wanted = [ref for course in cohort.courses for ref in _passages(cohort, course, pairs)]
    program = cohort.graph.program(totals=(), yearly=wanted, checks=(), n_inputs=len(inputs.names))
    moved = evaluate(program, values).yearly[:, :, 0].reshape(len(cohort.courses), len(pairs), -1)
    return pairs, moved[..., 1:] if study.model.time.by_boundary else moved


def _pairs(study: LoadedStudy) -> tuple[tuple[str, str], ...]:
    """Moves between different states, in the order written; of whoever is left last in each row."""
    written = [
        (state, target)
        for state, row in study.model.transitions.items()
        for target in (*(t for t, x in row.items() if x.rest is None), _rest(state, row))
    ]
    return tuple(dict.fromkeys(pair for pair in written if pair[0] != pair[1]))


def _passages(cohort: Assembly, course: str, pairs: Sequence[tuple[str, str]]) -> list[Ref]:
    """Share of the cohort that makes each move in a cycle."""
    g = cohort.graph
    made = [(p.share, cohort.lives.under_strategies(p)[course].flows.passages) for p in cohort.whole]
    return [g.dot([(found.get(pair, g.const(0.0)), share) for share, found in made]) for pair in pairs]


def _rest(state: str, row: Mapping[str, Transition]) -> str:
    return next((target for target, x in row.items() if x.rest), state)


def _per_year(moved: NDArray[np.float64], horizon: float, step: float) -> NDArray[np.float64]:
    """Mean over the cycles that the horizon counts."""
    cycles = moved.shape[1]
    counted = np.clip((horizon - np.arange(cycles) * step) / step, 0.0, 1.0)
    weight = counted if counted.any() else np.ones(cycles)
    return np.asarray(moved @ weight / (weight.sum() * step))


def _reach(
    strategy: str, effect: Effect, rows: Mapping[Node, Row], size: NDArray[np.float64], begin: float, time: Time
) -> Reach:
    kind, expression = next((k, x) for k in KINDS if (x := getattr(effect, k)) is not None)
    cycle = int(np.clip(np.ceil(begin / time.cycle_length - 1e-9), 0, time.cycles - 1))
    nodes, targets = reached_by(effect, rows)
    direct = {(node.state, target) for node in nodes for target in targets}
    complement: set[tuple[str, str]] = set()
    for node in nodes:
        if all(t in rows[node].hazards for t in targets):
            continue  # hazards compete: nothing else in the row is changed
        others = rows[node].probabilities if effect.complement == "others" else (rows[node].rest,)
        complement |= {(node.state, t) for t in others if (node.state, t) not in direct and node.state != t}
    return Reach(strategy, effect, kind, expression, float(size[cycle]), frozenset(direct), frozenset(complement))
