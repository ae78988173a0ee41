"""Draw numbers -> values, in one call."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UsageError
from engine.model.compile import CompiledModel, compile_model
from engine.run.designs import DESIGNS, unit_points
from engine.run.draws import draw_values
from engine.spec.load import load_study
from tests.conftest import StudyFolder
from tests.spec.dependent_study import add_dependence

CONFIGS = Path(__file__).parents[2] / "configs"
TOTAL = 9_000
NARROW = "assumptions:\n  hr_work: {value: 1.4, dist: 'gamma(shape=1e6, scale=1.4e-6)', why: Known.}\n"


@pytest.fixture(scope="module")
def norrkoping() -> CompiledModel:
    return compile_model(load_study(CONFIGS / "norrkoping"))


def check_same_bits(model: CompiledModel, design: str) -> None:
    for calculation in model.inputs.laws:
        for start, stop in ((0, 1), (3, 1_700), (4_096, 8_192), (8_999, 9_000), (7, 7)):
            span = {"seed": 5, "start": start, "stop": stop, "total": TOTAL}
            points = unit_points(design, model.inputs.uncertain, **span)
            drawn = draw_values(model.inputs, calculation, design, **span)
            assert drawn.tobytes() == model.inputs.values(calculation, points).tobytes()


@pytest.mark.parametrize("design", DESIGNS)
def test_draws_are_the_values_at_the_points_of_the_design(design: str, norrkoping: CompiledModel) -> None:
    check_same_bits(norrkoping, design)


@pytest.mark.parametrize("design", DESIGNS)
def test_so_they_are_where_parameters_depend_on_each_other(design: str, study: StudyFolder) -> None:
    add_dependence(study)
    check_same_bits(compile_model(study.load()), design)


def test_so_they_are_where_a_law_has_no_curve(study: StudyFolder) -> None:
    study.patch("calculations/controller.yaml", "assumptions:\n", NARROW)
    model = compile_model(study.load())
    assert model.inputs.columns("controller").beside
    check_same_bits(model, "sobol")


@pytest.mark.parametrize("design", DESIGNS)
def test_any_cut_gives_the_same_bits(design: str, norrkoping: CompiledModel) -> None:
    def drawn(start: int, stop: int) -> np.ndarray:
        return draw_values(norrkoping.inputs, "researcher", design, seed=2, start=start, stop=stop, total=TOTAL)

    whole = drawn(0, 3_000)
    for cuts in ((1,), (16, 17, 530), (512, 1024), (999, 1_001, 1_002, 2_999)):
        edges = (0, *cuts, 3_000)
        parts = [drawn(a, b) for a, b in itertools.pairwise(edges)]
        assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


def test_a_block_is_filled_in_place_and_what_lies_beyond_left_alone(norrkoping: CompiledModel) -> None:
    inputs = norrkoping.inputs
    out = np.full((len(inputs.names) + 1, 600), -1.0)
    told = draw_values(inputs, "researcher", "sobol", seed=2, start=0, stop=530, total=TOTAL)
    given = draw_values(inputs, "researcher", "sobol", seed=2, start=0, stop=530, total=TOTAL, out=out)
    assert np.shares_memory(given, out)
    np.testing.assert_array_equal(given[: len(inputs.names)], told)
    assert (out[:, 530:] == -1).all()
    assert (out[-1] == -1).all()
    points = unit_points("sobol", inputs.uncertain, seed=2, start=0, stop=530, total=TOTAL)
    points.flags.writeable = False
    np.testing.assert_array_equal(inputs.values("researcher", points, out=out), given)


def test_what_has_no_room_is_refused(norrkoping: CompiledModel) -> None:
    inputs = norrkoping.inputs
    span = {"seed": 2, "start": 0, "stop": 100, "total": TOTAL}
    for out in (
        np.empty((len(inputs.names), 99)),
        np.empty((len(inputs.names) - 1, 100)),
        np.empty((100, len(inputs.names))).T,
        np.empty((len(inputs.names), 100), dtype=np.float32),
    ):
        with pytest.raises(ValueError, match="room"):
            draw_values(inputs, "researcher", "sobol", **span, out=out)
    with pytest.raises(UsageError, match="draws 5 to 3"):
        draw_values(inputs, "researcher", "sobol", seed=2, start=5, stop=3, total=TOTAL)
    with pytest.raises(ValueError, match="rows of points"):
        inputs.values("researcher", np.full((3, 5), 0.5))
