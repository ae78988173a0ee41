"""What must hold for any model: against a slow second implementation, and properties of the mathematics."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from engine.api import Settings, point_npv
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, compile_model
from engine.run.blocks import filled
from engine.run.execute import run_calculation
from engine.run.functions import outcome_function
from engine.run.outcomes import read_totals, read_yearly
from tests.properties.random_studies import STRATEGY, models, write_study
from tests.run.test_pieces import assert_taken_as_from_stored_years

# each example that compiles machine code takes 0.3 s
GRAPH = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
COMPILED = settings(parent=GRAPH, max_examples=6)


def point_by_reference(model: CompiledModel, calculation: str, strategy: str = STRATEGY) -> dict[str, float]:
    totals = evaluate(model.totals_program, model.inputs.point(calculation)).totals
    k = model.shape.courses.index(strategy) - 1
    return dict(zip(model.shape.parties, read_totals(model.shape, totals).npv[k, :, 0], strict=True))


@COMPILED
@given(models())
def test_kernel_gives_what_the_graph_gives(content: dict[str, Any]) -> None:
    model = compile_model(write_study(content))
    points = np.random.default_rng(1).uniform(0.01, 0.99, (len(model.inputs.uncertain), 21))
    inputs = model.inputs.values("one", points)
    expected = evaluate(model.totals_program, inputs)
    ours = outcome_function(model, STRATEGY, settings=Settings(threads=1))(inputs.T)
    wanted = read_totals(model.shape, expected.totals).npv[0].T
    size = np.abs(read_totals(model.shape, expected.totals).cost).max() + 1.0
    np.testing.assert_allclose(ours, wanted, rtol=0, atol=1e-12 * size)
    for calculation in ("one", "two"):
        for party, value in point_npv(model, calculation).items():
            assert value == pytest.approx(point_by_reference(model, calculation)[party], abs=1e-12 * size)


@COMPILED
@given(models())
def test_a_run_takes_from_the_loop_what_stored_years_would_give(content: dict[str, Any]) -> None:
    model = compile_model(write_study(content))
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 40))
    assert_taken_as_from_stored_years(model, model.inputs.values("one", points))


@GRAPH
@given(models())
def test_occupancy_sums_to_one_and_is_never_negative(content: dict[str, Any]) -> None:
    model = compile_model(write_study(content))
    points = np.random.default_rng(2).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    out = evaluate(model.yearly_program, model.inputs.values("one", points))
    occupancy = read_yearly(model.shape, out.totals, out.yearly).occupancy
    np.testing.assert_allclose(occupancy.sum(axis=1), 1.0, rtol=0, atol=1e-12)
    assert occupancy.min() >= -1e-15


@GRAPH
@given(models())
def test_payers_add_up_and_yearly_costs_add_up_to_totals(content: dict[str, Any]) -> None:
    model = compile_model(write_study(content))
    points = np.random.default_rng(3).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    out = evaluate(model.yearly_program, model.inputs.values("two", points))
    totals = read_totals(model.shape, out.totals)
    yearly = read_yearly(model.shape, out.totals, out.yearly)
    scale = np.abs(totals.cost).max() + 1.0
    everybody = model.shape.parties.index("all")
    np.testing.assert_allclose(totals.npv[:, everybody], totals.npv[:, 2:].sum(axis=1), atol=1e-12 * scale)
    np.testing.assert_allclose((yearly.saving * yearly.factor).sum(axis=2), totals.npv[:, 2:], atol=1e-11 * scale)


@GRAPH
@given(models())
def test_an_intervention_without_effect_changes_nothing_to_the_last_bit(content: dict[str, Any]) -> None:
    model = without_effect(content)
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    out = evaluate(model.totals_program, model.inputs.values("one", points))
    assert np.all(read_totals(model.shape, out.totals).npv == 0.0)


@settings(parent=COMPILED, max_examples=5)
@given(models())
def test_no_more_does_the_compiled_kernel(content: dict[str, Any]) -> None:
    model = without_effect(content)
    points = np.random.default_rng(4).uniform(0.01, 0.99, (len(model.inputs.uncertain), 5))
    block = filled(model.totals_program, model.inputs.values("one", points))
    model.totals_kernel(block)
    payers = len(model.shape.payers)
    # the costs themselves, before anything that is small is called rounding
    assert np.array_equal(block.totals[:payers], block.totals[payers : 2 * payers])


def without_programme_costs(content: dict[str, Any]) -> None:
    """Nothing is paid for taking part, and every item arises under all strategies."""
    for item in content["cost_items"].values():
        item.pop("strategies", None)
        if "strategy" in item:
            item["amount"] = 0


def without_effect(content: dict[str, Any]) -> CompiledModel:
    """The model with every ratio exactly 1, and a programme that costs nothing."""
    content = copy.deepcopy(content)
    for effect in [*content["strategies"][STRATEGY]["effects"], *content["strategies"]["second"]["effects"]]:
        for ratio in ("hazard_ratio", "odds_ratio", "risk_ratio"):
            if ratio in effect:
                effect[ratio] = "ratio / ratio"
        if "difference" in effect:
            effect["difference"] = 0
    without_programme_costs(content)
    return compile_model(write_study(content))


@GRAPH
@given(models())
def test_a_transfer_cancels_where_both_sides_are_counted(content: dict[str, Any]) -> None:
    content = copy.deepcopy(content)
    for item in content["cost_items"].values():
        if "strategy" not in item:
            item |= {"kind": "transfer", "to": next(p for p in "abc" if p != item["payer"])}
    without_programme_costs(content)
    model = compile_model(write_study(content))
    values = point_by_reference(model, "one")
    scale = 1.0 + max(abs(v) for v in values.values())
    assert values["all"] == pytest.approx(0.0, abs=1e-10 * scale)


@settings(parent=COMPILED, max_examples=4)
@given(models())
def test_same_bits_for_any_block_size_and_thread_count(content: dict[str, Any]) -> None:
    model = compile_model(write_study(content))
    runs = [
        run_calculation(
            model, "one", draws=1300, seed=5, design="sobol", paths=300, settings=Settings(threads=t, block=b)
        )
        for t, b in ((1, 256), (2, 512), (2, 1024))
    ]
    for name in ("cost", "npv", "payback", "mean_saving", "mean_occupancy", "cumulative", "status", "ratio"):
        first = getattr(runs[0], name)
        for other in runs[1:]:
            np.testing.assert_array_equal(first, getattr(other, name))


@settings(parent=GRAPH, max_examples=8)
@given(models())
def test_a_change_is_proportional_to_uptake(content: dict[str, Any]) -> None:
    content = copy.deepcopy(content)
    without_programme_costs(content)
    changes = []
    for uptake in (0.2, 0.7, 1):
        content["strategies"][STRATEGY]["uptake"] = uptake
        changes.append(point_by_reference(compile_model(write_study(content)), "one")["all"] / uptake)
    size = 1.0 + abs(changes[2])
    assert changes == pytest.approx([changes[2]] * 3, abs=1e-7 * size)
