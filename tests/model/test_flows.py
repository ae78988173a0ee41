"""How many people move: against the pencil, and against the compiled program of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, compile_model
from engine.model.flows import baseline_flows
from engine.run.outcomes import read_yearly
from engine.spec.load import load_study
from tests.conftest import StudyFolder

CONFIGS = Path(__file__).parents[2] / "configs"


def _occupancy(model: CompiledModel, calculation: str) -> np.ndarray:
    """Of the baseline at point values by the program of a run, (state, t + 1)."""
    out = evaluate(model.yearly_program, model.inputs.point(calculation))
    return read_yearly(model.shape, out.totals, out.yearly).occupancy[0, :, :, 0]


def test_flows_of_two_states_are_those_worked_out_by_hand() -> None:
    model = compile_model(load_study(CONFIGS / "two_state"))
    flows = baseline_flows(model.study, model.inputs)
    # Out of work: 1, 0.75, 0.75^2 + 0.25 * 0.1; a quarter of them find work, a tenth of the others lose it.
    out_of_work = np.array([1.0, 0.75, 0.5875])
    by_hand = np.stack([0.25 * out_of_work, 0.1 * (1 - out_of_work)])
    assert flows.pairs == (("out_of_work", "at_work"), ("at_work", "out_of_work"))
    np.testing.assert_allclose(flows.moved, by_hand, rtol=1e-14)
    assert (flows.calculation, flows.horizon) == ("hopeful", 3.0)
    np.testing.assert_allclose(flows.per_year, by_hand.mean(axis=1), rtol=1e-14)


@pytest.mark.parametrize("name", ["two_state", "norrkoping"])
def test_flows_lead_from_each_occupancy_of_a_run_to_the_next(name: str) -> None:
    model = compile_model(load_study(CONFIGS / name))
    flows = baseline_flows(model.study, model.inputs)
    occupancy = _occupancy(model, flows.calculation)
    states = list(model.shape.states)
    net = np.zeros_like(occupancy[:, 1:])
    for (source, target), moved in zip(flows.pairs, flows.moved, strict=True):
        net[states.index(source)] -= moved
        net[states.index(target)] += moved
    np.testing.assert_allclose(np.diff(occupancy, axis=1), net, atol=1e-13)
    assert flows.start == pytest.approx(dict(zip(states, occupancy[:, 0], strict=True)))


def test_flows_with_hazards_rest_and_shorter_horizon_follow_the_run(study: StudyFolder) -> None:
    model = compile_model(load_study(study.folder))
    flows = baseline_flows(model.study, model.inputs)
    assert (flows.calculation, flows.horizon) == ("consultant", 8.0)
    occupancy = _occupancy(model, "consultant")
    states = list(model.shape.states)
    arrived = sum(m for (_, t), m in zip(flows.pairs, flows.moved, strict=True) if t == "dead")
    np.testing.assert_allclose(np.cumsum(arrived), occupancy[states.index("dead"), 1:], rtol=1e-12)
    # `rest` sends whoever is left of the training course back: half find work, the others do not stay.
    back = flows.moved[flows.pairs.index(("training_course", "outside"))]
    np.testing.assert_allclose(back, 0.5 * occupancy[states.index("training_course"), :-1], rtol=2e-3)  # few die
    np.testing.assert_allclose(flows.per_year, flows.moved[:, :8].mean(axis=1), rtol=1e-12)


def test_effects_say_what_they_act_on_and_what_gives_way() -> None:
    model = compile_model(load_study(CONFIGS / "norrkoping"))
    leaving, misuse, custody = baseline_flows(model.study, model.inputs).reaches
    assert leaving.value == 2.0
    assert leaving.targets == {
        (s, t)
        for s in ("outside", "long_term_unemployed")
        for t in ("employed", "short_term_unemployed", "education")
    }  # fmt: skip
    # `complement: others`: all other probabilities of the two rows, but not the hazard of dying.
    assert ("outside", "misuse") in leaving.complement
    assert not {pair for pair in leaving.complement if pair[1] == "dead"}
    assert {t for _, t in misuse.targets} == {"misuse"}
    assert len(misuse.targets) == sum("misuse" in row for row in model.study.model.transitions.values())
    assert misuse.complement == custody.complement == frozenset()  # who is left stays
