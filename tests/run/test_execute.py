from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import ResourceError, RunError, UsageError
from engine.kernel.layout import TILE
from engine.model.compile import CompiledModel, compile_model
from engine.run import plan
from engine.run.blocks import Settings, filled
from engine.run.execute import run_calculation
from engine.run.functions import outcome_function, yearly_function
from engine.run.invalid import InvalidDraws
from engine.run.outcomes import read_yearly
from engine.spec.load import load_study
from tests.model.test_compile import _with_choice_priced
from tests.properties.random_studies import write_study

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.fixture(scope="module")
def norrkoping() -> CompiledModel:
    return compile_model(load_study(CONFIGS / "norrkoping"))


def risky_content(**changes: Any) -> dict[str, Any]:
    """A probability that a law can take above 1: in half of the draws."""
    content = copy.deepcopy(_with_choice_priced())
    content["parameters"]["chance"] = {
        "label": "chance",
        "value": 1,
        "dist": "uniform(0.5, 1.5)",
        "unit": "ratio",
        "assumption": "x",
    }
    content["transitions"]["here"]["away"] = {"probability": "chance"}
    content["cost_items"]["p"]["amount"] = "1000 * chance"
    return content | changes


def risky(**changes: Any) -> CompiledModel:
    return compile_model(write_study(risky_content(**changes)))


def test_npv_of_a_draw_is_the_same_alone_and_in_a_run(norrkoping: CompiledModel) -> None:
    from engine.run.designs import unit_points

    run = run_calculation(norrkoping, "consultant", draws=300, seed=4, design="monte_carlo", paths=10)
    points = unit_points("monte_carlo", norrkoping.inputs.uncertain, seed=4, start=123, stop=124, total=300)
    values = norrkoping.inputs.values("consultant", points)
    alone = outcome_function(norrkoping, "early_support", settings=Settings(threads=1))(values.T)
    # amounts stand before sums over cycles there, and within them in a run
    np.testing.assert_allclose(alone[0], run.npv[0, :, 123], rtol=1e-12, atol=1e-9)


def test_growing_a_run_keeps_its_first_draws(norrkoping: CompiledModel) -> None:
    for design in ("monte_carlo", "sobol"):
        few = run_calculation(norrkoping, "researcher", draws=300, seed=4, design=design, paths=10)
        more = run_calculation(norrkoping, "researcher", draws=700, seed=4, design=design, paths=10)
        np.testing.assert_array_equal(few.npv, more.npv[..., :300])


def test_mean_yearly_savings_are_the_means_of_the_draws(norrkoping: CompiledModel) -> None:
    run = run_calculation(norrkoping, "standard_tool", draws=700, seed=4, design="sobol", paths=700)
    q = norrkoping.shape.parties.index("municipality")
    p = norrkoping.shape.payers.index("municipality")
    at_end = run.cumulative[0, q].mean(axis=-1)
    np.testing.assert_allclose(np.cumsum(run.mean_saving[0, p]), at_end[1:], rtol=1e-12)
    assert run.mean_occupancy.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_an_invalid_draw_stops_the_run_and_is_explained() -> None:
    with pytest.raises(InvalidDraws) as caught:
        run_calculation(risky(), "one", draws=512, seed=1, design="sobol", paths=1)
    message = str(caught.value)
    assert "256 of 512 draws" in message
    assert "transitions out of 'here'" in message
    assert "model.yaml:" in message
    assert "chance = 1." in message


def test_invalid_draws_can_be_rejected_and_are_counted() -> None:
    run = run_calculation(risky(), "one", draws=512, seed=1, design="sobol", paths=512, reject=True)
    assert run.rejected == 256
    assert np.isnan(run.npv[..., run.status != 0]).all()
    assert np.isfinite(run.npv[..., run.status == 0]).all()
    assert run.mean_occupancy.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_a_run_of_invalid_draws_only_is_no_run() -> None:
    model = risky(start={"here": 0.5, "away": "0.5 * chance"})
    with pytest.raises(InvalidDraws, match="512 of 512 draws"):
        run_calculation(model, "one", draws=512, seed=1, design="sobol", paths=1, reject=True)


def test_a_constraint_that_a_mixture_breaks_names_both_assumptions() -> None:
    content = copy.deepcopy(_with_choice_priced())
    content["constraints"] = [{"require": "horizon + base <= 2.8", "why": "They belong together."}]
    # each calculation keeps the rule, a mixture of the two does not: (1, 1.1) and (2, 0.6) against (2, 1.1)
    content["parameters"]["base"]["value"] = 1.1
    model = compile_model(write_study(content))
    with pytest.raises(RunError, match="'base' and 'horizon' do not go together"):
        engine.explain_differences(model)


def test_more_than_a_billion_draws_are_refused_before_any_work(norrkoping: CompiledModel) -> None:
    with pytest.raises(ResourceError, match="ask for fewer draws"):
        engine.run_model(norrkoping, draws=10**10)


