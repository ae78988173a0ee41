"""Value of a study against conjugate closed forms, exact sums and nested simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import beta, betabinom, norm

from engine.analysis.evppi import evppi, members
from engine.analysis.evsi import MeanStudy, ProportionStudy, RatioStudy, Study, evsi, net_benefit_of_sampling
from engine.errors import UsageError
from engine.run.designs import unit_points
from tests.analysis import slow_evppi as slow

N = 8192
SIZES = (1, 5, 20, 80, 400, 100_000)


def normal_loss(mean: float, sd: float) -> float:
    """E max(0, X) - max(0, E X) of a normal X."""
    z = mean / sd
    return float(sd * norm.pdf(z) + mean * norm.cdf(z) - max(0.0, mean))


def luck(*names: str, design: str = "monte_carlo", seed: int = 4, n: int = N) -> np.ndarray:
    return unit_points(design, names, seed=seed, start=0, stop=n, total=n)


def value(npv: np.ndarray, theta: np.ndarray, study: Study, sizes: tuple[int, ...] = SIZES) -> tuple[np.ndarray, ...]:
    """Values and standard errors by size, then of perfect information."""
    u = luck("study", n=len(theta))[0]
    found, se, perfect = evsi(npv[:, None], theta, members(len(theta), 1), study=study, sizes=sizes, u=u)
    return found, se, np.asarray(perfect.value), np.asarray(perfect.se)


def test_a_study_of_a_normal_mean_agrees_with_the_conjugate_closed_form() -> None:
    theta, rest = ndtri(luck("theta", "rest"))
    theta = 0.5 + 2 * theta
    npv = 3 * theta - 2 + 4 * rest  # mean -0.5; sd of its expectation given theta 6
    found, se, perfect, perfect_se = value(npv, theta, MeanStudy(unit_variance=25.0))
    for k, size in enumerate(SIZES):
        sd = 3 * 4 / math.sqrt(4 + 25 / size)
        assert abs(found[k] - normal_loss(-0.5, sd)) <= 4 * se[k] + 0.01
    assert abs(perfect - normal_loss(-0.5, 6)) <= 4 * perfect_se + 0.01


def test_a_study_of_a_proportion_agrees_with_the_exact_sum_over_its_results() -> None:
    u = luck("p", "rest", seed=8)
    a, b = 4.0, 6.0
    p = beta.ppf(u[0], a, b)
    npv = 100 * p - 42 + 5 * ndtri(u[1])
    found, se, perfect, _ = value(npv, p, ProportionStudy())
    for k, size in enumerate(SIZES[:-1]):
        results = np.arange(size + 1)
        expected = 100 * (a + results) / (a + b + size) - 42
        truth = betabinom.pmf(results, size, a, b) @ np.maximum(expected, 0)
        assert abs(found[k] - truth) <= 4 * se[k] + 0.03
    assert found[-1] == pytest.approx(float(perfect), rel=0.02)


def test_a_curved_net_benefit_of_a_proportion_agrees_with_the_exact_sum() -> None:
    u = luck("p", seed=8)
    p = beta.ppf(u[0], 4, 6)
    found, se, _, _ = value(30 * p**2 - 6, p, ProportionStudy(), (10, 50))
    for k, size in enumerate((10, 50)):
        results = np.arange(size + 1)
        a, total = 4.0 + results, 10.0 + size
        square = a * (a + 1) / (total * (total + 1))  # second moment of the posterior beta law
        truth = betabinom.pmf(results, size, 4, 6) @ np.maximum(30 * square - 6, 0)
        assert abs(found[k] - truth) <= 4 * se[k] + 0.01


def test_a_study_of_a_ratio_agrees_with_the_conjugate_closed_form() -> None:
    # E[ratio | result] is lognormal: its logarithm has the variance that the study takes away
    sigma, cost = 0.5, 11.0
    u = luck("ratio", "rest", seed=6)
    ratio = np.exp(sigma * ndtri(u[0]) - sigma**2 / 2)
    npv = 10 * ratio - cost + 3 * ndtri(u[1])
    sizes = (4, 20, 100, 1000)
    found, se, _, _ = value(npv, ratio, RatioStudy(), sizes)
    for k, events in enumerate(sizes):
        s = sigma**2 / math.sqrt(sigma**2 + 4 / events)
        d = (math.log(10 / cost) + s**2 / 2) / s
        truth = 10 * norm.cdf(d) - cost * norm.cdf(d - s)
        assert abs(found[k] - truth) <= 4 * se[k] + 0.01


def test_a_nested_calculation_with_the_posterior_agrees() -> None:
    # curved in the parameter, and another parameter multiplies it
    def evaluate(ratio: np.ndarray, factor: np.ndarray) -> np.ndarray:
        return np.asarray(8 * factor * (1 - np.exp(-ratio)) - 5)

    sigma, events = 0.6, 30
    u = luck("ratio", "factor", design="sobol", seed=2)
    ratio, factor = np.exp(sigma * ndtri(u[0])), np.exp(0.3 * ndtri(u[1]))
    member = members(N, 16)
    npv = evaluate(ratio, factor)[:, None]
    found, se, _ = evsi(npv, ratio, member, study=RatioStudy(), sizes=[events], u=luck("study")[0])

    rng = np.random.default_rng(7)
    outer, inner, noise = 3000, 400, 4 / events
    result = sigma * rng.standard_normal(outer) + math.sqrt(noise) * rng.standard_normal(outer)
    weight = sigma**2 / (sigma**2 + noise)
    posterior = weight * result[:, None] + sigma * math.sqrt(1 - weight) * rng.standard_normal((outer, inner))
    mean = evaluate(np.exp(posterior), np.exp(0.3 * rng.standard_normal((outer, inner)))).mean(axis=1)
    gain = np.maximum(mean, 0) - (mean if mean.mean() > 0 else 0)
    assert abs(found[0] - gain.mean()) <= 4 * math.hypot(se[0], gain.std() / math.sqrt(outer)) + 0.005


@pytest.mark.parametrize("study", [ProportionStudy(), RatioStudy(), MeanStudy(0.04)])
def test_a_larger_study_is_worth_more_and_tends_to_perfect_information(study: Study) -> None:
    u = luck("theta", "rest", design="sobol")
    theta = beta.ppf(u[0], 2, 3)
    npv = (10 * np.sqrt(theta) - 6.4 + ndtri(u[1]))[:, None]
    member = members(N, 16)
    found, se, perfect = evsi(npv, theta, member, study=study, sizes=SIZES, u=luck("study")[0])
    assert (np.diff(found) >= -2 * np.hypot(se[1:], se[:-1])).all()
    assert found[0] < 0.8 * perfect.value
    assert found[-1] == pytest.approx(float(perfect.value), rel=0.02)
    assert perfect.value == pytest.approx(float(evppi(npv, theta[:, None], member).value), rel=1e-12)
    assert perfect.se == pytest.approx(float(evppi(npv, theta[:, None], member).se), rel=1e-12)


def test_a_study_that_cannot_change_the_decision_is_worth_nothing() -> None:
    theta = luck("theta")[0]
    found, se, perfect, _ = value(theta - 5, theta, ProportionStudy(), (10, 1000))
    assert found.tolist() == [0, 0]
    assert se.tolist() == [0, 0]
    assert perfect == 0


def test_the_standard_error_of_a_study_is_the_spread_over_seeds() -> None:
    rows = []
    for seed in range(40):
        u = luck("theta", "rest", "study", seed=seed, n=1024)
        npv = (2 * ndtri(u[0]) - 0.5 + ndtri(u[1]))[:, None]
        found, se, _ = evsi(npv, ndtri(u[0]), members(1024, 1), study=MeanStudy(10.0), sizes=[10], u=u[2])
        rows.append((found[0], se[0]))
    found, se = np.array(rows).T
    assert 0.7 < found.std(ddof=1) / np.sqrt((se**2).mean()) < 1.4


def test_several_parties_and_strategies_go_through_at_once() -> None:
    u = luck("theta", "rest", n=2048)
    npv = np.stack([u[0] - 0.6, 2 * u[0] - 1.1 + u[1] - 0.5], axis=1)
    both = np.stack([npv, 3 * npv], axis=1)
    study, member, data = ProportionStudy(), members(2048, 1), luck("study", n=2048)[0]
    found, se, perfect = evsi(both, u[0], member, study=study, sizes=[10, 50, 200], u=data)
    assert found.shape == se.shape == (3, 2)
    assert perfect.value.shape == (2,)
    assert found[:, 1] == pytest.approx(3 * found[:, 0], rel=1e-6)


def test_what_a_study_is_worth_beyond_its_cost() -> None:
    net = net_benefit_of_sampling(np.array([[1.0, 2.0], [3.0, 4.0]]), [10, 20], cohort=100, cost_per_person=2)
    assert net.tolist() == [[80, 180], [260, 360]]
    assert net_benefit_of_sampling(np.array([1.0]), [10], cohort=0, cost_per_person=2, fixed_cost=5).tolist() == [-25]


def test_what_no_study_can_be_is_refused() -> None:
    theta = luck("theta", n=64)[0]
    for study, wrong in ((ProportionStudy(), theta + 0.5), (RatioStudy(), theta - 0.5)):
        with pytest.raises(UsageError, match="needs a parameter"):
            value(theta, wrong, study, (5,))
    for sizes in ((), (0,), (5, -1)):
        with pytest.raises(UsageError, match="sizes"):
            value(theta, theta, ProportionStudy(), sizes)
    for variance in (0.0, -1.0, math.nan):
        with pytest.raises(UsageError, match="unit_variance"):
            RatioStudy(variance)
        with pytest.raises(UsageError, match="unit_variance"):
            MeanStudy(variance)


@pytest.mark.parametrize("study", [ProportionStudy(), MeanStudy(4.0)])
@pytest.mark.parametrize("design", ["monte_carlo", "sobol"])
def test_values_are_those_of_the_slow_twin(study: Study, design: str) -> None:
    n = 2048
    theta, rest, other = luck("theta", "rest", "other", design=design, n=n)
    gain = 4 * theta + ndtri(rest) - 2.2
    npv = np.stack([np.stack([gain, 0.5 * gain + ndtri(other)], axis=1), np.stack([2 * gain, gain**2 - 3], axis=1)], 1)
    member = members(n, 16 if design == "sobol" else 1)
    u = luck("study", n=n)[0]
    how = {"study": study, "sizes": (2, 30, 1000), "u": u}
    found, wanted = evsi(npv, theta, member, **how), slow.evsi(npv, theta, member, **how)
    for ours, theirs in zip([*found[:2], *found[2]], [*wanted[:2], *wanted[2]], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-11)
