"""Models whose answer is a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from engine.errors import SpecError
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, compile_model
from engine.run.outcomes import read_totals, read_yearly
from tests.properties.random_studies import STRATEGY, write_study

CYCLES, LENGTH = 40, 0.5


def study(
    transitions: dict[str, Any],
    *,
    effects: tuple[dict[str, Any], ...] = (),
    more: dict[str, Any] | None = None,
    **time: Any,
) -> CompiledModel:
    """Two states; people start in `here`, whence nobody leaves without transitions. A year there costs 1000.

    `more` is added to the sections of the model.
    """
    return compile_model(
        write_study(
            with_more(
                {
                    "title": "closed form",
                    "price_year": 2023,
                    "time": {"cycle_length": LENGTH, "cycles": CYCLES, "horizon": 20, "discount_rate": 0.04} | time,
                    "payers": {"a": {"label": "a"}},
                    "perspectives": {"all": {"label": "all", "payers": ["a"]}},
                    "parameters": {
                        name: {"label": name, "value": 1, "unit": "ratio", "assumption": "x"}
                        for name in ("base", "horizon")
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
                    "transitions": transitions or {"here": {"away": {"probability": 0}}},
                    "cost_items": {
                        "stay": {"label": "x", "kind": "resource", "payer": "a", "state": "here", "amount": 1000},
                        "free": {"label": "x", "kind": "resource", "payer": "a", "strategy": STRATEGY, "amount": 0},
                    },
                    "strategies": {
                        "usual": {"label": "u", "baseline": True},
                        STRATEGY: {"label": "p", "effects": list(effects)},
                    },
                },
                more or {},
            )
        )
    )


def with_more(content: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    for key, value in more.items():
        content[key] = {**content.get(key, {}), **value} if isinstance(value, dict) else value
    return content


def run(model: CompiledModel):  # type: ignore[no-untyped-def]
    out = evaluate(model.yearly_program, model.inputs.point("one"))
    return read_totals(model.shape, out.totals), read_yearly(model.shape, out.totals, out.yearly)


def test_a_constant_hazard_gives_exponential_survival() -> None:
    _, yearly = run(study({"here": {"away": {"hazard": 0.3}}}))
    at = np.arange(CYCLES + 1) * LENGTH
    np.testing.assert_allclose(yearly.occupancy[0, 0, :, 0], np.exp(-0.3 * at), rtol=1e-12)


@pytest.mark.parametrize(
    ("law", "parameters", "left"),
    [
        ("weibull", (1.6, 7), lambda t: stats.weibull_min.sf(t, 1.6, scale=7)),
        ("gompertz", (0.08, 0.03), lambda t: stats.gompertz.sf(t, 0.03 / 0.08, scale=1 / 0.08)),
        ("log_logistic", (2.2, 6), lambda t: stats.fisk.sf(t, 2.2, scale=6)),
        ("lognormal", (1.8, 0.6), lambda t: stats.lognorm.sf(t, 0.6, scale=np.exp(1.8))),
    ],
)
def test_a_probability_of_a_law_between_two_times_gives_its_survival(
    law: str, parameters: tuple[float, float], left: Callable[[np.ndarray], np.ndarray]
) -> None:
    a, b = parameters
    # `base` is 1 but belongs to the draw, so that the kernel computes the law
    probability = f"{law}_prob(time, time + cycle_length, {a} * base, {b} * base)"
    _, yearly = run(study({"here": {"away": {"probability": probability}}}))
    at = np.arange(CYCLES + 1) * LENGTH
    np.testing.assert_allclose(yearly.occupancy[0, 0, :, 0], left(at), rtol=1e-11)
    whole = study({"here": {"away": {"probability": f"1 - {law}_survival(20, {a}, {b})"}}})
    np.testing.assert_allclose(run(whole)[1].occupancy[0, 0, 1, 0], left(np.array(20.0)), rtol=1e-11)


def test_a_law_that_cannot_be_is_told_with_its_place() -> None:
    with pytest.raises(SpecError) as caught:
        study({"here": {"away": {"probability": "weibull_prob(time, time + cycle_length, 1.5, 0)"}}})
    assert caught.value.problems[0].where.startswith("transitions.here")


def test_a_constant_probability_gives_geometric_survival() -> None:
    _, yearly = run(study({"here": {"away": {"probability": 0.2}}}))
    np.testing.assert_allclose(yearly.occupancy[0, 0, :, 0], 0.8 ** np.arange(CYCLES + 1), rtol=1e-12)


def test_a_two_state_chain_approaches_its_equilibrium_geometrically() -> None:
    p, q = 0.2, 0.05
    _, yearly = run(study({"here": {"away": {"probability": p}}, "away": {"here": {"probability": q}}}))
    k = np.arange(CYCLES + 1)
    expected = q / (p + q) + p / (p + q) * (1 - p - q) ** k
    np.testing.assert_allclose(yearly.occupancy[0, 0, :, 0], expected, rtol=1e-12)


@pytest.mark.parametrize(("timing", "offset"), [("start", 0.0), ("mid", 0.5), ("end", 1.0)])
def test_a_constant_cost_is_an_annuity(timing: str, offset: float) -> None:
    totals, _ = run(study({}, discount_timing=timing))
    v = 1.04**-LENGTH
    expected = 1000 * LENGTH * v**offset * (1 - v**CYCLES) / (1 - v)
    np.testing.assert_allclose(totals.cost[0, 0, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("horizon", [0, 0.2, 0.5, 3, 3.3, 20])
def test_the_horizon_counts_time_up_to_itself(horizon: float) -> None:
    totals, _ = run(study({}, horizon=horizon, discount_rate=0))
    assert totals.cost[0, 0, 0] == pytest.approx(1000 * horizon, rel=1e-12)


def test_half_cycle_correction_is_the_trapezium_rule() -> None:
    totals, yearly = run(study({"here": {"away": {"hazard": 0.3}}}, within_cycle="half_cycle", discount_rate=0))
    x = yearly.occupancy[0, 0, :, 0]
    expected = 1000 * LENGTH * (x[:-1] + x[1:]).sum() / 2
    np.testing.assert_allclose(totals.cost[0, 0, 0], expected, rtol=1e-12)


def test_competing_hazards_share_those_who_leave_by_their_hazards() -> None:
    model = study({"here": {"away": {"hazard": 0.3}}})
    rival = study({"here": {"away": {"hazard": "0.1 + 0.2"}}})
    np.testing.assert_allclose(run(model)[1].occupancy, run(rival)[1].occupancy, rtol=1e-12)


def test_a_hazard_ratio_multiplies_the_hazard_on_either_way_of_writing() -> None:
    effect = {"on": "here -> away", "hazard_ratio": 2}
    by_hazard = run(study({"here": {"away": {"hazard": 0.3}}}, effects=(effect,)))[1]
    p = 1 - np.exp(-0.3 * LENGTH)
    by_probability = run(study({"here": {"away": {"probability": float(p)}}}, effects=(effect,)))[1]
    at = np.arange(CYCLES + 1) * LENGTH
    np.testing.assert_allclose(by_hazard.occupancy[1, 0, :, 0], np.exp(-0.6 * at), rtol=1e-12)
    np.testing.assert_allclose(by_probability.occupancy[1, 0, :, 0], np.exp(-0.6 * at), rtol=1e-11)


def test_a_ratio_fades_on_the_log_scale() -> None:
    effect = {"on": "here -> away", "hazard_ratio": 2, "fade": "exponential(3)"}
    occupancy = run(study({"here": {"away": {"hazard": 0.3}}}, effects=(effect,)))[1].occupancy[1, 0, :, 0]
    hazard = 0.3 * 2 ** (0.5 ** (np.arange(CYCLES) * LENGTH / 3))
    np.testing.assert_allclose(occupancy[1:], np.exp(-np.cumsum(hazard) * LENGTH), rtol=1e-12)


def test_an_effect_acts_from_its_start_and_for_its_duration() -> None:
    effect = {"on": "here -> away", "hazard_ratio": 2, "start": 1, "duration": 2}
    occupancy = run(study({"here": {"away": {"hazard": 0.3}}}, effects=(effect,)))[1].occupancy[1, 0, :, 0]
    at = np.arange(CYCLES) * LENGTH
    hazard = np.where((at >= 1) & (at < 3), 0.6, 0.3)
    np.testing.assert_allclose(occupancy[1:], np.exp(-np.cumsum(hazard) * LENGTH), rtol=1e-12)
