"""Value of information against closed forms, quadrature and nested simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import norm

from engine.analysis.basis import build_basis
from engine.analysis.evppi import (
    Estimate,
    best_on_average,
    evpi,
    evppi,
    evppi_of_sets,
    fits_without,
    in_blocks,
    jackknife_error,
    members,
    nested_evppi,
    regret,
    smooth,
    smooth_to_decide,
)
from engine.errors import RunError, UsageError
from engine.run.designs import unit_points
from tests.analysis import slow_evppi as slow

Case: TypeAlias = tuple[np.ndarray, np.ndarray]

SLOPES = np.array([3.0, 2.0, 1.0, 0.5])
MEAN = -1.0


def normal_loss(mean: float, sd: float) -> float:
    """E max(0, X) - max(0, E X) of a normal X."""
    z = mean / sd
    return float(sd * norm.pdf(z) + mean * norm.cdf(z) - max(0.0, mean))


def call(mean: float, sigma: float, cost: float) -> float:
    """E max(0, X - cost) - max(0, E X - cost) of a lognormal X (Black and Scholes 1973)."""
    d = (math.log(mean / cost) + sigma**2 / 2) / sigma
    return float(mean * norm.cdf(d) - cost * norm.cdf(d - sigma) - max(0.0, mean - cost))


def normals(n: int, d: int, *, seed: int = 1, design: str = "monte_carlo") -> np.ndarray:
    return ndtri(unit_points(design, [f"x{k}" for k in range(d)], seed=seed, start=0, stop=n, total=n)).T


def linear(n: int = 4096, *, seed: int = 1, design: str = "monte_carlo") -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = normals(n, SLOPES.size, seed=seed, design=design)
    return (MEAN + x @ SLOPES)[:, None], x, members(n, 1 if design == "monte_carlo" else 16)


def near(estimate: float, se: float, truth: float, times: float = 4.0) -> bool:
    return abs(estimate - truth) <= times * se


@pytest.mark.parametrize("design", ["monte_carlo", "latin_hypercube", "sobol"])
def test_perfect_information_on_a_normal_net_benefit_is_the_unit_normal_loss(design: str) -> None:
    npv, _, member = linear(design=design)
    value, se = evpi(npv, member)
    assert near(float(value), float(se), normal_loss(MEAN, math.sqrt((SLOPES**2).sum())))
    assert 0 < se < 0.07


@pytest.mark.parametrize("design", ["monte_carlo", "latin_hypercube", "sobol"])
@pytest.mark.parametrize("learnt", [[0], [1], [2], [0, 1], [1, 2, 3], [0, 1, 2, 3]])
def test_learning_parameters_of_a_linear_normal_model_is_the_loss_of_their_own_spread(
    design: str, learnt: list[int]
) -> None:
    npv, x, member = linear(design=design)
    found = evppi(npv, x[:, learnt], member)
    truth = normal_loss(MEAN, math.sqrt((SLOPES[learnt] ** 2).sum()))
    # the curve keeps a little noise, which errs upwards by less than a hundredth
    assert abs(found.value - truth) <= 4 * found.se + 0.01
    assert abs(found.low - truth) <= 4 * found.se + 0.02


def test_two_interventions_agree_with_quadrature() -> None:
    x = normals(2**14, 2, design="sobol")
    npv = np.stack([x[:, 0] - 0.3, 1.5 * x[:, 1] - 0.2 + 0.5 * x[:, 0]], axis=1)
    member = members(len(npv), 16)
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    weights = weights / weights.sum()
    a, b = np.meshgrid(nodes, nodes, indexing="ij")
    both = np.maximum(np.maximum(a - 0.3, 1.5 * b - 0.2 + 0.5 * a), 0)
    value, se = evpi(npv, member)
    assert abs(value - weights @ both @ weights) <= 4 * se + 2e-3  # a kink costs the quadrature its digits
    first = weights @ np.maximum(np.maximum(nodes - 0.3, -0.2 + 0.5 * nodes), 0)
    found = evppi(npv, x[:, :1], member)
    assert abs(found.value - first) <= 4 * found.se + 5e-3


@pytest.mark.parametrize("learnt", [[0], [1], [0, 1], [0, 1, 2]])
def test_a_product_of_lognormals_agrees_with_the_price_of_a_call(learnt: list[int]) -> None:
    spread = np.array([0.5, 0.4, 0.3, 0.3])
    x = np.exp(spread * normals(8192, 4, design="sobol") - spread**2 / 2)
    npv = (10 * x.prod(axis=1) - 11)[:, None]
    found = evppi(npv, x[:, learnt], members(8192, 16))
    truth = call(10.0, math.sqrt((spread[learnt] ** 2).sum()), 11.0)
    assert abs(found.value - truth) <= 4 * found.se + 0.01 * truth


def test_a_wavy_curve_is_followed() -> None:
    u = unit_points("sobol", ["a", "b"], seed=3, start=0, stop=8192, total=8192)
    curve = np.sin(2 * np.pi * u[0]) + 0.2
    npv = (curve + 2 * ndtri(u[1]))[:, None]
    fine = np.sin(2 * np.pi * (np.arange(100_000) + 0.5) / 100_000) + 0.2
    truth = np.maximum(fine, 0).mean() - 0.2
    found = evppi(npv, u[:1].T, members(8192, 16))
    assert abs(found.value - truth) <= 4 * found.se + 0.01


def test_regression_and_nested_simulation_agree_on_a_nonlinear_model() -> None:
    def evaluate(x: np.ndarray) -> np.ndarray:
        gain = 8 * np.exp(0.6 * x[:, 0]) * (1 - np.exp(-np.exp(x[:, 1]))) - 6
        return np.stack([gain + 2 * x[:, 2], 0.5 * gain + x[:, 3]], axis=1)

    def values_of(points: np.ndarray) -> np.ndarray:
        return ndtri(points).T

    x = normals(8192, 4, seed=5, design="sobol")
    for learnt in ([0], [1], [0, 1]):
        found = evppi(evaluate(x), x[:, learnt], members(8192, 16))
        nested = nested_evppi(evaluate, values_of, dimensions=4, learnt=learnt, outer=2000, inner=100, seed=9)
        assert abs(found.value - (nested.value - nested.bias)) <= 4 * math.hypot(found.se, nested.se)
        assert 0 <= nested.bias < nested.value


def test_a_parameter_of_few_values_gets_the_mean_of_each() -> None:
    rng = np.random.default_rng(2)
    level = rng.integers(0, 3, 4000)
    npv = (np.array([-2.0, 0.5, 3.0])[level] - 1 + rng.standard_normal(4000))[:, None]
    means = np.array([npv[level == k].mean() for k in range(3)])
    share = np.bincount(level) / 4000
    exact = share @ np.maximum(means, 0) - max(0.0, npv.mean())
    assert evppi(npv, level[:, None].astype(float), members(4000, 1)).value == pytest.approx(exact, abs=1e-12)


def test_nothing_is_worth_learning_where_the_decision_cannot_change() -> None:
    x = normals(2048, 2)
    member = members(2048, 1)
    for shift, option in ((-50.0, 0), (50.0, 1)):
        npv = (x.sum(axis=1) + shift)[:, None]
        assert best_on_average(npv) == option
        assert [float(v) for v in evpi(npv, member)] == [0, 0]
        assert [float(v) for v in evppi(npv, x[:, :1], member)] == [0, 0, 0, 0]


def test_a_parameter_that_does_not_vary_is_worth_nothing() -> None:
    npv, x, member = linear(1024)
    found = evppi(npv, np.full((1024, 1), 7.0), member)
    assert found.value == 0
    with_it = evppi(npv, np.column_stack([x[:, 0], np.full(1024, 7.0)]), member)
    assert with_it.value == evppi(npv, x[:, :1], member).value


def test_a_parameter_without_effect_is_bracketed_from_both_sides() -> None:
    values, lows = [], []
    for seed in range(10):
        x = normals(2048, 2, seed=seed)
        found = evppi(x[:, :1], x[:, 1:], members(2048, 1))
        values.append(float(found.value))
        lows.append(float(found.low))
    assert min(values) >= 0
    assert np.mean(values) < 0.03  # of an EVPI of 0.40
    assert np.mean(lows) < 0.005


def test_the_standard_error_is_the_spread_over_seeds() -> None:
    def spread(design: str, learnt: list[int] | None) -> float:
        found = []
        for seed in range(50):
            npv, x, member = linear(512, seed=seed, design=design)
            found.append(evpi(npv, member) if learnt is None else evppi(npv, x[:, learnt], member)[:2])
        value, se = np.array(found, dtype=float).T
        return float(value.std(ddof=1) / np.sqrt((se**2).mean()))

    # the sd of 50 values has a relative error of 10 %; blocks of 32 draws of a Sobol' design add to it
    assert 0.7 < spread("monte_carlo", None) < 1.3
    assert 0.7 < spread("monte_carlo", [0]) < 1.3
    assert 0.6 < spread("sobol", None) < 1.4
    assert 0.6 < spread("sobol", [0, 1]) < 1.4


def strongly(z: np.ndarray, u: np.ndarray) -> Case:
    return MEAN + z @ SLOPES, z[:, 0]


def skewed(z: np.ndarray, u: np.ndarray) -> Case:
    x = np.exp(0.8 * z[:, 0] - 0.32)
    return 10 * x - 11 + 4 * z[:, 1], x


def rare(z: np.ndarray, u: np.ndarray) -> Case:
    x = (u[:, 0] > 0.9).astype(float)
    return np.where(x > 0, -8.0, 1.0) + 3 * z[:, 1], x


def seldom_harmful(z: np.ndarray, u: np.ndarray) -> Case:
    """Loses where the parameter is below 0.98, in 1 % of its law; what else is uncertain grows with the gain."""
    x = np.exp(math.log(2) + 0.3 * z[:, 0])
    return 1200 * (1 - np.exp(-0.75 * (x - 0.98))) + 60 * x * z[:, 1], x


def seldom_harmful_truth() -> float:
    z = ndtri((np.arange(10**6) + 0.5) / 10**6)
    gain = 1200 * (1 - np.exp(-0.75 * (np.exp(math.log(2) + 0.3 * z) - 0.98)))
    return float(np.maximum(-gain, 0).mean())


def sampled(case: Callable[[np.ndarray, np.ndarray], Case], n: int, *, seed: int, design: str) -> Case:
    names = [f"x{k}" for k in range(SLOPES.size)]
    u = unit_points(design, names, seed=seed, start=0, stop=n, total=n).T
    npv, x = case(ndtri(u), u)
    return npv[:, None], x[:, None]


@pytest.mark.parametrize("design", ["monte_carlo", "sobol"])
@pytest.mark.parametrize(
    ("case", "truth"),
    [
        (strongly, normal_loss(MEAN, SLOPES[0])),
        (skewed, call(10.0, 0.8, 11.0)),
        (rare, 0.1 * 8),
        (seldom_harmful, seldom_harmful_truth()),
    ],
)
def test_both_estimates_cover_the_truth_as_often_as_their_standard_errors_promise(
    case: Callable[[np.ndarray, np.ndarray], Case], truth: float, design: str
) -> None:
    n = 4096 if case is seldom_harmful else 1024  # of 1024 draws 9 would tell of the harm
    found = []
    for seed in range(100):
        npv, x = sampled(case, n, seed=seed, design=design)
        found.append([float(v) for v in evppi(npv, x, members(n, 1 if design == "monte_carlo" else 16))])
    value, se, low, low_se = np.array(found).T
    # 95 % of 100 lie within two standard errors, of a law that is a little skewed; 85 is four binomial errors below
    assert (np.abs(value - truth) <= 2 * se).sum() >= 85
    assert (np.abs(low - truth) <= 2 * low_se).sum() >= 85
    # and neither errs one way
    assert abs(value.mean() - truth) <= 4 * value.std(ddof=1) / 10 + 0.01 * truth
    assert low.mean() <= truth + 4 * low.std(ddof=1) / 10
    # the second may lie above the first, within the noise of both
    assert (low - value <= 4 * np.hypot(se, low_se) + 1e-9).all()


def test_a_weakly_informative_parameter_is_valued_near_its_closed_form() -> None:
    truth = normal_loss(MEAN, SLOPES[3])  # 0.004 of an EVPI of 1.0
    found = []
    for seed in range(100):
        npv, x, member = linear(1024, seed=seed, design="sobol")
        found.append([float(v) for v in evppi(npv, x[:, 3:], member)])
    value, se, low, low_se = np.array(found).T
    assert abs(value.mean() - truth) <= 4 * value.std(ddof=1) / 10 + 0.001
    assert abs(low.mean() - truth) <= 4 * low.std(ddof=1) / 10
    assert (np.abs(value - truth) <= 2 * se).sum() >= 75  # the regret has a kink here, and its law a long tail
    assert (np.abs(low - truth) <= 2 * low_se).sum() >= 85


def test_a_decision_that_turns_in_the_tail_is_not_smoothed_away() -> None:
    truth = seldom_harmful_truth()
    smoothed, found = [], []
    for seed in range(8):
        npv, x = sampled(seldom_harmful, 8192, seed=seed, design="sobol")
        smoothed.append(float(regret(smooth(build_basis(x), npv)[0]).mean()))
        found.append(float(evppi(npv, x, members(8192, 16)).value))
    # the curve that is best for most draws misses a fifth; what is reported does not
    assert np.mean(smoothed) < 0.8 * truth
    assert abs(np.mean(found) - truth) <= 4 * np.std(found, ddof=1) / math.sqrt(8)


def test_a_curve_that_decides_agrees_with_the_draws_in_which_it_would() -> None:
    npv, x = sampled(seldom_harmful, 8192, seed=1, design="sobol")
    basis = build_basis(x)
    curve, strength = smooth_to_decide(basis, npv)
    _, first = smooth(basis, npv)
    assert strength[0] < first[0]
    turned = curve[:, 0] < 0
    error = npv[:, 0] * turned
    assert abs((npv - curve)[turned, 0].sum() / 8192) <= error.std() / math.sqrt(8192)
    assert curve.mean() == pytest.approx(npv.mean(), abs=1e-9)


def test_where_the_curve_is_right_already_its_smoothness_stands() -> None:
    x = normals(4096, 2, design="sobol")
    for npv in (x[:, :1] + 0.5, x[:, :1] + 0.1 * x[:, 1:] + 0.5):
        assert np.array_equal(smooth_to_decide(build_basis(x[:, :1]), npv)[1], smooth(build_basis(x[:, :1]), npv)[1])


def test_several_outputs_at_once_equal_each_alone() -> None:
    npv, x, member = linear(2048)
    many = np.stack([npv, 2 * npv + 1, np.sin(npv)], axis=1)  # (n, party, strategy)
    together = evppi(many, x[:, :2], member)
    for k in range(3):
        alone = evppi(many[:, k], x[:, :2], member)
        for one, all_ in zip(alone, together, strict=True):
            assert all_[k] == pytest.approx(float(one), abs=1e-9)
        assert evpi(many, member)[0][k] == pytest.approx(float(evpi(many[:, k], member)[0]), rel=1e-12)


def test_regret_is_never_negative_and_a_tie_keeps_the_baseline() -> None:
    assert regret(np.array([[1.0], [-1.0]])).tolist() == [1.0, 0.0]
    assert best_on_average(np.array([[1.0], [-1.0]])) == 0


def test_a_curve_has_the_mean_of_its_draws_with_or_without_a_block() -> None:
    npv, x, member = linear(2048)
    order, starts = in_blocks(member)
    npv, x = npv[order], x[order]
    basis = build_basis(x[:, :3], starts)
    curve, strength = smooth(basis, npv)
    assert curve.mean() == pytest.approx(npv.mean(), abs=1e-10)
    sums = basis.sums(npv)
    other = basis.curves(fits_without(basis, sums.sum(axis=0) - sums, strength)[3])
    kept = np.delete(np.arange(2048), slice(starts[3], starts[4]))
    assert other[kept].mean() == pytest.approx(npv[kept].mean(), abs=1e-10)
    z = basis.at(np.arange(2048))
    assert np.allclose(z.T @ z / 2048, np.eye(z.shape[1]), atol=1e-8)
    assert np.allclose(basis.grams.sum(axis=0) / 2048, np.eye(z.shape[1]), atol=1e-8)


@pytest.mark.parametrize("learnt", [[0], [0, 1]])
def test_a_curve_without_a_block_is_the_fit_to_the_others(learnt: list[int]) -> None:
    npv, x, member = linear(512)
    order, starts = in_blocks(member)
    npv, x = npv[order], x[order]
    basis = build_basis(x[:, learnt], starts)
    _, strength = smooth(basis, npv)
    sums = basis.sums(npv)
    found = basis.curves(fits_without(basis, sums.sum(axis=0) - sums, strength)[5])
    z = basis.at(np.arange(512))
    kept = np.delete(z, slice(starts[5], starts[6]), axis=0)
    left = np.delete(npv, slice(starts[5], starts[6]), axis=0)
    direct = np.linalg.solve(kept.T @ kept + len(kept) * strength[0] * np.diag(basis.roughness), kept.T @ left)
    assert np.allclose(found, z @ direct, rtol=1e-6, atol=1e-8)


def test_straight_lines_are_not_penalised() -> None:
    x = normals(1000, 1)
    curve, _ = smooth(build_basis(x), 3 + 2 * x)
    assert np.allclose(curve, 3 + 2 * x, atol=1e-9)


def test_blocks_follow_the_numbers_of_the_draws() -> None:
    assert members(5, 2, draw=np.array([0, 3, 4, 7, 9])).tolist() == [0, 1, 0, 1, 1]
    assert members(40, 1).max() == 31


def test_one_block_gives_no_standard_error() -> None:
    npv = np.array([[1.0], [-2.0]])
    same = np.zeros(2, dtype=np.int64)
    assert np.isnan(evpi(npv, same)[1])
    found = evppi(npv, np.array([[0.0], [1.0]]), same)
    assert isinstance(found, Estimate)
    assert np.isnan(found.se)
    assert np.isnan(jackknife_error(np.zeros((1, 2)))).all()


def test_few_draws_are_enough_to_get_an_answer() -> None:
    npv, x, member = linear(16)
    for learnt in ([0], [0, 1, 2]):
        found = evppi(npv, x[:, learnt], member)
        assert np.isfinite([float(v) for v in found]).all()


def test_nested_simulation_meets_the_closed_form_and_errs_upwards_with_few_inner_draws() -> None:
    def run(inner: int, outer: int = 4000) -> tuple[float, float, float]:
        return nested_evppi(
            lambda x: MEAN + x @ SLOPES, lambda u: ndtri(u).T, dimensions=4, learnt=[1], outer=outer, inner=inner
        )

    truth = normal_loss(MEAN, 2.0)
    value, se, bias = run(400)
    assert abs(value - bias - truth) <= 4 * se
    rough_value, rough_se, rough_bias = run(4)
    assert rough_value - truth > 4 * rough_se
    assert 0 < rough_bias < rough_value
    again = nested_evppi(
        lambda x: MEAN + x @ SLOPES, lambda u: ndtri(u).T, dimensions=4, learnt=[1], outer=4000, inner=4, rows=1000
    )
    assert again.value == pytest.approx(rough_value, rel=1e-12)  # the cut changes nothing


def test_nested_simulation_refuses_what_it_cannot_do() -> None:
    def run(**options: object) -> object:
        given: dict[str, object] = {"dimensions": 2, "learnt": [0], "outer": 4, "inner": 4, **options}
        return nested_evppi(lambda x: x[:, 0], lambda u: u.T, **given)  # type: ignore[arg-type]

    for wrong in ({"learnt": [2]}, {"learnt": []}, {"outer": 1}, {"inner": 3}):
        with pytest.raises(UsageError):
            run(**wrong)
    with pytest.raises(RunError, match="finite"):
        nested_evppi(lambda x: x[:, 0] * np.nan, lambda u: u.T, dimensions=1, learnt=[0], outer=4, inner=4)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    mean=st.floats(-3, 3),
    slopes=st.lists(st.floats(-2, 2), min_size=3, max_size=3),
    bend=st.floats(-1, 1),
    discrete=st.booleans(),
)
def test_learning_a_part_is_worth_something_between_nothing_and_learning_all(
    seed: int, mean: float, slopes: list[float], bend: float, discrete: bool
) -> None:
    x = normals(1024, 3, seed=seed)
    if discrete:
        x[:, 0] = np.round(x[:, 0])
    npv = (mean + x @ slopes + bend * x[:, 0] * x[:, 1] + 0.5 * bend * x[:, 2] ** 2)[:, None]
    member = members(1024, 1)
    whole, se = evpi(npv, member)
    assert whole >= 0
    scale = float(npv.std()) / 32  # Monte Carlo error of a mean of 1024
    parts = [evppi(npv, x[:, [k]], member) for k in range(3)]
    pair = evppi(npv, x[:, :2], member)
    for found in (*parts, pair):
        assert 0 <= found.value <= whole + 4 * (found.se + se) + scale
    for part in parts[:2]:
        assert pair.value >= part.value - 4 * math.hypot(float(pair.se), float(part.se)) - scale
    doubled = evppi(2 * npv, x[:, :1], member)
    assert doubled.value == pytest.approx(2 * float(parts[0].value), rel=1e-6, abs=1e-9)


def test_the_error_of_perfect_information_is_a_jackknife_over_blocks() -> None:
    rng = np.random.default_rng(11)
    npv = rng.normal([0.1, -0.2], 1.0, (1000, 3, 2))
    member = rng.integers(0, 7, 1000)
    value, error = evpi(npv, member)
    without = np.stack([regret(npv[member != r]).mean(axis=0) for r in range(7)])
    np.testing.assert_allclose(value, regret(npv).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(error, jackknife_error(without), rtol=1e-9)


def twin_case(n: int, *, design: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three interventions and two parties; parameters of many laws, one of them of few values, one certain."""
    z = normals(n, 5, seed=21, design=design)
    x = np.column_stack(
        [z[:, 0], np.exp(0.7 * z[:, 1]), np.digitize(z[:, 2], [-1.0, 0.2, 1.1]), z[:, 3] ** 3, np.full(n, 2.0)]
    )
    gain = x[:, 0] + 0.5 * x[:, 1] * (x[:, 2] - 1.4) - 0.1
    other = 0.3 * x[:, 3] + 0.4 * z[:, 4] * x[:, 1] - 0.2
    npv = np.stack([gain, other, gain - 0.5 * other - 0.2], axis=-1)
    return np.stack([npv, 3.0 * npv + 0.3], axis=1), x, members(n, 1 if design == "monte_carlo" else 16)


