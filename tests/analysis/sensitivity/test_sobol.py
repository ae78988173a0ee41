import numpy as np
import pytest

from engine.analysis.sensitivity.sobol import Sobol, bootstrap_indices
from engine.errors import RunError, UsageError

WEIGHTS = np.arange(5) / 2


def g(u: np.ndarray) -> np.ndarray:
    return 100 + np.prod((np.abs(4 * u - 2) + WEIGHTS) / (1 + WEIGHTS), axis=1)


def salib(y: np.ndarray, d: int, seed: int, **options: object) -> dict[str, np.ndarray]:
    from SALib.analyze import sobol

    problem = {"num_vars": d, "names": [f"x{i}" for i in range(d)], "bounds": [[0, 1]] * d}
    return sobol.analyze(problem, y, seed=seed, **options)


@pytest.mark.parametrize("second_order", [True, False])
@pytest.mark.parametrize(("n", "seed", "level"), [(64, 1, 0.95), (512, 7, 0.8)])
def test_bootstrapped_indices_and_intervals_are_salibs(second_order: bool, n: int, seed: int, level: float) -> None:
    method = Sobol(intervals="bootstrap", second_order=second_order, level=level)
    x = method.design(5, n, 3)
    y = g(x)
    found, theirs = method.analyze(x, y, seed=seed), salib(y, 5, seed, calc_second_order=second_order, conf_level=level)
    for name, ours in found.items():
        np.testing.assert_allclose(ours, theirs[name], rtol=0, atol=1e-12, err_msg=name)
    assert ("S2" in found) == second_order


def test_bootstrap_of_more_rows_than_are_multiplied_at_a_time_is_salibs() -> None:
    method = Sobol(intervals="bootstrap", resamples=20)
    x = method.design(2, 8192, 0)
    y = np.exp(x).prod(axis=1)
    found, theirs = method.analyze(x, y, seed=2), salib(y, 2, 2, num_resamples=20)
    for name, ours in found.items():
        np.testing.assert_allclose(ours, theirs[name], rtol=0, atol=1e-12, err_msg=name)


def test_runs_stand_in_salibs_order_so_that_it_reads_grouped_designs_alike() -> None:
    from SALib.analyze import sobol

    method = Sobol(groups=((0, 3), (1,), (2, 4)), intervals="bootstrap")
    x = method.design(5, 256, 4)
    y = g(x)
    problem = {
        "num_vars": 5,
        "names": list("abcde"),
        "groups": ["first", "second", "third", "first", "third"],
        "bounds": [[0, 1]] * 5,
    }
    theirs = sobol.analyze(problem, y, seed=9)
    for name, ours in method.analyze(x, y, seed=9).items():
        np.testing.assert_allclose(ours, theirs[name], rtol=0, atol=1e-12, err_msg=name)


def test_estimates_of_both_intervals_are_the_same() -> None:
    x = Sobol().design(5, 512, 3)
    y = g(x)
    theirs = salib(y, 5, 1)
    for name in ("S1", "ST", "S2"):
        np.testing.assert_allclose(Sobol().analyze(x, y, seed=3)[name], theirs[name], rtol=0, atol=1e-12)


def test_a_bootstrap_with_seed_0_can_be_repeated() -> None:
    y = g(Sobol().design(5, 64, 0)).reshape(64, 12)
    one, other = bootstrap_indices(y, 5, seed=0), bootstrap_indices(y, 5, seed=0)
    np.testing.assert_array_equal(one.total_half, other.total_half)


@pytest.mark.parametrize("intervals", ["scrambles", "bootstrap"])
@pytest.mark.parametrize("n", [8, 64, 1024])
def test_run_at_once_and_design_then_analysis_give_the_same_bits(intervals: str, n: int) -> None:
    method = Sobol(intervals=intervals)  # type: ignore[arg-type]
    x = method.design(5, n, 6)
    apart = method.analyze(x, g(x), seed=6)
    at_once, runs = method.measure(g, 5, n, 6)
    assert runs == len(x)
    for name, value in apart.items():
        np.testing.assert_array_equal(value, at_once[name])


def test_values_are_made_of_base_points_alone() -> None:
    seen = []

    def transform(u: np.ndarray) -> np.ndarray:
        seen.append(u.shape[0])
        return np.exp(u)

    plain, _ = Sobol().measure(lambda u: np.exp(u) @ [1.0, 2.0, 3.0], 3, 256, 1)
    mapped, _ = Sobol().measure(lambda x: x @ [1.0, 2.0, 3.0], 3, 256, 1, transform=transform)
    assert sum(seen) == 2 * 256
    np.testing.assert_allclose(plain["ST"], mapped["ST"], rtol=1e-12)


def test_shares_of_an_additive_function_are_its_variances() -> None:
    weight = np.array([1.0, 2.0, 4.0])
    x = Sobol().design(3, 1024, 5)
    found = Sobol().analyze(x, x @ weight, seed=5)
    truth = weight**2 / (weight**2).sum()
    assert (np.abs(found["S1"] - truth) <= 3 * found["S1_conf"]).all()
    assert (np.abs(found["ST"] - truth) <= 3 * found["ST_conf"]).all()
    upper = np.triu_indices(3, 1)
    assert (np.abs(found["S2"][upper]) <= 3 * found["S2_conf"][upper]).all()


