"""Cost-effectiveness against published tables, textbook examples and the bivariate normal law."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from engine.analysis.economics import (
    DOMINATED,
    EXTENDEDLY_DOMINATED,
    ON_FRONTIER,
    SAME,
    best_ranges,
    decision_curves,
    incremental_table,
    net_health_benefit,
    net_monetary_benefit,
)
from engine.analysis.summary import monte_carlo_error
from tests.published import hip_replacement_by_hand as hip
from tests.published import hiv_by_hand as hiv
from tests.published import sick_sicker_by_hand as sick
from tests.published import sick_sicker_time_by_hand as sick_time
from tests.published.cost_effectiveness import frontier, perfect_information

Array = NDArray[np.float64]
SIGMAS = 4.0


@pytest.mark.parametrize("published", [sick, sick_time])
def test_published_costs_and_qalys_give_the_published_increments(published: object) -> None:
    costs, qalys, printed = (getattr(published, n) for n in ("COSTS", "QALYS", "INCREMENTS"))
    names = list(costs)
    found = incremental_table(np.array([costs[n] for n in names]), np.array([qalys[n] for n in names]))
    assert [names[s] for s in np.flatnonzero(found.dominance == DOMINATED)] == ["a"]
    for name, (cost, qaly, icer) in printed.items():
        s = names.index(name)
        assert found.dominance[s] == ON_FRONTIER
        assert found.cost[s] == pytest.approx(cost, abs=1.01)  # of printed, rounded costs
        assert found.effect[s] == pytest.approx(qaly, abs=1.1e-3)
        # QALYs printed to three decimals leave the ratio 1e-3 / 0.9 of itself.
        assert found.icer[s] == pytest.approx(icer, rel=1.2e-3)
    assert np.isnan(found.icer[names.index("standard_of_care")])


@pytest.mark.parametrize("published", [sick, sick_time])
def test_exact_costs_and_qalys_give_the_published_icers_to_the_last_digit(published: object) -> None:
    costs, qalys = (x[:, 0] for x in published.totals(published.point()))  # type: ignore[attr-defined]
    found = incremental_table(costs, qalys)
    for name, (_, _, icer) in published.INCREMENTS.items():  # type: ignore[attr-defined]
        assert round(found.icer[list(sick.STRATEGIES).index(name)]) == icer


def test_two_strategies_have_the_icer_of_the_spreadsheets() -> None:
    found = incremental_table(np.array([hiv.COST["mono"], hiv.COST["comb"]]),
                              np.array([hiv.LIFE_YEARS["mono"], hiv.LIFE_YEARS["comb"]]))  # fmt: skip
    # Costs and life years are printed to seven decimals, which leaves the ratio five of its own.
    assert found.icer[1] == pytest.approx(hiv.ICER, abs=1e-3)
    found = incremental_table(np.array([hip.COST["standard"], hip.COST["new"]]),
                              np.array([hip.QALYS["standard"], hip.QALYS["new"]]))  # fmt: skip
    assert found.icer[1] == pytest.approx(hip.ICER, abs=5e-3)


def test_a_strategy_above_the_line_between_its_neighbours_is_extendedly_dominated() -> None:
    # By hand: b costs 100 for 1 and c 50 more for 1 more; half a and half c does as much as b for 75.
    found = incremental_table(np.array([0.0, 100.0, 150.0, 160.0]), np.array([0.0, 1.0, 2.0, 1.5]))
    assert found.dominance.tolist() == [ON_FRONTIER, EXTENDEDLY_DOMINATED, ON_FRONTIER, DOMINATED]
    assert found.previous.tolist() == [-1, -1, 0, -1]
    assert found.icer[2] == 75.0
    assert list(best_ranges(found)) == [(0, 0.0, 75.0), (2, 75.0, np.inf)]


def test_removing_one_strategy_can_make_the_one_before_it_extendedly_dominated() -> None:
    # ICERs 10, 20, 30 and then 5: the last one does so much that all in between fall, one after the other.
    found = incremental_table(np.array([0.0, 10.0, 30.0, 60.0, 75.0]), np.array([0.0, 1.0, 2.0, 3.0, 20.0]))
    assert found.dominance.tolist() == [ON_FRONTIER, *[EXTENDEDLY_DOMINATED] * 3, ON_FRONTIER]
    assert found.icer[4] == pytest.approx(75 / 20)


def test_a_strategy_on_the_line_between_its_neighbours_stays() -> None:
    found = incremental_table(np.array([0.0, 10.0, 20.0]), np.array([0.0, 1.0, 2.0]))
    assert (found.dominance == ON_FRONTIER).all()
    assert found.icer[1:].tolist() == [10.0, 10.0]


def test_equal_strategies_are_told_apart_from_dominated_ones() -> None:
    found = incremental_table(np.array([5.0, 5.0, 5.0, 6.0]), np.array([1.0, 1.0, 0.5, 1.0]))
    assert found.dominance.tolist() == [ON_FRONTIER, SAME, DOMINATED, DOMINATED]


def test_a_cheaper_and_better_strategy_dominates_the_baseline() -> None:
    found = incremental_table(np.array([100.0, 40.0]), np.array([1.0, 2.0]))
    assert found.dominance.tolist() == [DOMINATED, ON_FRONTIER]
    assert np.isnan(found.icer).all()


def test_the_frontier_is_what_some_price_makes_best() -> None:
    """Independent definition: between any two prices at which some pair is level, one strategy is best."""
    rng = np.random.default_rng(5)
    for _ in range(300):
        n = int(rng.integers(2, 8))
        cost, effect = rng.normal(size=n), rng.normal(size=n)
        level = {(cost[b] - cost[a]) / (effect[b] - effect[a]) for a, b in itertools.combinations(range(n), 2)}
        edges = [0.0, *sorted(w for w in level if w > 0)]
        prices = [*((a + b) / 2 for a, b in itertools.pairwise(edges)), 2 * edges[-1] + 1]
        best = {int(net_monetary_benefit(cost, effect, w).argmax()) for w in prices}
        found = incremental_table(cost, effect)
        assert set(np.flatnonzero(found.dominance == ON_FRONTIER).tolist()) == best
        for s, low, high in best_ranges(found):
            middle = 2 * low + 1 if np.isinf(high) else (low + high) / 2
            assert int(net_monetary_benefit(cost, effect, middle).argmax()) == s


def test_increments_agree_with_the_frontier_by_hand_on_random_tables() -> None:
    rng = np.random.default_rng(6)
    for _ in range(100):
        n = int(rng.integers(2, 7))
        cost, effect = rng.normal(size=n), rng.normal(size=n)
        found = incremental_table(cost, effect)
        names = [str(s) for s in range(n)]
        steps = frontier(dict(zip(names, cost.tolist(), strict=True)), dict(zip(names, effect.tolist(), strict=True)))
        assert {int(s.strategy) for s in steps} == set(np.flatnonzero(found.dominance == ON_FRONTIER).tolist())
        for step in steps[1:]:
            assert found.icer[int(step.strategy)] == pytest.approx(step.icer)


# ---------------------------------------------------------------- under uncertainty


def bivariate(n: int, seed: int = 1) -> tuple[Array, Array, Array, Array]:
    mean, covariance = np.array([3000.0, 0.1]), np.array([[1500.0**2, 0.3 * 1500 * 0.08], [0.3 * 1500 * 0.08, 0.08**2]])
    drawn = np.random.default_rng(seed).multivariate_normal(mean, covariance, n)
    zero = np.zeros(n)
    return np.stack([zero, drawn[:, 0]]), np.stack([zero, drawn[:, 1]]), mean, covariance


def test_acceptability_and_loss_of_a_bivariate_normal_are_the_closed_forms() -> None:
    cost, effect, mean, covariance = bivariate(40_000)
    willingness = np.array([0.0, 10_000.0, 25_000.0, 60_000.0, 200_000.0])
    found = decision_curves(cost, effect, willingness)
    for k, w in enumerate(willingness):
        weights = np.array([-1.0, w])
        centre, sd = weights @ mean, np.sqrt(weights @ covariance @ weights)
        z = centre / sd
        p = stats.norm.cdf(z)
        assert abs(found.probability[1, k] - p) < SIGMAS * found.probability_error[1, k] + 1e-4
        assert found.probability_error[1, k] == pytest.approx(np.sqrt(p * (1 - p) / 40_000), rel=0.2, abs=1e-4)
        # E max(0, B) for B normal (the unit normal loss integral)
        gain = centre * p + sd * stats.norm.pdf(z)
        assert abs(found.loss[0, k] - gain) < SIGMAS * found.loss_error[0, k] + 1e-6 * sd
        assert abs(found.loss[1, k] - (gain - centre)) < SIGMAS * found.loss_error[1, k] + 1e-6 * sd
        assert abs(found.information[k] - min(gain, gain - centre)) < SIGMAS * found.information_error[k] + 1e-6 * sd
        assert found.best[k] == int(centre > 0)


def test_acceptability_curves_add_up_to_one_also_where_strategies_tie() -> None:
    cost = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [1.0, 5.0, 3.0]])
    found = decision_curves(cost, np.zeros((3, 3)), np.array([0.0, 7.0]))
    np.testing.assert_allclose(found.probability.sum(axis=0), 1.0)
    np.testing.assert_allclose(
        found.probability[:, 0], [(1 / 3 + 1 / 2 + 1 / 2) / 3, (1 / 3 + 1 / 2) / 3, (1 / 3 + 1 / 2) / 3]
    )


def test_the_frontier_follows_the_mean_and_not_what_is_most_often_best() -> None:
    # Fenwick and others 2001: with skewed net benefit the best on average is right in few draws.
    cost, effect = np.zeros((2, 10)), np.zeros((2, 10))
    effect[1, 0], effect[1, 1:] = 100.0, -1.0
    found = decision_curves(cost, effect, np.array([1.0]))
    assert found.best[0] == 1
    assert found.probability[1, 0] == pytest.approx(0.1)


def test_loss_and_value_of_information_agree_with_the_calculation_by_hand() -> None:
    costs, qalys = sick_time.totals(sick_time.draw(512, 2023))
    grid = np.array([50_000.0, 100_000.0, 150_000.0])
    found = decision_curves(costs, qalys, grid)
    for k, w in enumerate(grid):
        by_hand, _ = perfect_information(costs, qalys, w)
        assert found.information[k] == pytest.approx(by_hand, rel=1e-9, abs=1e-9)
        assert found.information[k] == found.loss[:, k].min()
        # Losses differ as mean net benefits do (Alarid-Escudero and others 2019).
        np.testing.assert_allclose(found.loss[:, k] - found.loss[0, k],
                                   found.net_benefit[0, k] - found.net_benefit[:, k], rtol=1e-9, atol=1e-6)  # fmt: skip


def test_errors_respect_the_replicates_of_the_design() -> None:
    cost, effect, _, _ = bivariate(1600, seed=3)
    found = decision_curves(cost, effect, np.array([30_000.0]), replicates=16)
    is_best = (30_000.0 * effect[1] - cost[1] > 0).astype(float)
    means = np.array([is_best[r::16].mean() for r in range(16)])
    assert found.probability_error[1, 0] == pytest.approx(means.std(ddof=1) / 4)
    assert found.net_benefit_error[1, 0] == pytest.approx(float(monte_carlo_error(30_000.0 * effect[1] - cost[1], 16)))


def test_net_health_benefit_is_net_monetary_benefit_in_other_units() -> None:
    cost, effect = np.array([100.0, 250.0]), np.array([1.0, 1.5])
    np.testing.assert_allclose(net_health_benefit(cost, effect, 50.0) * 50.0, net_monetary_benefit(cost, effect, 50.0))
    assert np.isnan(net_health_benefit(cost, effect, 0.0)).all()
