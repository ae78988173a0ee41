"""The Norrköping study against a second implementation by plain matrices, and against an earlier sketch of it."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import engine

TESTS = Path(__file__).resolve().parents[1]
STUDY = TESTS.parent / "configs" / "norrkoping"


def _by_hand() -> ModuleType:
    """Module `tests/analytic/cohort_by_hand.py`, found by its place whatever the working directory is."""
    name = "cohort_by_hand"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, TESTS / "analytic" / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module  # dataclasses look their own module up
        spec.loader.exec_module(module)
    return sys.modules[name]


hand = _by_hand()
CALCULATIONS = tuple(hand.CALCULATIONS)


@pytest.fixture(scope="module")
def certain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The study with every law taken out, compiled: only point values are left."""
    folder = tmp_path_factory.mktemp("studies") / "norrkoping"
    shutil.copytree(STUDY, folder)
    for file in folder.rglob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"(?m)^ +dist: .*\n", "", text), encoding="utf-8")
    study = folder / "study.yaml"
    # nothing is left to learn by a follow-up study
    study.write_text(
        re.sub(r"(?ms)^follow_up:\n.*?(?=^\S|\Z)", "", study.read_text(encoding="utf-8")), encoding="utf-8"
    )
    return engine.compile_model(engine.load_study(folder))


@pytest.mark.parametrize("calculation", CALCULATIONS)
def test_each_payer_and_perspective_agrees_with_plain_matrices(certain: Any, calculation: str) -> None:
    by_engine = engine.point_npv(certain, calculation)
    by_hand = hand.npv_by_hand(hand.CALCULATIONS[calculation])
    for party, expected in by_hand.items():
        # the change is a difference between two large costs, so the scale of rounding is that of the costs
        assert by_engine[party] == pytest.approx(expected, rel=1e-9, abs=1e-6), party


def test_transition_tables_leave_a_share_that_stays() -> None:
    for age in range(16, 65):
        matrix = hand.survivors_matrix(age)
        assert matrix.min() >= 0
        assert matrix.sum(axis=1) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("state", "net"),
    [
        ("education", {"municipality": 140_000, "state": 40_000, "individual": -40_000}),
        ("employed", {"municipality": -53_000, "region": -28_200, "state": -59_500, "individual": -212_600}),
        ("short_term_unemployed", {"municipality": 15_000, "employment_service": 110_000, "individual": -95_000}),
        ("long_term_unemployed", {"municipality": 50_000, "employment_service": 103_000, "individual": -108_000}),
        (
            "outside",
            {"municipality": 65_000, "region": 8_000, "employment_service": 10_000, "individual": -60_000},
        ),
        (
            "misuse",
            {
                "municipality": 144_000,
                "region": 72_000,
                "social_insurance": 10_000,
                "employment_service": 5_000,
                "police_courts": 60_000,
                "individual": -82_000,
                "victims": 60_000,
            },
        ),
        ("custody", {"region": 15_000, "police_courts": 120_000, "prison": 1_411_500, "victims": 40_000}),
        ("sick_leave", {"region": 40_000, "social_insurance": 150_000, "individual": -150_000}),
        (
            "disability_pension",
            {"municipality": 20_000, "region": 25_000, "social_insurance": 186_000, "individual": -186_000},
        ),
    ],
)
def test_a_year_in_a_state_costs_each_payer_what_the_sketch_says(state: str, net: dict[str, float]) -> None:
    age = 16 if state == "education" else 30
    other, work = hand.person_year_costs(hand.CALCULATIONS["consultant"], age)
    row = (other + work)[hand.LIVING.index(state)]
    for payer, amount in zip(hand.PAYERS, row, strict=True):
        # to the hundred, as the sketch is written: the prison day is brought from 2019 by the index, unrounded
        assert amount == pytest.approx(net.get(payer, 0.0), abs=50), payer


@pytest.mark.parametrize(
    ("calculation", "municipality", "public_sector", "society", "work_years"),
    [
        ("finance_director", -81_000, -75_000, -69_000, 0.04),
        ("consultant", 132_000, 557_000, 771_000, 2.9),
        ("researcher", -59_000, -18_000, -40_000, 0.3),
        ("standard_tool", -54_000, -3_000, 30_000, 0.3),
    ],
)
def test_results_are_of_the_sketchs_size_when_all_take_part(
    calculation: str, municipality: float, public_sector: float, society: float, work_years: float
) -> None:
    given = replace(hand.CALCULATIONS[calculation], uptake=1.0)
    npv = hand.npv_by_hand(given)
    # The sketch has everybody in custody in prison. Here those under 18 are placed in care, which costs twice as much a
    # year and falls on the municipality: some 4 000 more saved there, and up to 14 000 more in all.
    assert npv["municipality"] == pytest.approx(municipality, abs=5_000)
    assert npv["public_sector"] == pytest.approx(public_sector, abs=14_000)
    assert npv["society"] == pytest.approx(society, abs=14_000)
    assert hand.extra_work_years(given) == pytest.approx(work_years, rel=0.15)


@pytest.mark.parametrize(
    ("change", "society"),
    [
        ({"horizon": 10}, -618_000),
        ({"fade": "half_life"}, -560_000),
        ({"effect_factor": 0.4}, -484_000),
        ({"deadweight": 0.3}, -257_000),
        ({"discount_rate": 0.035}, -202_000),
        ({"displacement": 0.3}, -198_000),
        ({"prison_share": 0.2}, -51_000),
        ({"tax_factor": 1.3}, -26_000),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_change_to_the_consultants_calculation_has_the_sketchs_size(change: dict[str, Any], society: float) -> None:
    consultant = replace(hand.CALCULATIONS["consultant"], uptake=1.0)
    step = hand.npv_by_hand(replace(consultant, **change))["society"] - hand.npv_by_hand(consultant)["society"]
    assert step == pytest.approx(society, abs=12_000)


def test_someone_nobody_helps_costs_only_the_programme() -> None:
    npv = hand.npv_by_hand(replace(hand.CALCULATIONS["consultant"], uptake=0.0))
    assert npv["society"] == -85_000
    assert npv["municipality"] == -85_000
