from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, compile_model
from engine.model.hoist import Graph
from engine.model.separate import separate
from engine.run.functions import outcome_function
from engine.run.outcomes import read_totals
from engine.spec.load import load_study
from tests.model.test_compile import _with_choice_priced
from tests.properties.random_studies import write_study

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
STUDIES = sorted(p.parent for p in CONFIGS.glob("**/study.yaml"))

Array = NDArray[np.float64]


def in_two_steps(model: CompiledModel, values: Array) -> Array:
    """What the two steps give, by the plain evaluator."""
    parts = model.separated
    assert parts is not None
    sums = evaluate(parts.loop, values).totals
    return evaluate(parts.after, np.concatenate([values, sums])).totals


def test_an_amount_stands_before_the_sum_over_cycles() -> None:
    g = Graph(5)
    rate, amount, other = g.input(0), g.input(1), g.input(2)
    share = g.carried(g.const(1.0))
    g.follow(share, g.mul(share, rate))
    early = g.compare("lt", g.series(np.arange(5.0)), g.const(2.0))
    flow = g.add(g.mul(share, g.mul(amount, other)), g.where(early, amount, g.const(0.0)))
    total = g.carried(g.const(0.0))
    g.follow(total, g.fma(g.series(0.9 ** np.arange(5)), flow, total))
    parts = separate(g, [total], [], n_inputs=3, read=list)
    assert parts is not None
    assert parts.moved_by == (0,)
    assert parts.read_after == (1, 2)
    values = np.array([[0.5], [10.0], [3.0]])
    sums = evaluate(parts.loop, values).totals
    weights = 0.9 ** np.arange(5)
    expected = 30.0 * (weights * 0.5 ** np.arange(5)).sum() + 10.0 * weights[:2].sum()
    np.testing.assert_allclose(evaluate(parts.after, np.concatenate([values, sums])).totals, expected, rtol=1e-14)


def test_what_moves_people_cannot_stand_before_the_sum() -> None:
    g = Graph(4)
    rate = g.input(0)
    share = g.carried(g.const(1.0))
    g.follow(share, g.mul(share, g.exp(g.neg(rate))))
    total = g.carried(g.const(0.0))
    g.follow(total, g.add(g.mul(share, rate), total))
    parts = separate(g, [total], [], n_inputs=1, read=list)
    assert parts is not None
    assert parts.moved_by == (0,)
    values = np.array([[0.3]])
    sums = evaluate(parts.loop, values).totals
    expected = 0.3 * np.exp(-0.3 * np.arange(4)).sum()
    np.testing.assert_allclose(evaluate(parts.after, np.concatenate([values, sums])).totals, expected, rtol=1e-14)


@pytest.mark.parametrize("folder", STUDIES, ids=lambda p: p.name)
def test_two_steps_give_the_outcomes_of_the_whole_program(folder: Path) -> None:
    model = compile_model(load_study(folder))
    parts = model.separated
    if parts is None:
        pytest.skip("its loop would do more")
    points = np.random.default_rng(3).random((len(model.inputs.uncertain), 64))
    values = np.concatenate([model.inputs.values(c, points) for c in model.inputs.laws], axis=1)
    rng = np.random.default_rng(4)
    mixed = np.stack([row[rng.permutation(row.size)] for row in values])
    values = np.concatenate([values, mixed], axis=1)
    whole = evaluate(model.money_program, values)
    found = read_totals(model.shape.money, whole.totals)
    valid = whole.status == 0
    answer = in_two_steps(model, values)
    expected = np.concatenate([found.npv.reshape(-1, valid.size), found.programme.reshape(-1, valid.size)])
    # a net saving is a small difference of what a life costs
    size = np.abs(found.cost).sum(axis=(0, 1)).max()
    np.testing.assert_allclose(answer[:, valid], expected[:, valid], rtol=1e-12, atol=1e-13 * size)
    np.testing.assert_array_equal(answer[:, valid] == 0, expected[:, valid] == 0)


def test_a_row_is_answered_alike_whoever_shares_its_loop() -> None:
    model = compile_model(load_study(CONFIGS / "norrkoping"))
    points = np.random.default_rng(5).random((len(model.inputs.uncertain), 40))
    values = np.concatenate([model.inputs.values(c, points).T for c in model.inputs.laws])
    assert model.separated is not None
    alike = values.copy()
    alike[:, list(model.separated.moved_by)] = values[:1, list(model.separated.moved_by)]
    both = np.concatenate([values, alike])[np.random.default_rng(6).permutation(2 * len(values))]
    evaluate_ = outcome_function(model, model.shape.courses[1])
    together = evaluate_(both)
    np.testing.assert_array_equal(together, np.concatenate([evaluate_(both[k : k + 1]) for k in range(len(both))]))


def test_an_infinite_amount_that_nobody_pays_is_nothing() -> None:
    content = copy.deepcopy(_with_choice_priced())
    # paid in no cycle where base is 1: only the whole program never multiplies it
    content["parameters"]["base"]["dist"] = "uniform(0.5, 1.5)"
    content["cost_items"]["p"]["amount"] = "where(cycle < base - 1, 1 / (base - 1), 0)"
    model = compile_model(write_study(content))
    values = model.inputs.point("two").T
    base = model.inputs.names.index("base")
    values = np.repeat(values, 2, axis=0)
    values[:, base] = 1.0, 2.0
    npv = outcome_function(model, model.shape.courses[1])(values)
    whole = evaluate(model.money_program, values.T)
    assert model.separated is not None
    assert np.isnan(in_two_steps(model, values.T[:, :1])).any()
    np.testing.assert_allclose(npv.T, read_totals(model.shape.money, whole.totals).npv[0], rtol=1e-12)
