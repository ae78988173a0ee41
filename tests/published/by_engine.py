"""The published models as studies, run by the engine: point values, single draws and whole runs, as plain arrays."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

import engine
from engine.model.compile import CompiledModel
from engine.run.blocks import filled
from engine.run.outcomes import read_totals, read_yearly
from tests.published.cost_effectiveness import Array

PUBLISHED = Path(__file__).resolve().parents[2] / "configs" / "published"


class Amounts(NamedTuple):
    """What strategies cost and give, (strategy, draw), in the order of the study."""

    cost: Array
    outcome: dict[str, Array]


@cache
def compiled(study: str) -> CompiledModel:
    return engine.compile_model(PUBLISHED / study)


def simulate(model: CompiledModel, values: Array) -> Amounts:
    """At given inputs, (input, draw)."""
    block = filled(model.totals_program, values)
    model.totals_kernel(block)
    n = values.shape[1]
    assert not block.status[:n].any()
    totals = read_totals(model.shape, block.totals[:, :n])
    outcomes = {name: totals.outcome[:, k] for k, name in enumerate(model.shape.outcomes)}
    return Amounts(totals.cost.sum(axis=1), outcomes)


def point(study: str, calculation: str) -> Amounts:
    """With uncertainty left aside: a single draw."""
    model = compiled(study)
    return simulate(model, model.inputs.point(calculation))


def trace(study: str, calculation: str) -> Array:
    """(strategy, state, row) with uncertainty left aside."""
    model = compiled(study)
    block = filled(model.yearly_program, model.inputs.point(calculation))
    model.yearly_kernel(block)
    return read_yearly(model.shape, block.totals, block.yearly).occupancy[..., 0]


def some_draws(study: str, calculation: str, n: int = 24) -> tuple[dict[str, Array], Amounts]:
    """The engine's own values of all parameters in a few draws, and what it makes of them."""
    model = compiled(study)
    points = np.random.default_rng(5).uniform(size=(len(model.inputs.uncertain), n))
    values = model.inputs.values(calculation, points)
    by_name = {name: np.full(n, value) for name, value in model.inputs.fixed.items()}
    by_name |= dict(zip(model.inputs.names, values, strict=True))
    return by_name, simulate(model, values)


@cache
def run(study: str) -> dict[str, Amounts]:
    """All draws of the study, by calculation."""
    results = engine.run_model(compiled(study), paths=0)
    return {
        str(c): Amounts(
            results["cost"].sel(calculation=c).sum("payer").transpose("course", "draw").to_numpy(),
            {
                str(o): results["outcome_amount"]
                .sel(calculation=c, outcome_measure=o)
                .transpose("course", "draw")
                .to_numpy()
                for o in results["outcome_measure"].values
            },
        )
        for c in results["calculation"].values
    }
