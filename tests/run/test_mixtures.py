"""Mixtures told by row numbers: the same bits as the runs written out, and the same errors."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import engine
from engine.analysis import factorial, hybrids
from engine.analysis.sensitivity.saltelli import MIXED_CHUNK, Mixtures, Saltelli, SaltelliRun
from engine.api.points import PointFunction
from engine.api.subject import subject
from engine.errors import RunError, UsageError
from engine.model.compile import CompiledModel, compile_model
from engine.run import mixtures
from engine.run.blocks import Settings
from engine.run.functions import ModelFunction, outcome_function, party_yearly_function, yearly_function
from engine.run.invalid import InvalidDraws
from engine.spec.load import load_study
from tests.run.test_execute import risky
from tests.spec.dependent_study import PARAMETERS, add_dependence

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
STRATEGY = "early_support"


@pytest.fixture(scope="module")
def norrkoping() -> CompiledModel:
    return compile_model(load_study(CONFIGS / "norrkoping"))


def drawn(model: CompiledModel, draws: int) -> np.ndarray:
    """Values of two calculations, one above the other."""
    points = np.random.default_rng(3).random((len(model.inputs.uncertain), draws))
    return np.concatenate([model.inputs.values(c, points) for c in list(model.inputs.laws)[:2]])


def exchanges(model: CompiledModel, blocks: int) -> np.ndarray:
    """Each input from the one calculation or the other, at random; among them blocks that differ in money alone."""
    d = len(model.inputs.names)
    rows = np.arange(d) + d * np.random.default_rng(4).integers(2, size=(blocks, d))
    assert model.separated is not None
    rows[1::2, list(model.separated.moved_by)] = rows[::2, list(model.separated.moved_by)][: blocks // 2]
    return rows


def written_out(function: ModelFunction, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.stack([function(np.ascontiguousarray(values[own].T)).T for own in rows])


@pytest.mark.parametrize(
    "make",
    [
        lambda model, settings: outcome_function(model, STRATEGY, "npv", settings),
        lambda model, settings: outcome_function(model, STRATEGY, "programme_cost", settings),
        lambda model, settings: outcome_function(model, STRATEGY, "benefit_cost_ratio", settings),
        lambda model, settings: outcome_function(model, STRATEGY, "payback_year", settings),
        lambda model, settings: yearly_function(model, STRATEGY, settings),
        lambda model, settings: party_yearly_function(model, STRATEGY, model.shape.parties[1], settings),
    ],
    ids=["npv", "programme_cost", "benefit_cost_ratio", "payback_year", "by payer and year", "by year"],
)
def test_every_outcome_has_the_bits_of_the_runs_written_out(
    norrkoping: CompiledModel, make: Callable[[CompiledModel, Settings], ModelFunction]
) -> None:
    values, rows = drawn(norrkoping, 83), exchanges(norrkoping, 9)
    function = make(norrkoping, Settings(threads=1))
    np.testing.assert_array_equal(function.of_mixtures(values, rows), written_out(function, values, rows))
    last = function.taking(lambda columns: columns[-1:] * 2)
    np.testing.assert_array_equal(last.of_mixtures(values, rows), written_out(function, values, rows)[:, -1:] * 2)
    np.testing.assert_array_equal(last(values[rows[0]].T), function(values[rows[0]].T)[:, -1:] * 2)


@pytest.mark.parametrize(("threads", "stretch", "block"), [(1, 24, None), (2, 256, None), (2, 1024, 256)])
def test_bits_depend_on_no_cut_and_no_thread(
    norrkoping: CompiledModel, monkeypatch: pytest.MonkeyPatch, threads: int, stretch: int, block: int | None
) -> None:
    values, rows = drawn(norrkoping, 700), exchanges(norrkoping, 4)
    expected = outcome_function(norrkoping, STRATEGY, "npv", Settings(threads=1)).of_mixtures(values, rows)
    monkeypatch.setattr(mixtures, "STRETCH", stretch)
    function = outcome_function(norrkoping, STRATEGY, "npv", Settings(threads=threads, block=block))
    np.testing.assert_array_equal(function.of_mixtures(values, rows), expected)


@pytest.mark.parametrize("outcome", ["npv", "benefit_cost_ratio", "payback_year"])
def test_an_invalid_run_is_named_by_its_number_in_the_design(outcome: str) -> None:
    model = risky()
    values = np.repeat(np.concatenate([model.inputs.point(c) for c in ("one", "two")]), 5, axis=1)
    d = len(model.inputs.names)
    chance = model.inputs.names.index("chance")
    values[chance], values[d + chance] = 0.7, [0.8, 0.9, 0.6, 1.2, 1.1]
    rows = np.tile(np.arange(d), (3, 1))
    rows[1, chance] += d
    function = outcome_function(model, model.shape.courses[1], outcome, Settings(threads=1))
    with pytest.raises(InvalidDraws) as caught:
        function.of_mixtures(values, rows, 100)
    # the fourth base point after 100 others, the second of three blocks
    assert str(caught.value).startswith(f"row {103 * 3 + 1} of the inputs")
    assert "chance = 1.2" in str(caught.value)
    assert "transitions out of 'here'" in str(caught.value)
    rejecting = outcome_function(model, model.shape.courses[1], outcome, Settings(threads=1), reject=True)
    found = rejecting.of_mixtures(values, rows)
    np.testing.assert_array_equal(found, written_out(rejecting, values, rows))
    assert np.isnan(found[1, :, 3:]).all()
    if outcome == "npv":
        assert np.isfinite(np.delete(found, 1, axis=0)).all()


# ---------------------------------------------------------------- mixtures of calculations


def supplied(model: CompiledModel, draws: int, mixtures: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of all calculations in the same draws, and mixtures of them, some of which differ in money alone."""
    rng = np.random.default_rng(5)
    points = rng.random((len(model.inputs.uncertain), draws))
    stack = np.stack([model.inputs.values(c, points).T for c in model.inputs.laws])
    d = len(model.inputs.names)
    owner = rng.permutation(np.arange(d) // 2)  # two inputs a group
    source = rng.integers(len(stack), size=(mixtures, d // 2 + 1))
    assert model.separated is not None
    still = np.setdiff1d(np.arange(d // 2 + 1), owner[list(model.separated.moved_by)])
    moving = np.setdiff1d(np.arange(d // 2 + 1), still)
    source[1::2, moving] = source[::2, moving][: mixtures // 2]
    return stack, source, owner


@pytest.mark.parametrize("draws", [0, 1, 7, 16, 300, 2000])
@pytest.mark.parametrize("outcome", ["npv", "programme_cost", "payback_year"])
@pytest.mark.parametrize("threads", [1, 2])
def test_mixtures_told_by_who_supplies_what_have_the_bits_of_the_runs_written_out(
    norrkoping: CompiledModel, draws: int, outcome: str, threads: int
) -> None:
    stack, source, owner = supplied(norrkoping, draws, 11 if draws > 1 else 1100)
    rows = np.concatenate([stack[own[owner], :, np.arange(stack.shape[2])].T for own in source])
    function = outcome_function(norrkoping, STRATEGY, outcome, Settings(threads=threads))
    np.testing.assert_array_equal(function.of_sources(stack, source, owner), function(rows))
    last = function.taking(lambda columns: columns[-1:] * 2)
    np.testing.assert_array_equal(last.of_sources(stack, source, owner), function(rows)[:, -1:] * 2)


@pytest.mark.parametrize("draws", [5, 8])
def test_an_invalid_mixture_is_named_by_its_number_and_a_rejected_one_is_not_a_number(draws: int) -> None:
    model = risky()
    points = np.empty((len(model.inputs.uncertain), draws))
    points[:] = 0.5
    stack = np.stack([model.inputs.values(c, points).T for c in ("one", "two")])
    chance = model.inputs.names.index("chance")
    stack[0, :, chance], stack[1, :, chance] = 0.7, [0.8, 0.9, 0.6, 1.2, 1.1, 0.5, 0.6, 0.7][:draws]
    owner = np.ones(stack.shape[2], dtype=np.int64)
    owner[chance] = 0
    source = np.array([[0, 0], [1, 0], [0, 1]])
    function = outcome_function(model, model.shape.courses[1], "npv", Settings(threads=1))
    with pytest.raises(InvalidDraws, match=f"row {draws + 3} of the inputs"):
        function.of_sources(stack, source, owner)
    rejecting = outcome_function(model, model.shape.courses[1], "npv", Settings(threads=1), reject=True)
    found = rejecting.of_sources(stack, source, owner)
    invalid = [draws + 3, draws + 4]
    assert np.flatnonzero(np.isnan(found).all(axis=1)).tolist() == invalid
    assert np.isfinite(np.delete(found, invalid, axis=0)).all()


def test_analyses_find_the_same_whether_runs_are_written_out_or_not(norrkoping: CompiledModel) -> None:
    points = np.random.default_rng(6).random((len(norrkoping.inputs.uncertain), 12))
    stack = np.stack([norrkoping.inputs.values(c, points).T for c in norrkoping.inputs.laws])
    groups = [(k, k + 1) for k in range(0, stack.shape[2] - 1, 2)][:5]
    function = outcome_function(norrkoping, STRATEGY, "npv", Settings(threads=1))

    def plain(values: np.ndarray) -> np.ndarray:
        return function(values)

    for chunk in (7, 40, 65_536):
        tables = [hybrids.hybrid_table(f, stack[0], stack[1], groups, chunk=chunk) for f in (function, plain)]
        np.testing.assert_array_equal(*tables)
    of = factorial.find_alternatives(
        stack, [(k,) for k in range(stack.shape[2])], factorial.normalised(None, len(stack))
    )
    taken = np.stack([np.random.default_rng(k).integers(p.size, size=30) for k, p in enumerate(of.probability)], axis=1)
    means = [factorial.mean_outcomes(f, stack, of, taken, blocks=4, chunk=100) for f in (function, plain)]
    np.testing.assert_array_equal(*means)


# ---------------------------------------------------------------- designs around a calculation


def around(model: CompiledModel, calculation: str, choices: tuple[str, ...] = ()) -> PointFunction:
    about = subject(model, calculation, party=None, strategy=None, choices=choices)
    return PointFunction(outcome_function(about.model, about.strategy), about, "sobol")


def both_ways(function: PointFunction, groups: tuple[tuple[int, ...], ...] = ()) -> np.ndarray:
    """Outcomes of a design told by row numbers; they are those of its points, run by run."""
    design = Saltelli(len(function.about.names), 64, 3, groups)
    run = SaltelliRun(function, design, keep=True)
    run.advance(64)
    points = design.mix(*design.base(0, 64)).reshape(design.runs, -1)
    np.testing.assert_array_equal(run.outcomes, function(points).reshape(run.outcomes.shape))
    assert np.ptp(run.outcomes, axis=(0, 1)).max() > 0
    return run.outcomes


def test_a_design_told_by_row_numbers_has_the_outcomes_of_its_points(norrkoping: CompiledModel) -> None:
    function = around(norrkoping, "researcher")
    assert isinstance(function, Mixtures)
    both_ways(function)
    both_ways(function, ((0, 5, 9), (1,), (2, 3)))
    both_ways(around(norrkoping, "researcher", (next(iter(norrkoping.study.model.choices)),)))


@pytest.fixture
def joint(study: StudyFolder) -> CompiledModel:
    add_dependence(study)
    study.patch("model.yaml", "  - {between: [find_work, hr_work], rank: 0.6, source: labour_survey}\n", "")
    study.patch("model.yaml", "correlations:\n", "")
    study.patch("model.yaml", "dirichlet:\n", "")
    shares = "  shares: {members: [share_a, share_b, share_c], counts: [12, 30, 58], source: labour_survey}\n"
    study.patch("model.yaml", shares, "")
    for line in PARAMETERS.splitlines(keepends=True):
        if line.startswith("  share_"):
            study.patch("model.yaml", line, "")
    study.patch("model.yaml", "value: benefit * 12 * steady}", "value: benefit * 12 * steady * (1 + fit_p)}")
    return compile_model(study.load())


def test_rows_of_a_table_move_together(joint: CompiledModel) -> None:
    calculation = next(c for c in joint.inputs.laws if "fit" in joint.inputs.uncertain_in(c))
    function = around(joint, calculation)
    at = function.about.names.index("fit")
    moved = {joint.inputs.names[k] for k in function.moved[at]}
    assert moved == {"fit_p", "fit_cost"}
    y = both_ways(function)
    assert (y[:, 1 + at] != y[:, 0]).any()


def test_values_that_two_groups_move_are_refused(study: StudyFolder) -> None:
    add_dependence(study)
    model = compile_model(study.load())
    calculation = next(c for c in model.inputs.laws if not model.inputs.dependence(c).independent)
    function = around(model, calculation)
    names = function.about.names
    design = Saltelli(len(names), 16, 0)
    with pytest.raises(UsageError, match="Two groups move the same value"):
        SaltelliRun(function, design)
    # as one group they are a choice between A and B again
    together = tuple(
        tuple(names.index(name) for name in group) for group in model.inputs.dependence(calculation).groups.values()
    )
    both_ways(function, together)


@pytest.mark.parametrize("folder", ["norrkoping", "dependent"])
def test_a_coordinate_moves_the_inputs_that_change_with_it(folder: str, study: StudyFolder) -> None:
    if folder == "dependent":
        add_dependence(study)
    model = compile_model(study.load() if folder == "dependent" else load_study(CONFIGS / folder))
    rng = np.random.default_rng(1)
    for calculation in model.inputs.laws:
        names = model.inputs.uncertain_in(calculation)
        points = rng.random((len(names), 50))
        before = model.inputs.own_values(calculation, points)
        for c, moved in enumerate(model.inputs.moved_by(calculation)):
            other = points.copy()
            other[c] = rng.random(50)
            changed = (model.inputs.own_values(calculation, other) != before).any(axis=1)
            assert np.flatnonzero(changed).tolist() == list(moved), names[c]


def test_an_invalid_run_of_an_analysis_names_calculation_method_and_rule() -> None:
    with pytest.raises(
        RunError, match=r"sobol needs every draw .* in 'one': row \d+ of the inputs.*transitions out of"
    ):
        engine.analyze_sensitivity(risky(), calculation="one", method="sobol", n=16)


def test_memory_does_not_grow_with_the_design(norrkoping: CompiledModel) -> None:
    about = subject(norrkoping, "researcher", party=None, strategy=None, choices=())
    function = outcome_function(norrkoping, about.strategy, settings=Settings(threads=1))
    column = function.taking(lambda columns: columns[:1])

    def peak(n: int) -> int:
        run = SaltelliRun(PointFunction(column, about, "sobol"), Saltelli(len(about.names), n, 0))
        tracemalloc.start()
        run.advance(n)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(256)
    small, large = peak(2 * MIXED_CHUNK), peak(8 * MIXED_CHUNK)
    assert large < 1.1 * small
    # 32 768 base points are 265 MB of points, and 386 MB of inputs
    assert large < 20e6
