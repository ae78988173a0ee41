"""How many people move from which state to which in the baseline, uncertainty left aside.

The mathematics is that of a run (engine/README.md, "The cohort model"); with every parameter a number, the rows of the
transition matrix are known in all cycles and no program is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.model.effects import Row, reached_by, read_row, to_moves
from engine.model.hoist import Graph, Ref
from engine.model.inputs import Inputs
from engine.model.lower import Scope
from engine.spec.load import LoadedStudy
from engine.spec.schema import Effect

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
    scopes = {c.calculation: _point_scope(study, inputs, c.calculation) for c in study.calculations}
    time = study.model.time
    horizons = {c: float(_known(s, s.lower(time.horizon))[0]) for c, s in scopes.items()}
    calculation = max(horizons, key=lambda c: horizons[c])
    scope, horizon = scopes[calculation], horizons[calculation]
    rows = {state: read_row(scope, state, row) for state, row in study.model.transitions.items()}
    start = {s: float(_known(scope, scope.lower(e))[0]) for s, e in study.model.start.items()}
    probabilities = _probabilities(scope, rows)
    moved = _moved(list(study.model.states), start, probabilities, time.cycles)
    counted = np.clip((horizon - np.arange(time.cycles) * time.cycle_length) / time.cycle_length, 0.0, 1.0)
    weight = counted if counted.any() else np.ones(time.cycles)
    per_year = moved @ weight / (weight.sum() * time.cycle_length)
    between = [k for k, (source, target) in enumerate(probabilities) if source != target]
    pairs = list(probabilities)
    return Flows(
        calculation,
        horizon,
        {s: start.get(s, 0.0) for s in study.model.states},
        tuple(pairs[k] for k in between),
        moved[between],
        per_year[between],
        tuple(_reaches(study, scope, rows)),
    )


def _point_scope(study: LoadedStudy, inputs: Inputs, calculation: str) -> Scope:
    graph = Graph(study.model.time.cycles)
    values = {**inputs.fixed, **dict(zip(inputs.names, inputs.base[calculation], strict=True))}

    def constants(names: Iterable[str]) -> dict[str, Ref]:
        return {name: graph.const(values[name]) for name in names}

    model = study.model
    return Scope(graph, model, study.tables, constants(model.parameters), constants(model.choices))


def _known(scope: Scope, value: Ref) -> NDArray[np.float64]:
    """The value in all cycles, (t,)."""
    known = scope.graph.known(value)
    assert known is not None, "everything is a number here"
    return np.asarray(known, dtype=np.float64)


def _probabilities(scope: Scope, rows: dict[str, Row]) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Probability of each transition in each cycle, (t,), those who stay among them."""
    result: dict[tuple[str, str], NDArray[np.float64]] = {}

    def put(source: str, target: str, share: NDArray[np.float64]) -> None:
        before = result.get((source, target))
        result[source, target] = share if before is None else before + share

    for source, row in rows.items():
        move = to_moves(scope.graph, row, scope.step)
        staying = _known(scope, move.staying)
        for target, share in move.shares.items():
            put(source, target, (1 - staying) * _known(scope, share))
        for target, p in move.probabilities.items():
            put(source, target, staying * _known(scope, p))
        put(source, move.rest, staying * _known(scope, move.left))
    return result


def _moved(
    states: list[str],
    start: dict[str, float],
    probabilities: dict[tuple[str, str], NDArray[np.float64]],
    cycles: int,
) -> NDArray[np.float64]:
    place = {name: k for k, name in enumerate(states)}
    source = np.array([place[s] for s, _ in probabilities], dtype=np.intp)
    target = np.array([place[t] for _, t in probabilities], dtype=np.intp)
    shares = np.array(list(probabilities.values())).reshape(len(probabilities), cycles)
    x = np.array([start.get(s, 0.0) for s in states])
    moved = np.empty((len(probabilities), cycles))
    for k in range(cycles):
        moved[:, k] = x[source] * shares[:, k]
        x = x - np.bincount(source, moved[:, k], len(states)) + np.bincount(target, moved[:, k], len(states))
    return moved


def _reaches(study: LoadedStudy, scope: Scope, rows: dict[str, Row]) -> list[Reach]:
    found = []
    for name, strategy in study.model.strategies.items():
        for effect in strategy.effects:
            kind, expression = next((k, x) for k in KINDS if (x := getattr(effect, k)) is not None)
            start = float(_known(scope, scope.lower(effect.start))[0])
            cycle = int(np.clip(np.ceil(start / scope.step - 1e-9), 0, study.model.time.cycles - 1))
            sources, targets = reached_by(effect, rows)
            direct = {(s, t) for s in sources for t in targets}
            complement: set[tuple[str, str]] = set()
            for s in sources:
                if all(t in rows[s].hazards for t in targets):
                    continue  # hazards compete: nothing else in the row is changed
                others = rows[s].probabilities if effect.complement == "others" else (rows[s].rest,)
                complement |= {(s, t) for t in others if (s, t) not in direct and s != t}
            value = float(_known(scope, scope.lower(expression))[cycle])
            found.append(Reach(name, effect, kind, expression, value, frozenset(direct), frozenset(complement)))
    return found
