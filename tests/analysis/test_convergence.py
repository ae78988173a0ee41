import numpy as np
import pytest
import xarray as xr

from engine.analysis.convergence import (
    checkpoints,
    label_refinement,
    mean_by_draws,
    mean_convergence,
    refine_indices,
)
from engine.analysis.sensitivity.saltelli import sobol_indices
from engine.analysis.summary import monte_carlo_error
from engine.errors import RunError, UsageError
from engine.vocabulary import DIMENSIONS, VARIABLES

WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0])
PART = 1 / (3 * (1 + WEIGHTS) ** 2)
ST = PART * np.prod(1 + PART) / (1 + PART) / (np.prod(1 + PART) - 1)


def g(u: np.ndarray) -> np.ndarray:
    return np.prod((np.abs(4 * u - 2) + WEIGHTS) / (1 + WEIGHTS), axis=1)


def test_refinement_stops_at_the_first_size_that_is_precise_enough() -> None:
    found = refine_indices(g, 4, budget=10**6, seed=0, width=0.02, second_order=False)
    assert found.reached
    assert found.ranking_stable[-1]
    assert 2 * found.worst_half_width[-1] < 0.02
    assert all(2 * w >= 0.02 or not s for w, s in zip(found.worst_half_width[:-1], found.ranking_stable, strict=False))
    np.testing.assert_array_equal(np.diff(np.log2(found.n)), 1)
    np.testing.assert_array_equal(found.runs, found.n * 6)
    assert (np.abs(found.total[-1] - ST) <= 3 * found.total_half[-1]).all()


def test_refinement_evaluates_each_run_once_and_ends_where_one_design_would() -> None:
    runs = 0

    def counted(u: np.ndarray) -> np.ndarray:
        nonlocal runs
        runs += len(u)
        return g(u)

    found = refine_indices(counted, 4, budget=50_000, seed=3, width=1e-6)
    assert not found.reached
    assert runs == found.runs[-1] == 4096 * 10
    at_once = sobol_indices(g, 4, n=4096, seed=3)
    np.testing.assert_array_equal(found.indices.aggregated.total, at_once.aggregated.total)
    np.testing.assert_array_equal(found.total[-1], at_once.aggregated.total)


def test_half_widths_shrink_faster_than_those_of_independent_points() -> None:
    found = refine_indices(g, 4, budget=500_000, seed=1, width=1e-6, second_order=False)
    gain = np.log2(found.worst_half_width[0] / found.worst_half_width[-1]) / (len(found.n) - 1)
    assert gain > 0.5


def test_parameters_that_matter_alike_are_a_tie_and_not_an_endless_question() -> None:
    found = refine_indices(lambda u: u.sum(axis=1), 6, budget=10**6, seed=0, second_order=False)
    assert found.reached


def test_a_ranking_that_the_scrambles_disagree_on_is_not_stable() -> None:
    # at 32 points, one of three parameters with shares of 0.30, 0.33 and 0.37 is not told from the next
    found = refine_indices(
        lambda u: u @ np.sqrt([0.30, 0.33, 0.37]), 3, budget=32 * 5, seed=0, start=32, width=0.01, second_order=False
    )
    assert not found.ranking_stable[0]
    assert not found.reached


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": 100}, "the first design of 256 base points takes 2560"),
        ({"start": 100}, "power of two"),
        ({"start": 16}, "power of two from 32"),
        ({"width": 0}, "above 0"),
        ({"top": 0}, "at least 1"),
    ],
)
def test_rules_that_make_no_sense_are_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        refine_indices(g, 4, **{"budget": 10**5, "seed": 0, **options})  # type: ignore[arg-type]


def test_the_convergence_table_has_the_vocabularys_names() -> None:
    found = refine_indices(g, 4, budget=50_000, seed=0)
    ds = label_refinement(found, ["a", "b", "c", "d"], labels=["A", "B", "C", "D"], attrs={"party": "society"})
    for name, variable in ds.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
        assert variable.dtype == np.float64
    assert set(ds.dims) <= set(DIMENSIONS)
    assert ds["n"].values.tolist() == found.n.tolist()
    last = {"method": "sobol", "n": int(found.n[-1]), "runs": int(found.runs[-1])}
    assert ds.attrs == {**last, "reached": int(found.reached), "party": "society"}
    np.testing.assert_array_equal(ds["ST"], found.total[-1])
    assert (np.abs(ds["S1"] - PART / (np.prod(1 + PART) - 1)) <= 3 * ds["S1_conf"]).all()
    with pytest.raises(UsageError, match="4 parameters"):
        label_refinement(found, ["a"])


# ---------------------------------------------------------------- means


def test_checkpoints_double_and_end_with_all_draws() -> None:
    assert checkpoints(1000, 1).tolist() == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1000]
    assert checkpoints(128, 16).tolist() == [32, 64, 128]
    assert checkpoints(3, 16).tolist() == [3]


def test_means_are_those_of_the_first_draws() -> None:
    x = np.random.default_rng(0).normal(size=(2, 256))
    n, mean, error = mean_by_draws(x, 16)
    for k, count in enumerate(n):
        np.testing.assert_allclose(mean[k], x[:, :count].mean(axis=1), rtol=1e-12)
        np.testing.assert_array_equal(error[k], monte_carlo_error(x[:, :count], 16))


def test_the_error_of_independent_draws_falls_with_the_root_of_their_number() -> None:
    x = np.random.default_rng(1).normal(size=2**14)
    n, mean, error = mean_by_draws(x, 1)
    late = n >= 256
    np.testing.assert_allclose(error[late] * np.sqrt(n[late]), 1, atol=0.15)
    assert (np.abs(mean[late]) <= 4 * error[late]).all()


def test_draws_that_were_left_out_keep_the_others_in_their_replicate() -> None:
    x = np.arange(64.0)
    draw = np.delete(np.arange(64), [0, 17])
    n, mean, error = mean_by_draws(x[draw], 16, draw=draw)
    assert n.tolist() == [32, 64]
    assert mean[0] == pytest.approx(x[draw[draw < 32]].mean())
    assert error[1] == monte_carlo_error(x[draw], 16, draw=draw)


def test_outcomes_that_are_not_finite_have_no_mean() -> None:
    with pytest.raises(RunError, match="1 of 4"):
        mean_by_draws(np.array([1.0, np.nan, 2.0, 3.0]), 1)
    with pytest.raises(UsageError, match="no draw"):
        mean_by_draws(np.empty(0), 1)


def test_convergence_of_results_leaves_out_rejected_draws() -> None:
    npv = np.random.default_rng(0).normal(size=(2, 1, 3, 64))
    status = np.zeros((2, 64), dtype=np.int64)
    status[1, 5] = 1
    npv[1, ..., 5] = np.nan
    results = xr.Dataset(
        {
            "npv": (("calculation", "strategy", "party", "draw"), npv),
            "status": (("calculation", "draw"), status),
        },
        coords={"calculation": ["a", "b"], "strategy": ["s"], "party": ["x", "y", "z"], "draw": np.arange(64)},
        attrs={"replicates": 16},
    )
    ds = mean_convergence(results)
    for name, variable in ds.data_vars.items():
        assert variable.dims == VARIABLES[str(name)].dims
    assert ds["draws_so_far"].values.tolist() == [32, 64]
    np.testing.assert_allclose(ds["mean_so_far"][1, 0], npv[0].mean(axis=-1))
    np.testing.assert_allclose(ds["mean_so_far"][1, 1], np.nanmean(npv[1], axis=-1))