def test_more_kept_draws_than_memory_are_refused_before_any_work(norrkoping: CompiledModel) -> None:
    with pytest.raises(ResourceError, match="of memory"):
        engine.run_model(norrkoping, draws=10**9, keep=10**9)


def test_too_few_draws_are_refused(norrkoping: CompiledModel) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        engine.run_model(norrkoping, draws=0)
    with pytest.raises(UsageError, match="at least 16"):
        engine.run_model(norrkoping, draws=15)


def test_blocks_are_whole_tiles() -> None:
    assert plan.block_size(1) == TILE
    assert plan.block_size(257) == 2 * TILE
    assert [tuple(s) for s in plan.cut(1000, 512)] == [(0, 512), (512, 1000)]
    assert plan.block_size(None, 10**9) == TILE
    assert plan.block_size(None, 100) == plan.LARGEST_BLOCK


@pytest.mark.parametrize("wrong", [{"threads": 0}, {"threads": -1}, {"block": 0}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        Settings(**wrong)


@pytest.mark.parametrize("block", [256, 1024])
def test_what_is_told_of_invalid_draws_does_not_depend_on_the_block_size(block: int) -> None:
    with pytest.raises(InvalidDraws, match="2048 of 4096 draws"):
        run_calculation(
            risky(), "one", draws=4096, seed=1, design="sobol", paths=1, settings=Settings(threads=2, block=block)
        )


def test_money_that_cancels_leaves_no_rounding_to_be_told_as_a_saving() -> None:
    content = copy.deepcopy(_with_choice_priced())
    content["payers"] = {p: {"label": p} for p in "abc"}
    content["perspectives"]["all"]["payers"] = ["a", "b", "c"]
    content["parameters"]["money"] = {
        "label": "m",
        "value": 777,
        "dist": "gamma(mean=777, sd=300)",
        "unit": "SEK/person-year",
        "price_year": 2023,
        "assumption": "x",
    }
    move = {"label": "x", "kind": "transfer", "payer": "a", "state": "here"}
    content["cost_items"] = {
        "one": move | {"to": "b", "amount": "money * 1.1 ^ time"},
        "two": move | {"to": "c", "amount": "money / 3"},
    }
    content["strategies"]["programme"]["effects"] = [{"on": "here -> away", "hazard_ratio": 2}]
    run = run_calculation(compile_model(write_study(content)), "one", draws=256, seed=1, design="sobol", paths=8)
    assert (run.npv[:, 0] == 0.0).all()
    assert np.isnan(run.payback[:, 0]).all()
    assert (run.npv[:, 1:] != 0.0).all()


def test_an_outcome_that_is_no_number_is_refused_by_the_function_too() -> None:
    content = copy.deepcopy(_with_choice_priced())
    content["cost_items"]["p"]["amount"] = "1000 * log(base - 1)"
    model = compile_model(write_study(content))
    with pytest.raises(InvalidDraws, match="not a finite number"):
        engine.point_npv(model, "two")


def test_an_effect_with_ratio_zero_can_end() -> None:
    content = copy.deepcopy(_with_choice_priced())
    content["cost_items"]["p"] = {"label": "x", "kind": "resource", "payer": "a", "state": "away", "amount": 100}
    content["strategies"]["programme"]["effects"] = [{"on": "here -> away", "hazard_ratio": 0, "duration": 1}]
    saved = engine.point_npv(compile_model(write_study(content)), "one")["all"]
    # nobody leaves in year 0: 0.1 fewer away in year 1, 0.09 fewer in year 2
    assert saved > 0


def test_an_error_in_a_block_reaches_the_caller_from_a_thread(norrkoping: CompiledModel) -> None:
    evaluate = outcome_function(norrkoping, "early_support", settings=Settings(threads=2))
    values = np.repeat(norrkoping.inputs.point("consultant").T, 20_000, axis=0)
    values[15_000, norrkoping.inputs.names.index("start_outside")] = 1.5
    with pytest.raises(InvalidDraws, match="row 15000"):
        evaluate(values)


def test_yearly_savings_of_a_payer_add_up_to_its_npv(norrkoping: CompiledModel) -> None:
    inputs = np.concatenate([norrkoping.inputs.point(c).T for c in norrkoping.inputs.laws])
    by_year = yearly_function(norrkoping, "early_support")(inputs).reshape(len(inputs), 10, 49)
    npv = outcome_function(norrkoping, "early_support")(inputs)[:, 3:]
    np.testing.assert_allclose(by_year.sum(axis=2), npv, rtol=1e-10, atol=1e-6)


def test_savings_by_year_and_payer_are_those_that_a_run_reads(norrkoping: CompiledModel) -> None:
    values = norrkoping.inputs.point("consultant")
    block = filled(norrkoping.yearly_program, values)
    norrkoping.yearly_kernel(block)
    read = read_yearly(norrkoping.shape, block.totals, block.yearly).discounted[0, :, :, 0]
    found = yearly_function(norrkoping, "early_support", Settings(threads=1))(values.T)
    np.testing.assert_array_equal(found.reshape(read.shape), read)
