from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.errors import SpecError
from engine.kernel.reference import evaluate
from engine.model.compile import compile_model
from engine.model.inputs import law_of, price_factor
from engine.run.outcomes import read_totals
from engine.spec.load import load_study
from tests.analytic.test_closed_forms import study as closed_form
from tests.conftest import StudyFolder
from tests.properties.random_studies import write_study

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_assumptions_that_nobody_varies_are_folded() -> None:
    model = compile_model(load_study(CONFIGS / "two_state"))
    assert model.inputs.names == ("horizon", "risk_ratio")
    assert model.inputs.uncertain == ("risk_ratio",)
    assert model.inputs.fixed["discount_rate"] == 0.25


def test_one_program_serves_all_calculations() -> None:
    model = compile_model(load_study(CONFIGS / "norrkoping"))
    assert set(model.inputs.laws) == {"finance_director", "consultant", "researcher", "standard_tool"}
    assert all(len(laws) == len(model.inputs.names) for laws in model.inputs.laws.values())


def test_money_of_another_year_is_brought_to_the_studys_prices() -> None:
    study = load_study(CONFIGS / "norrkoping")
    assert price_factor(study, 2019) == pytest.approx(403.70 / 334.26, rel=1e-12)
    assert price_factor(study, 2023) == price_factor(study, None) == 1.0
    model = compile_model(study)
    assert model.inputs.fixed["prison_day"] == pytest.approx(3202 * 403.70 / 334.26, rel=1e-12)


def test_a_calculation_that_gives_a_value_alone_is_certain_of_it() -> None:
    study = load_study(CONFIGS / "norrkoping")
    assert law_of(study, "consultant", "effect_factor").family == "point"
    assert law_of(study, "researcher", "effect_factor").family == "beta"
    assert law_of(study, "consultant", "hr_out").family == "lognormal"


def test_probabilities_that_always_exceed_one_are_told_with_place_and_age() -> None:
    effect = {"on": "here -> away", "difference": 0.3}
    with pytest.raises(SpecError, match=r"add up to more than 1") as caught:
        closed_form({"here": {"away": {"probability": "0.4 + 0.02 * time"}}}, effects=(effect,))
    (problem,) = caught.value.problems
    assert problem.where == "transitions.here"
    assert problem.line > 0
    assert "cycle 31" in problem.message


def test_a_table_that_ends_too_early_is_told_with_its_range(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(CONFIGS / "norrkoping", tmp_path / "n")
    model = tmp_path / "n" / "model.yaml"
    text = model.read_text()
    at = text.index("from_misuse:")
    model.write_text(text[:at] + text[at:].replace("outside: hold", "outside: error", 1))
    study = load_study(tmp_path / "n")
    with pytest.raises(SpecError, match=r"table 'from_misuse' covers age"):
        compile_model(study)


def test_perspectives_count_the_payers_of_those_they_include() -> None:
    model = compile_model(load_study(CONFIGS / "norrkoping"))
    counted = dict(zip(model.shape.perspectives, model.shape.members.sum(axis=1).tolist(), strict=True))
    assert counted == {"municipal_budget": 1, "public_sector": 7, "society": 10}


def test_the_horizon_must_be_simulated() -> None:
    with pytest.raises(SpecError, match="a horizon of 21 years, and 20 are simulated"):
        closed_form({}, horizon=21)


def test_choice_as_input_selects_the_alternative(tmp_path: Path) -> None:
    content: dict[str, Any] = _with_choice_priced()
    model = compile_model(write_study(content))
    one, two = engine.point_npv(model, "one")["all"], engine.point_npv(model, "two")["all"]
    assert one == pytest.approx(-1000.0)
    assert two == pytest.approx(-500.0)


def _with_choice_priced() -> dict[str, Any]:
    return {
        "title": "choice",
        "price_year": 2023,
        "time": {"cycles": 3, "horizon": 3, "discount_rate": 0},
        "payers": {"a": {"label": "a"}},
        "perspectives": {"all": {"label": "all", "payers": ["a"]}},
        "parameters": {
            name: {"label": name, "value": 1, "unit": "ratio", "assumption": "x"} for name in ("base", "horizon")
        },
        "choices": {
            "fade": {
                "label": "f",
                "default": "none",
                "alternatives": {"none": {"label": "n", "value": 1}, "half": {"label": "h", "value": 0.5}},
            }
        },
        "states": {"here": {"label": "here"}, "away": {"label": "away"}},
        "start": {"here": 1},
        "transitions": {"here": {"away": {"probability": 0.1}}},
        "cost_items": {
            "p": {"label": "x", "kind": "resource", "payer": "a", "strategy": "programme", "amount": "1000 * fade"}
        },
        "strategies": {"usual": {"label": "u", "baseline": True}, "programme": {"label": "p"}},
    }


def test_values_follow_the_laws_at_points_of_the_unit_cube() -> None:
    model = compile_model(load_study(CONFIGS / "two_state"))
    values = model.inputs.values("wary", np.array([[0.25, 0.75]]))
    np.testing.assert_array_equal(values, [[2.0, 2.0], [1.0, 3.0]])
    np.testing.assert_array_equal(model.inputs.values("hopeful", np.array([[0.25, 0.75]]))[1], [2.0, 2.0])


def test_programme_cost_is_what_a_participant_costs_beyond_the_baseline(study: StudyFolder) -> None:
    usual = "  usual_cost: {label: Usual, amount: 20_000, payer: municipality, kind: resource, strategy: usual}\n"
    study.patch("model.yaml", "cost_items:\n", f"cost_items:\n{usual}")
    model = compile_model(study.load())
    totals = read_totals(model.shape, evaluate(model.totals_program, model.inputs.point("controller")).totals)
    mid = 1.03**-0.5  # both are paid in the middle of the first cycle
    assert totals.programme[0, model.shape.parties.index("municipality"), 0] == pytest.approx(30_000 * mid, rel=1e-12)


def test_subgroups_that_differ_in_their_start_alone_are_followed_as_one(study: StudyFolder) -> None:
    alone = compile_model(study.load())
    parts = (
        "subgroups:\n  out: {label: Outside, share: 0.75}\n  at_work: {label: At work, share: 0.25, set: {first: 1}}\n"
    )
    study.patch("model.yaml", "  outside: 1\n", "  outside: 1 - first\n  employed: first\n")
    first = "  first: {label: At work at the start, value: 0, unit: share, assumption: None.}\n"
    study.patch("model.yaml", "parameters:\n", f"{parts}parameters:\n{first}")
    model = compile_model(study.load())
    in_loop = [sum(o.in_loop for o in m.money_program.operations) for m in (model, alone)]
    assert in_loop[0] == in_loop[1]
    point = model.inputs.point("controller")
    shape = model.shape
    whole = read_totals(shape, evaluate(model.totals_program, point).totals)
    lean = read_totals(shape.money, evaluate(model.money_program, point).totals)
    np.testing.assert_array_equal(whole.npv, lean.npv)
    np.testing.assert_allclose(np.tensordot([0.75, 0.25], whole.subgroup_npv, axes=1), whole.npv, rtol=1e-12)
