"""Whole models whose answer is a formula: times to events, continuous time, sums over time, lengths of cycles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.analytic.test_closed_forms import CYCLES, LENGTH, run, study

AT = np.arange(CYCLES + 1) * LENGTH


def left(transition: dict[str, Any], **time: Any) -> np.ndarray:
    """Share still in the first state, (t + 1,)."""
    return run(study({"here": {"away": transition}}, **time))[1].occupancy[0, 0, :, 0]


@pytest.mark.parametrize(
    ("law", "survives"),
    [
        ("exponential(0.3 * base)", lambda t: np.exp(-0.3 * t)),
        ("weibull(1.6 * base, 7)", lambda t: stats.weibull_min.sf(t, 1.6, scale=7)),
        ("weibull(0.7, 7 * base)", lambda t: stats.weibull_min.sf(t, 0.7, scale=7)),
        ("gompertz(0.08 * base, 0.03)", lambda t: np.exp(-0.03 / 0.08 * np.expm1(0.08 * t))),
        ("gompertz(-0.3, 0.2 * base)", lambda t: np.exp(0.2 / 0.3 * np.expm1(-0.3 * t))),
        ("gompertz(base - base, 0.2)", lambda t: np.exp(-0.2 * t)),
        ("log_logistic(2.2, 6 * base)", lambda t: 1 / (1 + (t / 6) ** 2.2)),
        ("lognormal(1.8 * base, 0.6)", lambda t: stats.lognorm.sf(t, 0.6, scale=np.exp(1.8))),
    ],
)
def test_who_is_still_there_after_k_cycles_is_the_survival_of_the_time_to_the_event(
    law: str, survives: Callable[[np.ndarray], np.ndarray]
) -> None:
    np.testing.assert_allclose(left({"time_to_event": law}), survives(AT), rtol=2e-12)


@pytest.mark.parametrize(("length", "years"), [("1 month", 1 / 12), ("2 weeks", 14 / 365.25), ("1/52", 1 / 52)])
def test_a_time_to_an_event_is_in_years_whatever_the_length_of_a_cycle(length: str, years: float) -> None:
    share = left({"time_to_event": "weibull(1.6, 2)"}, cycle_length=length, horizon=0.1)
    np.testing.assert_allclose(share, np.exp(-((np.arange(CYCLES + 1) * years / 2) ** 1.6)), rtol=1e-12)
    share = left({"hazard": 0.9}, cycle_length=length, horizon=0.1)
    np.testing.assert_allclose(share, np.exp(-0.9 * np.arange(CYCLES + 1) * years), rtol=1e-12)


def test_two_times_to_events_compete_by_their_hazards_in_each_cycle() -> None:
    """Of those who leave in a cycle each takes its part of the hazard grown: Weibull 2 and exponential."""
    extra = {"states": {"third": {"label": "third"}}}
    laws = {"away": {"time_to_event": "weibull(2, 5)"}, "third": {"time_to_event": "exponential(0.1)"}}
    occupancy = run(study({"here": laws}, more=extra))[1].occupancy[0, :, :, 0]
    grown = np.array([np.diff((AT / 5) ** 2), np.full(CYCLES, 0.1 * LENGTH)])
    survives = np.exp(-((AT / 5) ** 2) - 0.1 * AT)
    np.testing.assert_allclose(occupancy[0], survives, rtol=1e-12)
    taken = (grown / grown.sum(axis=0)) * -np.diff(survives)
    np.testing.assert_allclose(occupancy[1:, 1:], np.cumsum(taken, axis=1), rtol=1e-12)


def test_a_row_of_log_odds_is_a_multinomial_logit() -> None:
    extra = {"states": {"third": {"label": "third"}}}
    row = {"away": {"logit": "-1.5 * base"}, "third": {"logit": -0.4}}
    occupancy = run(study({"here": row}, more=extra))[1].occupancy[0, :, :, 0]
    e = np.exp([-1.5, -0.4])
    stay = 1 / (1 + e.sum())
    np.testing.assert_allclose(occupancy[0], stay ** np.arange(CYCLES + 1), rtol=1e-12)
    gone = (1 - stay ** np.arange(CYCLES + 1)) / (1 - stay)
    np.testing.assert_allclose(occupancy[1:], np.outer(e * stay, gone), rtol=1e-12)


@pytest.mark.parametrize("base", ["", " * base"])
def test_illness_and_death_in_continuous_time_follow_their_closed_form(base: str) -> None:
    """Well to ill (a), well to dead (b), ill to dead (c), followed one after the other within a cycle; time exactly."""
    a, b, c = 0.7, 0.2, 1.9
    extra = {"states": {"third": {"label": "third"}}, "dynamics": "matrix_exponential"}
    rows = {
        "here": {"away": {"hazard": f"{a}{base}"}, "third": {"hazard": f"{b}{base}"}},
        "away": {"third": {"hazard": f"{c}{base}"}},
    }
    totals, yearly = run(study(rows, more=extra, within_cycle="exact", discount_rate=0))
    well = np.exp(-(a + b) * AT)
    ill = a / (c - a - b) * (np.exp(-(a + b) * AT) - np.exp(-c * AT))
    expected = np.array([well, ill, 1 - well - ill])
    np.testing.assert_allclose(yearly.occupancy[0, :, :, 0], expected, rtol=2e-12, atol=1e-15)
    np.testing.assert_allclose(totals.cost[0, 0, 0], 1000 * (1 - well[-1]) / (a + b), rtol=1e-12)


def test_two_states_in_continuous_time_approach_their_equilibrium() -> None:
    q, r = 2.5, 0.8
    rows = {"here": {"away": {"hazard": q}}, "away": {"here": {"hazard": r}}}
    occupancy = run(study(rows, more={"dynamics": "matrix_exponential"}))[1].occupancy[0, 0, :, 0]
    np.testing.assert_allclose(occupancy, r / (q + r) + q / (q + r) * np.exp(-(q + r) * AT), rtol=1e-12)


@pytest.mark.parametrize("rate", [0.04, 1e-9, 0, -0.02, 0.9])
def test_a_constant_cost_discounted_continuously_is_an_integral(rate: float) -> None:
    totals, _ = run(study({}, discount_timing="continuous", discount_rate=rate))
    force, end = np.log1p(rate), CYCLES * LENGTH
    expected = 1000 * (-np.expm1(-force * end) / force if rate else end)
    np.testing.assert_allclose(totals.cost[0, 0, 0], expected, rtol=1e-12)


def test_continuous_discounting_of_an_uncertain_rate_is_the_same_integral() -> None:
    totals, _ = run(study({}, discount_timing="continuous", discount_rate="0.04 * base"))
    force = np.log1p(0.04)
    np.testing.assert_allclose(totals.cost[0, 0, 0], -1000 * np.expm1(-force * 20) / force, rtol=1e-12)


def with_amount(text: str) -> dict[str, Any]:
    stay = {"label": "x", "kind": "resource", "payer": "a", "state": "here", "amount": text}
    return {"cost_items": {"stay": stay}}


def test_simpsons_rule_is_exact_for_a_cubic() -> None:
    cubic = with_amount("1000 * (2 - time / 3 + time ^ 2 / 7 - time ^ 3 / 500)")
    totals, _ = run(study({}, more=cubic, within_cycle="simpson", discount_rate=0))
    exact = 1000 * (2 * 20 - 20**2 / 6 + 20**3 / 21 - 20**4 / 2000)
    np.testing.assert_allclose(totals.cost[0, 0, 0], exact, rtol=1e-13)


@pytest.mark.parametrize("horizon", [0.2, 0.5, 3.3, 19.9, 20])
@pytest.mark.parametrize("known", ["", " * base"])
def test_the_trapezoidal_rule_is_exact_for_a_line_up_to_a_horizon_inside_a_cycle(horizon: float, known: str) -> None:
    line = with_amount("1000 * (3 - time / 9)")
    totals, _ = run(study({}, more=line, within_cycle="trapezoid", discount_rate=0, horizon=f"{horizon}{known}"))
    np.testing.assert_allclose(totals.cost[0, 0, 0], 1000 * (3 * horizon - horizon**2 / 18), rtol=1e-12)


def test_growth_is_a_geometric_series() -> None:
    grown = with_amount("1000")
    grown["cost_items"]["stay"] |= {"growth": "0.03 * base", "marginal_share": 0.4}
    totals, _ = run(study({}, more=grown, discount_rate=0.05))
    v = (1.03 / 1.05) ** LENGTH
    np.testing.assert_allclose(totals.cost[0, 0, 0], 400 * LENGTH * (1 - v**CYCLES) / (1 - v), rtol=1e-12)


def test_who_drops_out_is_paid_for_no_more() -> None:
    paid = {"free": {"label": "x", "kind": "resource", "payer": "a", "strategy": "programme", "amount": 100}}
    paid["free"] |= {"year": [0, 1, 3]}
    strategies = {"programme": {"label": "p", "dropout": "0.2 * base"}}
    totals, _ = run(study({}, more={"cost_items": paid, "strategies": strategies}, discount_rate=0))
    expected = 100 * np.exp(-0.2 * np.array([0, 1, 3])).sum()
    np.testing.assert_allclose(totals.programme[0, -1, 0], expected, rtol=1e-12)


def test_dropout_thins_those_whom_a_hazard_ratio_reaches() -> None:
    """On the programme nobody leaves; a share exp(-d dt) stays on at the end of each cycle, others leave at rate h."""
    h, d = 0.3, 0.5
    effects = ({"on": "here -> away", "hazard_ratio": 0},)
    strategies = {"programme": {"label": "p", "effects": list(effects), "dropout": d}}
    here = run(study({"here": {"away": {"hazard": h}}}, more={"strategies": strategies}))[1].occupancy[1, 0, :, 0]
    k = np.arange(CYCLES + 1)
    on, stay = np.exp(-d * LENGTH), np.exp(-h * LENGTH)
    # dropped out in cycle j = 1..k, then k - j cycles as usual
    off = (1 - on) * (on**k - stay**k) / (on - stay)
    np.testing.assert_allclose(here, on**k + off, rtol=1e-12)
