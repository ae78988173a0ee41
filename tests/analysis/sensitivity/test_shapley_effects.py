from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
import pytest
from scipy.special import ndtri

from engine.analysis.sensitivity import analyze_sensitivity
from engine.analysis.sensitivity.shapley_effects import ShapleyEffects, condition
from engine.errors import UsageError


def g_function(u: np.ndarray, a: np.ndarray) -> np.ndarray:
    return np.asarray(((np.abs(4 * u - 2) + a) / (1 + a)).prod(axis=1))


def of_g(a: np.ndarray) -> np.ndarray:
    """Shapley effects of the G-function: every interaction shared equally by its members."""
    part = 1 / 3 / (1 + a) ** 2
    whole = (1 + part).prod() - 1
    effect = np.zeros(a.size)
    for size in range(1, a.size + 1):
        for members in combinations(range(a.size), size):
            effect[list(members)] += part[list(members)].prod() / size
    return effect / whole


def of_a_linear_normal(weight: np.ndarray, covariance: np.ndarray, groups: Sequence[Sequence[int]]) -> np.ndarray:
    """Shapley effects of weight·X, X normal: all subsets, with the variance left when the others are known."""
    count = len(groups)

    def left(members: tuple[int, ...]) -> float:
        j = [i for g in members for i in groups[g]]
        k = [i for i in range(weight.size) if i not in j]
        if not j:
            return 0.0
        inner = covariance[np.ix_(j, j)]
        if k:
            across = covariance[np.ix_(j, k)]
            inner = inner - across @ np.linalg.solve(covariance[np.ix_(k, k)], across.T)
        return float(weight[j] @ inner @ weight[j])

    effect = np.zeros(count)
    for i in range(count):
        others = [g for g in range(count) if g != i]
        for size in range(count):
            for u in combinations(others, size):
                effect[i] += (left((*u, i)) - left(u)) / comb(count - 1, size) / count
    return effect / float(weight @ covariance @ weight)


CORRELATION = np.array([[1.0, 0.0, 0.7], [0.0, 1.0, -0.4], [0.7, -0.4, 1.0]])
WEIGHT = np.array([1.0, 2.0, 0.5])


def run(method: ShapleyEffects, function: object, d: int, n: int, seed: int = 0) -> dict[str, np.ndarray]:
    x = method.design(d, n, seed)
    return method.analyze(x, function(x), seed=seed)  # type: ignore[operator]


def test_the_g_function_has_its_effects() -> None:
    a = np.array([0.0, 1.0, 4.5, 9.0])
    found = run(ShapleyEffects(), lambda u: g_function(u, a), 4, 16384)
    error = np.abs(found["shapley_effect"] - of_g(a))
    assert (error < 2 * found["shapley_effect_conf"]).all()
    assert (found["shapley_effect_conf"] < 0.03).all()


def test_a_linear_normal_model_with_correlation_has_its_effects() -> None:
    method = ShapleyEffects(correlation=tuple(map(tuple, CORRELATION.tolist())))
    found = run(method, lambda u: ndtri(u) @ WEIGHT, 3, 16384, seed=1)
    truth = of_a_linear_normal(WEIGHT, CORRELATION, [(0,), (1,), (2,)])
    error = np.abs(found["shapley_effect"] - truth)
    assert (error < 2 * found["shapley_effect_conf"]).all()
    assert (found["shapley_effect_conf"] < 0.04).all()


def test_two_correlated_parameters_share_as_published() -> None:
    # Owen & Prieur (2017), two normal parameters: one that the outcome does not use gets ρ²/2, by correlation alone
    method = ShapleyEffects(correlation=((1.0, 0.6), (0.6, 1.0)))
    found = run(method, lambda u: ndtri(u)[:, 0], 2, 16384, seed=2)
    error = np.abs(found["shapley_effect"] - [1 - 0.18, 0.18])
    assert (error < 2 * found["shapley_effect_conf"]).all()


@pytest.mark.parametrize("correlation", [(), tuple(map(tuple, CORRELATION.tolist()))])
def test_shares_add_up_to_one(correlation: tuple[tuple[float, ...], ...]) -> None:
    found = run(ShapleyEffects(correlation=correlation), lambda u: np.exp(u @ WEIGHT) + 7, 3, 256)
    assert found["shapley_effect"].sum() == pytest.approx(1, abs=1e-12)


