"""The engine's Sick-Sicker with time dependence against print and against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published import by_engine
from tests.published import sick_sicker_time_by_hand as hand
from tests.published.as_printed import SIGMAS, check_best_from, check_distribution, check_table, same_as_printed
from tests.published.cost_effectiveness import perfect_information

STUDY = "sick_sicker_time"
PRINTED = {
    "article": (hand.COSTS, hand.QALYS, hand.INCREMENTS),
    "working_paper": (hand.EARLIER_COSTS, hand.EARLIER_QALYS, hand.EARLIER_INCREMENTS),
}


@pytest.mark.parametrize("calculation", list(PRINTED))
def test_the_engine_gives_the_printed_costs_qalys_and_icers(calculation: str) -> None:
    found = by_engine.point(STUDY, calculation)
    check_table(hand.STRATEGIES, (found.cost, found.outcome["qaly"]), PRINTED[calculation])


def test_the_engine_gives_the_printed_life_expectancy_of_the_working_paper() -> None:
    found = by_engine.point(STUDY, "working_paper").outcome["life_years"][0, 0]
    same_as_printed(found, hand.EARLIER_LIFE_EXPECTANCY, 1)


@pytest.mark.parametrize("calculation", ["article", "time_sick"])
def test_engine_and_loops_agree_draw_by_draw(calculation: str) -> None:
    assert by_engine.compiled(STUDY).shape.courses == hand.STRATEGIES
    values, found = by_engine.some_draws(STUDY, calculation)
    residence = calculation == "time_sick"
    costs, qalys = hand.totals(values, residence=residence)
    np.testing.assert_allclose(found.cost, costs, rtol=1e-9)
    np.testing.assert_allclose(found.outcome["qaly"], qalys, rtol=1e-9)
    years = hand.life_expectancy(values, residence=residence)
    np.testing.assert_allclose(found.outcome["life_years"][0], years, rtol=1e-9)


@pytest.mark.parametrize("calculation", ["article", "time_sick"])
def test_costs_and_qalys_are_distributed_as_by_hand(calculation: str) -> None:
    found = by_engine.run(STUDY)[calculation]
    values = hand.draw(8192, 2023)
    residence = calculation == "time_sick"
    costs, qalys = hand.totals(values, residence=residence)
    for k, strategy in enumerate(hand.STRATEGIES):
        check_distribution(found.cost[k], costs[k], ("cost", strategy))
        check_distribution(found.outcome["qaly"][k], qalys[k], ("qaly", strategy))
    years = hand.life_expectancy(values, residence=residence)
    check_distribution(found.outcome["life_years"][0], years, "life years")


def test_scale_and_shape_have_the_stated_correlation() -> None:
    values, _ = by_engine.some_draws(STUDY, "time_sick", 4096)
    correlation = np.corrcoef(values["weibull_scale"], values["weibull_shape"])[0, 1]
    # Fisher's z has the error 1 / sqrt(n) for normal pairs; these are nearly so
    assert abs(np.arctanh(correlation) - np.arctanh(0.5)) < SIGMAS / np.sqrt(4096)


def test_the_engine_prefers_what_is_printed_at_each_threshold() -> None:
    found = by_engine.run(STUDY)["article"]
    qalys = found.outcome["qaly"]
    check_best_from(hand.STRATEGIES, found.cost, qalys, hand.BEST_FROM, hand.BEST_GRID, hand.DRAWS_PRINTED)


def test_perfect_information_is_worth_what_is_printed() -> None:
    found = by_engine.run(STUDY)["article"]
    evpi, sd = perfect_information(found.cost, found.outcome["qaly"], hand.EVPI_THRESHOLD)
    error = sd * np.sqrt(1 / hand.DRAWS_PRINTED + 1 / found.cost.shape[1])
    assert abs(evpi - hand.EVPI) < SIGMAS * error


def test_mean_life_expectancy_is_the_printed_one() -> None:
    years = by_engine.run(STUDY)["article"].outcome["life_years"][0]
    error = years.std(ddof=1) * np.sqrt(1 / hand.DRAWS_PRINTED + 1 / len(years))
    assert abs(years.mean() - hand.LIFE_EXPECTANCY) < 0.05 + SIGMAS * error
