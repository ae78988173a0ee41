"""What a run takes from the loop over cycles, against plain NumPy on the stored years of every draw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.kernel.layout import TILE
from engine.model.compile import CompiledModel, compile_model
from engine.run import outcomes
from engine.run.blocks import Settings, filled, first
from engine.run.execute import run_calculation
from engine.run.outcomes import Array
from engine.run.pieces import take_piece
from engine.spec.load import load_study
from tests.run.test_execute import risky

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
STUDIES = sorted(file.parent.relative_to(CONFIGS).as_posix() for file in CONFIGS.rglob("study.yaml"))


def assert_taken_as_from_stored_years(model: CompiledModel, values: Array) -> None:
    """Outcomes, accumulated savings and sums of tiles agree to 1e-12; 0, inf and nan are the same."""
    n, shape = values.shape[1], model.shape
    whole = filled(model.yearly_program, values)
    model.yearly_kernel(whole)
    block = first(whole, n)
    totals = outcomes.read_totals(shape, block.totals)
    yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
    valid = (block.status == 0) & np.isfinite(block.totals).all(axis=0)
    step = model.study.model.time.cycle_length
    cumulative = outcomes.accumulate(yearly.party_saving)
    expected = {
        "cost": totals.cost,
        "npv": totals.npv,
        "programme": totals.programme,
        "ratio": outcomes.benefit_cost_ratio(totals.npv, totals.programme),
        "payback": outcomes.payback_time(cumulative, step),
        "payback_discounted": outcomes.payback_time(outcomes.accumulate(yearly.party_discounted), step),
        "horizon": totals.horizon,
        "outcome": totals.outcome,
        "subgroup_npv": totals.subgroup_npv,
        "subgroup_outcome": totals.subgroup_outcome,
        "cumulative": np.moveaxis(cumulative, -1, 2),
    }
    piece = take_piece(model, values, n)
    np.testing.assert_array_equal(piece.status == 0, valid)
    for name, wanted in expected.items():
        got = getattr(piece, name)
        if name == "cumulative":
            got, wanted = np.moveaxis(got, 2, -1), np.moveaxis(wanted, 2, -1)
        wanted = np.where(valid, wanted, np.nan)
        np.testing.assert_array_equal(got == 0, wanted == 0, err_msg=name)
        np.testing.assert_allclose(got, wanted, rtol=1e-12, err_msg=name)
    sizes = (np.abs(yearly.saving), np.abs(yearly.occupancy))
    for name, values_of, size in zip(("saving", "occupancy"), (yearly.saving, yearly.occupancy), sizes, strict=True):
        got = np.stack([getattr(tile, name) for tile in piece.tiles])
        kept, scale = (np.where(valid, x, 0.0) for x in (values_of, size))
        tiles = [slice(a, a + TILE) for a in range(0, n, TILE)]
        wanted = np.stack([kept[..., tile].sum(axis=-1) for tile in tiles])
        slack = 1e-12 * np.stack([scale[..., tile].sum(axis=-1) for tile in tiles])
        assert (np.abs(got - wanted) <= slack).all(), name


@pytest.mark.parametrize("study", STUDIES)
def test_a_run_takes_from_the_loop_what_stored_years_would_give(study: str) -> None:
    model = compile_model(load_study(CONFIGS / study))
    points = np.random.default_rng(6).uniform(size=(len(model.inputs.uncertain), TILE + 60))
    for calculation in model.inputs.laws:
        assert_taken_as_from_stored_years(model, model.inputs.values(calculation, points))


@pytest.mark.parametrize("start", [{}, {"here": 0.5, "away": 0.5}])
def test_draws_that_break_a_rule_are_left_out_of_sums(start: dict[str, float]) -> None:
    model = risky(**({"start": start} if start else {}))
    points = np.random.default_rng(7).uniform(size=(len(model.inputs.uncertain), 3 * TILE + 5))
    points[:, TILE : 2 * TILE] *= 0.5  # a tile without a draw that breaks it
    assert_taken_as_from_stored_years(model, model.inputs.values("one", points))


def test_sums_by_year_are_the_same_bits_for_any_cut_and_thread_count_with_draws_left_out() -> None:
    runs = [
        run_calculation(
            risky(), "one", draws=1300, seed=5, design="monte_carlo", paths=300, reject=True, settings=settings
        )
        for settings in (Settings(1, 256), Settings(2, 512), Settings(2, 4096))
    ]
    assert 0 < runs[0].rejected < 1300
    for name in ("mean_saving", "mean_occupancy", "payback", "payback_discounted", "cumulative"):
        for other in runs[1:]:
            np.testing.assert_array_equal(getattr(runs[0], name), getattr(other, name))