@pytest.mark.parametrize(("design", "n"), [("monte_carlo", 3000), ("sobol", 4096), ("monte_carlo", 100)])
def test_estimates_are_those_of_the_slow_twin(design: str, n: int) -> None:
    npv, x, member = twin_case(n, design=design)
    sets = [[0], [1], [2], [3], [4], [0, 1], [2, 3], [0, 1, 2, 3, 4], [4, 1]]
    together = evppi_of_sets(npv, x, member, sets)
    for learnt, found in zip(sets, together, strict=True):
        want = slow.evppi(npv, x[:, learnt], member)
        for fast_part, slow_part in zip(found, want, strict=True):
            # the two order their sums differently, and orthonormal functions amplify that a little
            np.testing.assert_allclose(fast_part, slow_part, rtol=1e-8, atol=1e-12, err_msg=str(learnt))
        for alone, part in zip(evppi(npv, x[:, learnt], member), found, strict=True):
            np.testing.assert_array_equal(alone, part)


def test_one_output_and_a_decision_in_the_tail_are_those_of_the_slow_twin() -> None:
    npv, x = sampled(seldom_harmful, 8192, seed=2, design="sobol")
    member = members(8192, 16)
    for fast_part, slow_part in zip(evppi(npv, x, member), slow.evppi(npv, x, member), strict=True):
        np.testing.assert_allclose(fast_part, slow_part, rtol=1e-8, atol=1e-12)


def test_smooth_curves_are_those_of_the_slow_twin() -> None:
    npv, x, _ = twin_case(2000, design="monte_carlo")
    y = npv.reshape(2000, -1)
    for learnt in ([0], [1], [2], [0, 1, 3]):
        basis, dense = build_basis(x[:, learnt]), slow.build_basis(x[:, learnt])
        np.testing.assert_allclose(basis.roughness, dense.roughness, rtol=1e-7, atol=1e-9)
        for ours, theirs in zip(smooth_to_decide(basis, npv), slow.smooth_to_decide(dense, npv), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(smooth(basis, y)[0], slow.smooth(dense, y)[0], rtol=1e-9, atol=1e-9)
