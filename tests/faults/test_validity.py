"""Draws and models at the border of what is valid (N2, N4), and estimates against the truth (N7).

What stops and what is rejected (N1) is in test_invalid_draws.py; conservation of mass (N3) is a property of random
models in tests/properties, closed forms (N5) are in tests/analytic, guards of sensitivity methods (N6) in
tests/analysis/sensitivity: README.md of this folder names them.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest

from engine.model.compile import CompiledModel, compile_model
from engine.run.invalid import describe_statuses
from tests.conftest import StudyFolder
from tests.faults.arrays import Arrays, run_here
from tests.faults.statuses import statuses_of
from tests.model.test_compile import _with_choice_priced
from tests.properties.random_studies import write_study

# ---------------------------------------------------------------- N2: one bit for one fault


def crafted(**changes: Any) -> CompiledModel:
    """A study of two states and one uncertain ratio, `x`."""
    content = copy.deepcopy(_with_choice_priced())
    x = {"label": "x", "value": 0.5, "unit": "ratio", "assumption": "x", "dist": "uniform(0, 1)"}
    content["parameters"]["x"] = x
    content["cost_items"]["p"]["amount"] = "1000 * (1 + 0 * x)"
    return compile_model(write_study(content | changes))


def test_a_row_over_one_by_rounding_is_valid_and_by_more_is_not() -> None:
    values = [0.5, 0.6, 0.6 + 1e-13, 0.6 + 2e-12, 0.7]
    model = crafted(
        states={name: {"label": name} for name in ("here", "away", "gone")},
        transitions={"here": {"away": {"probability": 0.4}, "gone": {"probability": "x"}}},
    )
    assert [bool(s) for s in statuses_of(model, values)] == [False, False, False, True, True]
    assert "transitions out of 'here'" in describe_statuses(model, statuses_of(model, values))


def test_a_probability_below_zero_by_rounding_is_valid_and_by_more_is_not() -> None:
    values = [0.1, 0.0, -1e-13, -2e-12, -0.1]
    model = crafted(transitions={"here": {"away": {"probability": "x"}}})
    assert [bool(s) for s in statuses_of(model, values)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("amount", "values", "bad"),
    [
        ("1000 * log(x)", [1.0, 2.0, -1.0], [False, False, True]),
        ("1000 * sqrt(x)", [1.0, 0.0, -1e-300], [False, False, True]),
        ("1000 / x", [1.0, -1.0, 0.0], [False, False, True]),
        ("1000 * x / x", [1.0, 1e-300, 0.0], [False, False, True]),
        ("1000 * exp(x)", [1.0, 700.0, 1000.0], [False, False, True]),
        ("1e308 * x", [1.0, 1.5, 2.0], [False, False, True]),
        ("1000 * x", [1.0, 1e-310, 5e-324], [False, False, False]),
        ("(x + 1e16 - 1e16) * 1000", [0.0, 1.0, 2.0], [False, False, False]),
    ],
)
def test_money_that_is_no_number_is_found_and_money_that_is_tiny_is_not_touched(
    amount: str, values: list[float], bad: list[bool]
) -> None:
    content = {"label": "x", "kind": "resource", "payer": "a", "strategy": "programme", "amount": amount}
    model = crafted(cost_items={"p": content})
    status = statuses_of(model, values)
    assert [bool(s) for s in status] == bad
    if any(bad):
        assert "every outcome is a finite number" in describe_statuses(model, status)


def test_each_rule_has_a_bit_of_its_own() -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    model = crafted(
        transitions={"here": {"away": {"probability": "x / 6"}}},
        constraints=[{"require": "x < 7", "why": "x"}, {"require": "x != 2", "why": "y"}],
    )
    fine, second, valid, both = (int(s) for s in statuses_of(model, values))
    assert fine == valid == 0
    assert second.bit_count() == 1
    assert both.bit_count() == 2
    assert both & second == 0


# ---------------------------------------------------------------- N4: what must not matter, and what must


def money(run: Arrays) -> np.ndarray:
    return run["cost"]


@pytest.fixture
def plain(study: StudyFolder) -> Arrays:
    return run_here(study.folder, draws=512)


def test_costs_of_twice_the_size_are_twice_the_costs_to_the_last_bit(study: StudyFolder, plain: Arrays) -> None:
    text = study.text("model.yaml")
    text = re.sub(r"amount: ([^,]+),", r"amount: 2 * (\1),", text)
    study.write("model.yaml", text)
    double = run_here(study.folder, draws=512)
    np.testing.assert_array_equal(double["cost"], 2 * plain["cost"])
    np.testing.assert_array_equal(double["npv"], 2 * plain["npv"])
    np.testing.assert_array_equal(double["payback_year"], plain["payback_year"])
    np.testing.assert_array_equal(double["benefit_cost_ratio"], plain["benefit_cost_ratio"])


def test_states_in_another_order_give_the_same_money(study: StudyFolder, plain: Arrays) -> None:
    text = study.text("model.yaml")
    i, j = text.index("states:\n"), text.index("start:\n")
    lines = text[i:j].splitlines()[1:]
    study.write("model.yaml", text[:i] + "states:\n" + "\n".join(reversed(lines)) + "\n" + text[j:])
    other = run_here(study.folder, draws=512)
    for name in ("cost", "npv"):
        np.testing.assert_allclose(other[name], plain[name], rtol=1e-12, atol=1e-12 * np.abs(plain[name]).max())
    np.testing.assert_allclose(other["mean_occupancy"][:, :, ::-1], plain["mean_occupancy"], atol=1e-13)


def test_a_payer_in_two_parts_pays_what_the_whole_paid(study: StudyFolder, plain: Arrays) -> None:
    """Two thirds of the municipality's assistance moved to a payer of its own, in the same perspectives."""
    study.patch("model.yaml", "payers:\n", "payers:\n  district: {label: District}\n")
    study.patch("model.yaml", "payers: [municipality]}", "payers: [municipality, district]}")
    item = "assistance: {label: Assistance, amount: benefit_year, payer: municipality, kind: resource, state: outside}"
    parts = [
        item.replace("benefit_year", "benefit_year / 3"),
        item.replace("benefit_year", "benefit_year * 2 / 3").replace("municipality", "district").replace(
            "assistance: {label: Assistance", "assistance_2: {label: More assistance"
        ),
    ]  # fmt: skip
    study.patch("model.yaml", item, "\n  ".join(parts))
    split = run_here(study.folder, draws=512)
    # perspectives come first in npv: municipal, society
    np.testing.assert_allclose(split["npv"][:, :, :2], plain["npv"][:, :, :2], rtol=1e-11, atol=1e-7)
    np.testing.assert_allclose(split["cost"][:, :, 0] + split["cost"][:, :, 1], plain["cost"][:, :, 0], rtol=1e-12)


def test_without_discounting_npv_is_the_sum_of_the_years(study: StudyFolder) -> None:
    study.patch("model.yaml", "label: Discount rate, value: 0.03", "label: Discount rate, value: 0")
    run = run_here(study.folder, draws=512)
    payers = run["npv"][:, :, 2:4].mean(axis=-1)
    years = run["mean_cash_flow"].sum(axis=-1)
    np.testing.assert_allclose(years, payers, rtol=1e-11, atol=1e-9 * np.abs(payers).max())


def test_an_intervention_that_is_the_baseline_saves_exactly_nothing(study: StudyFolder) -> None:
    study.patch("model.yaml", "uptake: 0.8", "uptake: 0")
    study.patch("model.yaml", "coach: {label: A coach, value: 50_000", "coach: {label: A coach, value: 0")
    run = run_here(study.folder, draws=512)
    assert not run["npv"].any()
    assert not run["mean_cash_flow"].any()
    assert not np.signbit(run["npv"]).all()