def test_a_parameter_without_influence_has_exactly_none_and_equals_are_equal_within_error() -> None:
    found = run(ShapleyEffects(), lambda u: u[:, 0] * u[:, 1], 3, 4096)
    effect, half = found["shapley_effect"], found["shapley_effect_conf"]
    assert effect[2] == half[2] == 0
    assert abs(effect[0] - effect[1]) < 2 * (half[0] + half[1])


def test_groups_have_the_effects_of_their_quotient_game() -> None:
    groups = ((0, 1), (2,))
    method = ShapleyEffects(groups=groups, correlation=tuple(map(tuple, CORRELATION.tolist())))
    found = run(method, lambda u: ndtri(u) @ WEIGHT, 3, 16384, seed=3)
    truth = of_a_linear_normal(WEIGHT, CORRELATION, groups)
    assert (np.abs(found["shapley_effect"] - truth) < 2 * found["shapley_effect_conf"]).all()
    found = run(ShapleyEffects(groups=groups), lambda u: ndtri(u) @ WEIGHT, 3, 16384, seed=3)
    assert (np.abs(found["shapley_effect"] - np.array([5, 0.25]) / 5.25) < 2 * found["shapley_effect_conf"]).all()


def test_discrete_parameters_with_equal_draws_are_no_problem() -> None:
    found = run(ShapleyEffects(), lambda u: np.where(u[:, 0] < 0.5, -1.0, 1.0) + (u[:, 1] < 0.5), 2, 16384)
    assert (np.abs(found["shapley_effect"] - [0.8, 0.2]) < 2 * found["shapley_effect_conf"]).all()


@pytest.mark.parametrize("dependent", [False, True])
def test_intervals_hold_the_truth_as_often_as_they_say(dependent: bool) -> None:
    r = CORRELATION if dependent else np.eye(3)
    method = ShapleyEffects(correlation=tuple(map(tuple, CORRELATION.tolist())) if dependent else ())
    truth = of_a_linear_normal(WEIGHT, r, [(0,), (1,), (2,)])
    held = []
    for seed in range(200):
        found = run(method, lambda u: ndtri(u) @ WEIGHT, 3, 256, seed)
        held.append(np.abs(found["shapley_effect"] - truth) < found["shapley_effect_conf"])
    assert 0.90 <= np.mean(held) <= 0.98


def test_draws_given_some_coordinates_have_the_conditional_law() -> None:
    rng = np.random.default_rng(0)
    n = 200_000
    fresh = rng.standard_normal((n, 3)) @ np.linalg.cholesky(CORRELATION).T
    given = np.broadcast_to([0.5, -1.0, 0.0], (n, 3))
    kept = np.broadcast_to([True, True, False], (n, 3))
    z = condition(given, fresh, kept, CORRELATION)
    assert (z[:, :2] == [0.5, -1.0]).all()
    # 0 and 1 are independent, so the mean is 0.7 · 0.5 + 0.4 · 1, the variance 1 - 0.49 - 0.16
    assert z[:, 2].mean() == pytest.approx(0.75, abs=4 * np.sqrt(0.35 / n))
    assert z[:, 2].var() == pytest.approx(0.35, abs=4 * 0.35 * np.sqrt(2 / n))


def test_the_entry_takes_groups_and_correlation() -> None:
    found = analyze_sensitivity(
        lambda u: ndtri(u) @ WEIGHT,
        names=["a", "b", "c"],
        method="shapley_effects",
        n=256,
        groups={"both": (0, 2)},
        correlation=CORRELATION,
    )
    assert found["parameter"].values.tolist() == ["both", "b"]
    assert found["shapley_effect"].sum() == pytest.approx(1)
    assert found.attrs["runs"] == 256 * 3


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.eye(2), r"shape \(2, 2\)"),
        (np.array([[1, 0.5, 0], [0.4, 1, 0], [0, 0, 1]]), "symmetric"),
        (np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1.0]]), "smallest eigenvalue"),
        (np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]]), "smallest eigenvalue"),
    ],
)
def test_an_impossible_correlation_is_refused(matrix: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        analyze_sensitivity(
            lambda u: u[:, 0], names=["a", "b", "c"], method="shapley_effects", n=64, correlation=matrix
        )


def test_points_of_another_seed_are_refused() -> None:
    x = ShapleyEffects().design(2, 64, 1)
    with pytest.raises(UsageError, match="with this seed"):
        ShapleyEffects().analyze(x, x[:, 0], seed=2)
