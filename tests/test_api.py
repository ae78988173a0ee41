"""The verbs, as a user of the package calls them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine.analysis.sensitivity import analyze_sensitivity
from engine.errors import RunError, UsageError

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


@pytest.fixture(scope="module")
def norrkoping():  # type: ignore[no-untyped-def]
    return engine.compile_model(CONFIGS / "norrkoping")


def test_contributions_add_up_to_the_difference_for_every_pair_and_party(norrkoping) -> None:  # type: ignore[no-untyped-def]
    gaps = engine.explain_differences(norrkoping, draws=16)
    assert gaps.sizes["pair"] == 6
    total = gaps["shapley"].sum("assumption")
    scale = float(np.abs(gaps["gap"]).max())
    np.testing.assert_allclose(total, gaps["gap"], rtol=0, atol=1e-9 * scale)
    assert (gaps["exact"] == 1).all()


def test_the_difference_between_a_and_b_is_minus_that_between_b_and_a(norrkoping) -> None:  # type: ignore[no-untyped-def]
    one = engine.explain_differences(norrkoping, between=("consultant", "standard_tool"), draws=16).isel(pair=0)
    two = engine.explain_differences(norrkoping, between=("standard_tool", "consultant"), draws=16).isel(pair=0)
    scale = float(np.abs(one["gap"]).max())
    np.testing.assert_allclose(one["shapley"], -two["shapley"], rtol=0, atol=1e-9 * scale)


def test_bundled_assumptions_move_together(norrkoping) -> None:  # type: ignore[no-untyped-def]
    gaps = engine.explain_differences(norrkoping, between=("consultant", "researcher"), draws=16)
    names = [str(a) for a in gaps["assumption"].values]
    assert "fade" in names
    assert not {"fade_out", "half_life", "fade_years"} & set(names)


def test_total_of_sobol_is_not_less_than_first_order_beyond_its_error(norrkoping) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(norrkoping, calculation="consultant", method="sobol", n=64)
    assert set(found["parameter"].values) == set(norrkoping.inputs.uncertain_in("consultant"))
    slack = found["ST_conf"] + found["S1_conf"]
    assert bool((found["ST"] >= found["S1"] - 3 * slack - 0.02).all())


def test_another_seed_gives_other_draws_and_the_same_seed_the_same(norrkoping) -> None:  # type: ignore[no-untyped-def]
    a = engine.run_model(norrkoping, draws=64, seed=1)["npv"]
    b = engine.run_model(norrkoping, draws=64, seed=2)["npv"]
    c = engine.run_model(norrkoping, draws=64, seed=1)["npv"]
    assert (a != b).any()
    np.testing.assert_array_equal(a, c)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: engine.point_npv(m, "consultent"),
        lambda m: engine.explain_differences(m, between=("consultant", "nobody")),
        lambda m: engine.analyze_sensitivity(m, calculation="consultant", party="nobody"),
        lambda m: engine.analyze_sensitivity(m, calculation="consultant", method="magic"),
        lambda m: engine.point_npv(m, "consultant", strategy="usual"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_exist(norrkoping, call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=r"there are|There are"):
        call(norrkoping)


@pytest.mark.parametrize("outcome", ["npv", "programme_cost", "benefit_cost_ratio"])
def test_sensitivity_is_found_for_other_outcomes_than_npv(norrkoping, outcome: str) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(
        norrkoping, calculation="consultant", method="oneway", outcome=outcome, n=16, party="society"
    )
    assert found.attrs["outcome"] == outcome
    swing = np.abs(found["high_outcome"] - found["low_outcome"])
    expected = "programme_cost" if outcome == "programme_cost" else None
    largest = str(found["parameter"].values[int(np.argmax(swing.values))])
    assert expected is None or largest == expected


def test_an_outcome_that_can_be_infinite_is_refused(norrkoping) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RunError, match="not a finite number"):
        engine.analyze_sensitivity(
            norrkoping, calculation="finance_director", method="oneway", outcome="payback_year", n=16
        )


def test_an_analysis_takes_any_function_of_points_of_the_unit_cube() -> None:
    found = analyze_sensitivity(lambda x: x[:, 0] + 3 * x[:, 1], names=["a", "b"], method="sobol", n=256, seed=1)
    # linear in uniforms: shares of variance 1/10 and 9/10
    error = found["S1_conf"].values
    np.testing.assert_array_less(np.abs(found["S1"].values - [0.1, 0.9]), 3 * error + 1e-3)
