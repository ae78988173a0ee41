"""The engine's hip replacement against the book's spreadsheet and against plain loops."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.run.blocks import filled
from engine.run.outcomes import read_totals
from tests.published import by_engine
from tests.published import hip_replacement_by_hand as hand
from tests.published.as_printed import SIGMAS, check_distribution, same_as_printed
from tests.published.cost_effectiveness import Array

MALE = {"woman_60": False, "man_60": True}
CALLED = {
    "primary": "utility_primary",
    "revision": "utility_revision",
    "revised": "utility_revised",
    "age": "coefficient_age",
    "male": "coefficient_male",
    "new": "coefficient_new",
}


def as_by_hand(values: dict[str, Array]) -> dict[str, Array]:
    """Inputs of the calculation by hand, from the study's parameters."""
    return {name: values[CALLED.get(name, name)] for name in hand.point()}


def test_the_engine_gives_the_costs_qalys_and_icer_of_the_spreadsheet() -> None:
    found = by_engine.point("hip_replacement", "woman_60")
    (cost_standard, cost_new), (standard, new) = found.cost[:, 0], found.outcome["qaly"][:, 0]
    same_as_printed(cost_standard, hand.COST["standard"], 6)
    same_as_printed(cost_new, hand.COST["new"], 6)
    same_as_printed(standard, hand.QALYS["standard"], 7)
    same_as_printed(new, hand.QALYS["new"], 8)
    same_as_printed((cost_new - cost_standard) / (new - standard), hand.ICER, 6)


@pytest.mark.parametrize("prosthesis", list(hand.PROSTHESIS))
def test_the_engine_has_the_trace_of_the_spreadsheet(prosthesis: str) -> None:
    strategy = list(hand.PROSTHESIS).index(prosthesis)
    operation, *others = by_engine.trace("hip_replacement", "woman_60")[strategy]
    assert operation.tolist() == [1.0] + [0.0] * hand.YEARS
    np.testing.assert_allclose(np.stack(others)[:, 1:9].T, hand.TRACE[prosthesis], atol=5.1e-9)


@pytest.mark.parametrize(("calculation", "male"), list(MALE.items()))
def test_engine_and_loops_agree_draw_by_draw(calculation: str, male: bool) -> None:
    values, found = by_engine.some_draws("hip_replacement", calculation)
    costs, qalys = hand.outcomes(as_by_hand(values), male=male)
    for k, prosthesis in enumerate(hand.PROSTHESIS):
        np.testing.assert_allclose(found.cost[k], costs[prosthesis], rtol=1e-9)
        np.testing.assert_allclose(found.outcome["qaly"][k], qalys[prosthesis], rtol=1e-9)


@pytest.mark.parametrize(("calculation", "male"), list(MALE.items()))
def test_costs_and_qalys_are_distributed_as_by_hand(calculation: str, male: bool) -> None:
    found = by_engine.run("hip_replacement")[calculation]
    costs, qalys = hand.outcomes(hand.draw(8192, 2006), male=male)
    for k, prosthesis in enumerate(hand.PROSTHESIS):
        check_distribution(found.cost[k], costs[prosthesis], ("cost", prosthesis))
        check_distribution(found.outcome["qaly"][k], qalys[prosthesis], ("qaly", prosthesis))
    standard, new = hand.PROSTHESIS
    check_distribution(found.cost[1] - found.cost[0], costs[new] - costs[standard], "cost added")
    gained = found.outcome["qaly"][1] - found.outcome["qaly"][0]
    check_distribution(gained, qalys[new] - qalys[standard], "QALYs gained")


def test_the_regression_has_the_stated_covariance() -> None:
    n = 8192
    values, _ = by_engine.some_draws("hip_replacement", "woman_60", n)
    by_name = as_by_hand(values)
    expected = hand.covariance()
    found = np.cov([by_name[name] for name in hand.COEFFICIENTS])
    error = np.sqrt((expected**2 + np.outer(np.diag(expected), np.diag(expected))) / n)  # of a Wishart law
    assert (np.abs(found - expected) < SIGMAS * error).all()


GROUPS = {f"{sex}_{age}": (age, sex == "men") for sex in ("women", "men") for age in (40, 60, 80)}


def test_subgroups_by_sex_and_age_agree_with_loops(tmp_path: Path) -> None:
    """All six groups in one model, and their mixture as the whole cohort."""
    folder = tmp_path / "hip_replacement"
    shutil.copytree(by_engine.PUBLISHED / "hip_replacement", folder)
    shares = dict(zip(GROUPS, (0.05, 0.3, 0.25, 0.05, 0.2, 0.15), strict=True))
    block = "\nsubgroups:\n" + "".join(
        f"  {name}: {{label: {name}, share: {shares[name]}, start_age: {age}, set: {{male: {int(male)}}}}}\n"
        for name, (age, male) in GROUPS.items()
    )
    with (folder / "model.yaml").open("a", encoding="utf-8") as file:
        file.write(block)
    model = engine.compile_model(folder)
    points = np.random.default_rng(5).uniform(size=(len(model.inputs.uncertain), 16))
    values = model.inputs.values("woman_60", points)
    by_name = {name: np.full(16, value) for name, value in model.inputs.fixed.items()}
    by_name |= dict(zip(model.inputs.names, values, strict=True))
    block = filled(model.totals_program, values)
    model.totals_kernel(block)
    found = read_totals(model.shape, block.totals)
    assert model.shape.subgroups == tuple(GROUPS)
    expected = [hand.outcomes(as_by_hand(by_name), age=age, male=male) for age, male in GROUPS.values()]
    standard, new = hand.PROSTHESIS
    for g, (costs, qalys) in enumerate(expected):
        np.testing.assert_allclose(found.subgroup_npv[g, 0, 0], costs[standard] - costs[new], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.subgroup_outcome[g, :, 0], [qalys[standard], qalys[new]], rtol=1e-9)
    for k, prosthesis in enumerate(hand.PROSTHESIS):
        cost = sum(share * costs[prosthesis] for share, (costs, _) in zip(shares.values(), expected, strict=True))
        qaly = sum(share * qalys[prosthesis] for share, (_, qalys) in zip(shares.values(), expected, strict=True))
        np.testing.assert_allclose(found.cost[k, 0], cost, rtol=1e-9)
        np.testing.assert_allclose(found.outcome[k, 0], qaly, rtol=1e-9)