def test_a_group_has_the_share_of_its_members_and_their_interaction() -> None:
    # y = x0 x1 + x2: the first group is all of x0, x1 and their product
    found, runs = Sobol(groups=((0, 1), (2,))).measure(lambda u: u[:, 0] * u[:, 1] + u[:, 2], 3, 1024, 0)
    product, last = 1 / 9 - 1 / 16, 1 / 12
    truth = np.array([product, last]) / (product + last)
    assert runs == 1024 * 6
    assert (np.abs(found["S1"] - truth) <= 3 * found["S1_conf"]).all()
    assert (np.abs(found["ST"] - truth) <= 3 * found["ST_conf"]).all()


def test_choices_and_other_discrete_inputs_have_indices() -> None:
    # a choice of one in three with effects 0, 0, 3, beside a number
    def y(u: np.ndarray) -> np.ndarray:
        return np.array([0.0, 0.0, 3.0])[(3 * u[:, 0]).astype(int)] + 2 * u[:, 1]

    found, _ = Sobol(second_order=False).measure(y, 2, 4096, 0)
    truth = np.array([2.0, 1 / 3]) / (2 + 1 / 3)
    assert (np.abs(found["S1"] - truth) <= 3 * found["S1_conf"]).all()
    assert (np.abs(found["ST"] - truth) <= 3 * found["ST_conf"]).all()


def test_second_order_stands_above_the_diagonal_only() -> None:
    x = Sobol().design(4, 64, 0)
    for intervals in ("scrambles", "bootstrap"):
        found = Sobol(intervals=intervals).analyze(x, x.prod(axis=1), seed=0)  # type: ignore[arg-type]
        for name in ("S2", "S2_conf"):
            assert np.isnan(found[name][np.tril_indices(4)]).all()
            assert np.isfinite(found[name][np.triu_indices(4, 1)]).all()


def test_indices_do_not_depend_on_scale_and_origin() -> None:
    x = Sobol().design(3, 256, 2)
    y = x[:, 0] * x[:, 1] + x[:, 2]
    one, other = Sobol().analyze(x, y, seed=2), Sobol().analyze(x, 1e6 + 250 * y, seed=2)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("intervals", ["scrambles", "bootstrap"])
def test_an_outcome_that_varies_off_the_base_points_alone_is_refused(intervals: str) -> None:
    x = Sobol().design(2, 8, 0)
    y = np.zeros(len(x))
    y[1] = 1.0
    with pytest.raises(RunError, match="in all 16 base points"):
        Sobol(intervals=intervals).analyze(x, y, seed=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("intervals", ["scrambles", "bootstrap"])
def test_outcomes_of_a_shuffled_design_are_refused(intervals: str) -> None:
    x = Sobol().design(3, 64, 0)
    shuffled = np.random.default_rng(0).permutation(x)
    with pytest.raises(UsageError, match="in their order"):
        Sobol(intervals=intervals).analyze(shuffled, shuffled.sum(axis=1), seed=0)  # type: ignore[arg-type]


def test_outcomes_of_a_design_without_second_order_are_refused_where_it_is_expected() -> None:
    x = Sobol(second_order=False).design(4, 64, 0)  # 64 x 6 runs; 384 is no multiple of 10, 1920 is
    with pytest.raises(UsageError, match="runs are not n × 10"):
        Sobol().analyze(x, x.sum(axis=1), seed=0)
    x = np.tile(x, (5, 1))
    for intervals in ("scrambles", "bootstrap"):
        with pytest.raises(UsageError, match="points"):
            Sobol(intervals=intervals).analyze(x, x.sum(axis=1), seed=0)  # type: ignore[arg-type]


def test_scrambles_of_another_seed_are_refused_and_can_be_bootstrapped() -> None:
    x = Sobol().design(3, 64, 1)
    y = x.sum(axis=1)
    with pytest.raises(UsageError, match="not those of seed 2"):
        Sobol().analyze(x, y, seed=2)
    assert np.isfinite(Sobol(intervals="bootstrap").analyze(x, y, seed=2)["ST"]).all()


def test_intervals_of_a_wider_level_are_wider() -> None:
    x = Sobol().design(2, 64, 0)
    y = x[:, 0] + x[:, 1] ** 3
    for intervals in ("scrambles", "bootstrap"):
        wide, narrow = (Sobol(level=c, intervals=intervals).analyze(x, y, seed=0) for c in (0.99, 0.9))  # type: ignore[arg-type]
        assert (wide["ST_conf"] > narrow["ST_conf"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"intervals": "jackknife"}, "scrambles or bootstrap"),
        ({"level": 1.0}, "between 0 and 1"),
        ({"resamples": 1}, "at least 2"),
    ],
)
def test_options_that_make_no_sense_are_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Sobol(**options)  # type: ignore[arg-type]


def test_groups_hold_every_parameter_once() -> None:
    with pytest.raises(UsageError, match="groups"):
        Sobol(groups=((0,), (0, 1))).design(2, 16, 0)


def test_outcomes_are_one_number_a_run() -> None:
    with pytest.raises(UsageError, match="one number a run"):
        Sobol().measure(lambda u: u, 2, 16, 0)
