"""The engine's HIV model against the book's spreadsheet and against plain matrices."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published import by_engine
from tests.published import hiv_by_hand as hand
from tests.published.as_printed import SIGMAS, check_distribution, same_as_printed
from tests.published.cost_effectiveness import Array

THERAPIES = ("mono", "comb")
CORRECTED = {"exercise_2_5": False, "exercise_4_7": True, "as_quoted": True}


def as_by_hand(values: dict[str, Array]) -> dict[str, Array]:
    """Inputs of the calculation by hand, from the study's parameters."""
    states = ("a", "b", "c", "dead")
    p = np.zeros((len(values["a_to_a"]), 4, 4))
    for i, source in enumerate(states[:3]):
        for j, target in enumerate(states[i:], start=i):
            p[:, i, j] = values[f"{source}_to_{target}"]
    p[:, 3, 3] = 1
    care = np.stack([values[f"direct_{s}"] + values[f"community_{s}"] for s in states[:3]], axis=1)
    return {"matrix": p, "care": care, "relative_risk": values["relative_risk"]}


def test_the_engine_gives_the_costs_life_years_and_icer_of_the_spreadsheet() -> None:
    found = by_engine.point("hiv", "exercise_2_5")
    years = found.outcome["life_years"]
    for k, therapy in enumerate(THERAPIES):
        same_as_printed(found.cost[k, 0], hand.COST[therapy], 7)
        same_as_printed(years[k, 0], hand.LIFE_YEARS[therapy], 7)
    icer = (found.cost[1, 0] - found.cost[0, 0]) / (years[1, 0] - years[0, 0])
    same_as_printed(icer, hand.ICER, 5)
    same_as_printed(icer, hand.ICER_PRINTED, 0)


def test_half_cycle_correction_gives_the_printed_life_years_and_leaves_costs() -> None:
    found, plain = by_engine.point("hiv", "exercise_4_7"), by_engine.point("hiv", "exercise_2_5")
    same_as_printed(found.outcome["life_years"][0, 0], hand.LIFE_YEARS_CORRECTED["mono"], 3)
    same_as_printed(found.outcome["life_years"][1, 0], hand.LIFE_YEARS_CORRECTED["comb"], 2)
    np.testing.assert_array_equal(found.cost, plain.cost)


@pytest.mark.parametrize(("calculation", "corrected"), list(CORRECTED.items()))
def test_engine_and_matrices_agree_draw_by_draw(calculation: str, corrected: bool) -> None:
    values, found = by_engine.some_draws("hiv", calculation)
    expected = hand.outcomes(as_by_hand(values), corrected=corrected, lamivudine=float(values["lamivudine"][0]))
    for k, therapy in enumerate(THERAPIES):
        np.testing.assert_allclose(found.cost[k], expected[f"cost_{therapy}"], rtol=1e-9)
        np.testing.assert_allclose(found.outcome["life_years"][k], expected[f"life_years_{therapy}"], rtol=1e-9)


def test_rows_of_the_matrix_add_up_to_one_in_every_draw() -> None:
    values, _ = by_engine.some_draws("hiv", "exercise_4_7")
    np.testing.assert_allclose(as_by_hand(values)["matrix"].sum(axis=2), 1, rtol=1e-12)


def by_name(found: by_engine.Amounts) -> dict[str, Array]:
    years = found.outcome["life_years"]
    each = {f"cost_{t}": found.cost[k] for k, t in enumerate(THERAPIES)}
    each |= {f"life_years_{t}": years[k] for k, t in enumerate(THERAPIES)}
    return each | {"cost_added": found.cost[1] - found.cost[0], "life_years_gained": years[1] - years[0]}


def test_costs_and_life_years_are_distributed_as_by_hand() -> None:
    expected = hand.outcomes(hand.draw(8192, 1997), corrected=True)
    found = by_name(by_engine.run("hiv")["exercise_4_7"])
    assert set(found) == set(expected)
    for name, values in found.items():
        check_distribution(values, expected[name], name)


def test_costs_and_life_years_have_the_means_and_spreads_of_the_spreadsheets_runs() -> None:
    found = by_name(by_engine.run("hiv")["exercise_4_7"])
    for name, (mean, sd) in hand.SPREADSHEET.items():
        deviation = found[name] - found[name].mean()
        ours = deviation.std(ddof=1)
        both = np.sqrt(1 / hand.SPREADSHEET_RUNS + 1 / len(deviation))
        assert abs(found[name].mean() - mean) < SIGMAS * ours * both, name
        error_of_sd = np.sqrt((deviation**4).mean() - ours**4) / (2 * ours) * both
        assert abs(ours - sd) < SIGMAS * error_of_sd, name
