"""The calculations by hand give what was published, to the precision printed; nothing of the engine is imported."""

from __future__ import annotations

import numpy as np
import pytest

from tests.published import hip_replacement_by_hand as hip
from tests.published import hiv_by_hand as hiv
from tests.published import sick_sicker_by_hand as sick
from tests.published import sick_sicker_time_by_hand as sick_time
from tests.published.as_printed import SIGMAS, check_best_from, check_table, same_as_printed
from tests.published.cost_effectiveness import Array, perfect_information

DRAWS = 8192


def by_strategy(values: Array) -> dict[str, float]:
    return dict(zip(sick.STRATEGIES, values.mean(axis=1).tolist(), strict=True))


def test_sick_sicker_gives_the_printed_costs_qalys_and_icers() -> None:
    check_table(sick.STRATEGIES, sick.totals(sick.point()), (sick.COSTS, sick.QALYS, sick.INCREMENTS))


def test_sick_sicker_gives_the_printed_trace() -> None:
    rows = sick.trace(sick.transition_matrix(sick.point(), 1.0))[:6, 0]
    np.testing.assert_allclose(rows, sick.TRACE, atol=5e-4 * (1 + 1e-9))


def test_the_printed_cost_of_treatment_b_does_not_give_the_printed_results() -> None:
    costs, _ = sick.totals({**sick.point(), "cost_b": np.array([12000.0])})
    assert abs(by_strategy(costs)["b"] - sick.COSTS["b"]) > 9000


def test_the_published_simpson_weights_lose_a_third_of_a_cycle() -> None:
    weights = sick.simpson_as_published(sick.CYCLES)
    np.testing.assert_allclose(weights[[0, 1, 2, 73, 74, 75]], [1 / 3, 2 / 3, 4 / 3, 2 / 3, 4 / 3, 1 / 3])
    assert weights.sum() == pytest.approx(74 + 2 / 3)


@pytest.mark.parametrize("laws", ["code", "table"])
def test_sick_sicker_under_uncertainty_prefers_what_is_printed_at_each_threshold(laws: str) -> None:
    costs, qalys = sick.totals(sick.draw(DRAWS, 2023, laws=laws))
    check_best_from(sick.STRATEGIES, costs, qalys, sick.BEST_FROM, sick.BEST_GRID, sick.DRAWS_PRINTED)


def test_mortality_by_age_gives_the_printed_costs_qalys_and_icers() -> None:
    printed = (sick_time.COSTS, sick_time.QALYS, sick_time.INCREMENTS)
    check_table(sick.STRATEGIES, sick_time.totals(sick_time.point()), printed)


def test_the_working_paper_with_probabilities_instead_of_rates_is_met_too() -> None:
    found = sick_time.totals(sick_time.earlier_point())
    printed = (sick_time.EARLIER_COSTS, sick_time.EARLIER_QALYS, sick_time.EARLIER_INCREMENTS)
    check_table(sick.STRATEGIES, found, printed)
    (years,) = sick_time.life_expectancy(sick_time.earlier_point())
    same_as_printed(years, sick_time.EARLIER_LIFE_EXPECTANCY, 1)


@pytest.mark.parametrize(
    ("values", "printed", "decimals"),
    [
        (sick_time.point(), sick_time.FIRST_MATRIX, (7, 7, 8, 9)),
        (sick_time.earlier_point(), sick_time.EARLIER_FIRST_MATRIX, (7, 7, 7, 9)),
    ],
)
def test_the_first_transition_matrix_is_the_printed_one(
    values: dict[str, Array], printed: list[tuple[float, ...]], decimals: tuple[int, ...]
) -> None:
    matrix = sick.transition_matrix({**values, "rate_dying": sick_time.death_rates()[:1]}, 1.0)[0]
    for row, expected in zip(matrix, printed, strict=False):
        for found, shown, places in zip(row, expected, decimals, strict=True):
            same_as_printed(found, shown, places)


def test_flows_and_matrices_agree_where_mortality_is_constant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sick_time, "death_rates", lambda: np.full(sick.CYCLES, sick.VALUES["rate_dying"]))
    none = dict.fromkeys(("disutility_falling_ill", "cost_falling_ill", "cost_dying"), np.zeros(1))
    found = sick_time.totals({**sick_time.point(), **none})
    np.testing.assert_allclose(found, sick.totals(sick.point()), rtol=1e-12)


def test_time_spent_sick_does_not_matter_where_the_weibull_shape_is_one() -> None:
    values = {**sick_time.point(), "weibull_shape": np.ones(1)}
    values["weibull_scale"] = values["rate_progressing"]
    found, expected = sick_time.totals(values, residence=True), sick_time.totals(values)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_time_spent_sick_agrees_with_tunnel_states_in_one_matrix() -> None:
    """The authors' way: 75 states of being sick, a matrix of 78 states a cycle, rewards on the matrix of flows."""
    v = {name: float(value[0]) for name, value in sick_time.point().items()}
    n = sick.CYCLES
    healthy, tunnel, sicker, dead = 0, np.arange(1, n + 1), n + 1, n + 2
    k = np.arange(n + 1.0)
    cumulative = (v["weibull_scale"] * k) ** v["weibull_shape"]
    worse = 1 - np.exp(-v["hr_b"] * np.diff(cumulative))
    ill, well = 1 - np.exp(-v["rate_falling_ill"]), 1 - np.exp(-v["rate_recovering"])
    care = v["cost_b"]
    state_cost = np.array([v["cost_healthy"], *[v["cost_sick"] + care] * n, v["cost_sicker"] + care, 0])
    reward = np.tile(state_cost, (n + 3, 1))
    reward[healthy, tunnel[0]] += v["cost_falling_ill"]
    reward[:dead, dead] += v["cost_dying"]
    cohort = np.eye(n + 3)[healthy]
    weights = sick.row_weights(n)
    total = weights[0] * cohort @ state_cost
    for t, rate in enumerate(sick_time.death_rates(), start=1):
        p = np.zeros((n + 3, n + 3))
        p[healthy, [healthy, tunnel[0]]] = 1 - ill, ill
        p[tunnel, healthy], p[tunnel, sicker] = well, worse
        p[tunnel, np.append(tunnel[1:], tunnel[-1])] = 1 - well - worse
        p[sicker, sicker] = 1
        alive = np.exp(-rate * np.array([1, *[v["hr_death_sick"]] * n, v["hr_death_sicker"], 0]))
        p *= alive[:, None]
        p[:, dead] = 1 - alive
        p[dead, dead] = 1
        flows = cohort[:, None] * p
        total += weights[t] * (flows * reward).sum()
        cohort = flows.sum(axis=0)
    costs, _ = sick_time.totals(sick_time.point(), residence=True)
    assert by_strategy(costs)["b"] == pytest.approx(total, rel=1e-12)


def test_weibull_draws_have_the_stated_moments_and_correlation() -> None:
    scale, shape = sick_time.draw_weibull(np.random.default_rng(7), 4 * DRAWS)
    for values, mean, sd in ((scale, 0.08, 0.02), (shape, 1.1, 0.05)):
        assert abs(values.mean() - mean) < SIGMAS * sd / np.sqrt(len(values))
        deviation = values - values.mean()
        error = np.sqrt((deviation**4).mean() - sd**4) / (2 * sd) / np.sqrt(len(values))
        assert abs(values.std(ddof=1) - sd) < SIGMAS * error
    # Fisher's z has the error 1 / sqrt(n) for normal pairs; these are nearly so.
    correlation = np.corrcoef(scale, shape)[0, 1]
    assert abs(np.arctanh(correlation) - np.arctanh(0.5)) < SIGMAS / np.sqrt(len(scale))


def test_every_row_of_the_trace_adds_up_to_the_cohort_with_time_spent_sick() -> None:
    rows, falling_ill, dying = sick_time.follow(sick_time.draw(16, 1), 0.6, residence=False)
    np.testing.assert_allclose(rows.sum(axis=2), 1, rtol=1e-12)
    np.testing.assert_allclose(dying.sum(axis=0), rows[-1, :, 3], rtol=1e-12)
    assert (falling_ill[1:] > 0).all()
    rows, _, _ = sick_time.follow(sick_time.point(), 1.0, residence=True)
    np.testing.assert_allclose(rows.sum(axis=2), 1, rtol=1e-12)


@pytest.fixture(scope="module")
def uncertain() -> tuple[dict[str, Array], Array, Array]:
    values = sick_time.draw(DRAWS, 2023)
    return values, *sick_time.totals(values)


def test_mortality_by_age_under_uncertainty_prefers_what_is_printed_at_each_threshold(
    uncertain: tuple[dict[str, Array], Array, Array],
) -> None:
    _, costs, qalys = uncertain
    check_best_from(sick.STRATEGIES, costs, qalys, sick_time.BEST_FROM, sick_time.BEST_GRID, sick_time.DRAWS_PRINTED)


def test_perfect_information_is_worth_what_is_printed(uncertain: tuple[dict[str, Array], Array, Array]) -> None:
    _, costs, qalys = uncertain
    evpi, sd = perfect_information(costs, qalys, sick_time.EVPI_THRESHOLD)
    error = sd * np.sqrt(1 / sick_time.DRAWS_PRINTED + 1 / DRAWS)
    assert abs(evpi - sick_time.EVPI) < SIGMAS * error
    grid = range(0, 200001, sick_time.BEST_GRID)
    assert max(grid, key=lambda w: perfect_information(costs, qalys, w)[0]) == sick_time.EVPI_THRESHOLD


def test_life_expectancy_is_the_printed_mean_over_draws_and_not_the_base_case(
    uncertain: tuple[dict[str, Array], Array, Array],
) -> None:
    years = sick_time.life_expectancy(uncertain[0])
    sd = years.std(ddof=1)
    rounding = 0.05
    both = np.sqrt(1 / sick_time.DRAWS_PRINTED + 1 / DRAWS)
    assert abs(years.mean() - sick_time.LIFE_EXPECTANCY) < rounding + SIGMAS * sd * both
    # Standard error of a percentile of a normal law: sqrt(p (1 - p) / n) over the density there, 0.0584 / sd.
    tail = np.sqrt(0.025 * 0.975) / 0.0584 * sd * both
    for found, printed in zip(np.percentile(years, [2.5, 97.5]), sick_time.LIFE_EXPECTANCY_INTERVAL, strict=True):
        assert abs(found - printed) < rounding + SIGMAS * tail
    (base,) = sick_time.life_expectancy(sick_time.point())
    same_as_printed(base, 40.7, 1)


def test_hiv_gives_the_costs_life_years_and_icer_of_the_spreadsheet() -> None:
    found = hiv.outcomes(hiv.point())
    for therapy in ("mono", "comb"):
        same_as_printed(found[f"cost_{therapy}"][0], hiv.COST[therapy], 7)
        same_as_printed(found[f"life_years_{therapy}"][0], hiv.LIFE_YEARS[therapy], 7)
    icer = found["cost_added"][0] / found["life_years_gained"][0]
    same_as_printed(icer, hiv.ICER, 5)
    same_as_printed(icer, hiv.ICER_PRINTED, 0)


def test_hiv_has_the_printed_matrices() -> None:
    p = hiv.point()["matrix"]
    np.testing.assert_allclose(p[0, :3], hiv.MATRIX_MONO, atol=5.1e-4)
    combined = hiv.combination_matrix(p, np.array([hiv.RELATIVE_RISK]))
    np.testing.assert_allclose(combined[0, :3], hiv.MATRIX_COMB, atol=5.1e-4)


def test_hiv_with_half_cycle_correction_gives_the_printed_life_years() -> None:
    found = hiv.outcomes(hiv.point(), corrected=True)
    same_as_printed(found["life_years_mono"][0], hiv.LIFE_YEARS_CORRECTED["mono"], 3)
    same_as_printed(found["life_years_comb"][0], hiv.LIFE_YEARS_CORRECTED["comb"], 2)


def test_hiv_under_uncertainty_has_the_means_and_spreads_of_the_spreadsheets_runs() -> None:
    found = hiv.outcomes(hiv.draw(DRAWS, 1997), corrected=True)
    both = np.sqrt(1 / hiv.SPREADSHEET_RUNS + 1 / DRAWS)
    for name, (mean, sd) in hiv.SPREADSHEET.items():
        deviation = found[name] - found[name].mean()
        ours = deviation.std(ddof=1)
        assert abs(found[name].mean() - mean) < SIGMAS * ours * both, name
        error_of_sd = np.sqrt((deviation**4).mean() - ours**4) / (2 * ours) * both
        assert abs(ours - sd) < SIGMAS * error_of_sd, name


def test_hip_replacement_gives_the_costs_qalys_and_icer_of_the_spreadsheet() -> None:
    costs, qalys = hip.outcomes(hip.point())
    for prosthesis in hip.PROSTHESIS:
        same_as_printed(costs[prosthesis][0], hip.COST[prosthesis], 6)
    same_as_printed(qalys["standard"][0], hip.QALYS["standard"], 7)
    same_as_printed(qalys["new"][0], hip.QALYS["new"], 8)
    icer = (costs["new"] - costs["standard"]) / (qalys["new"] - qalys["standard"])
    same_as_printed(icer[0], hip.ICER, 6)
    assert abs(icer[0] - hip.ICER_IN_COURSE_TEXT) > 700


@pytest.mark.parametrize("prosthesis", list(hip.PROSTHESIS))
def test_hip_replacement_has_the_trace_of_the_spreadsheet(prosthesis: str) -> None:
    rows = hip.trace(hip.point(), prosthesis, age=60, male=False)[:8, 0]
    np.testing.assert_allclose(rows, hip.TRACE[prosthesis], atol=5.1e-9)


def test_hip_replacement_has_the_yearly_costs_and_utilities_of_the_spreadsheet() -> None:
    cost, utility = hip.yearly(hip.point(), "standard", age=60, male=False)
    np.testing.assert_allclose(np.stack([cost[:8, 0], utility[:8, 0]], axis=1), hip.DISCOUNTED_STANDARD, atol=5.1e-9)


def test_draws_for_hip_replacement_have_the_stated_moments() -> None:
    values = hip.draw(DRAWS, 2006)
    cost = values["revision_cost"]
    assert abs(cost.mean() - 5294) < SIGMAS * 1487 / np.sqrt(DRAWS)
    for name, (mean, se) in {
        "primary": hip.UTILITY_PRIMARY,
        "revision": hip.UTILITY_REVISION,
        "revised": hip.UTILITY_REVISED,
    }.items():
        assert abs(values[name].mean() - mean) < SIGMAS * se / np.sqrt(DRAWS)
        # The laws are close to normal, where a standard deviation has the error sd / sqrt(2 n).
        assert abs(values[name].std(ddof=1) - se) < SIGMAS * se / np.sqrt(2 * DRAWS)
    expected = hip.covariance()
    np.testing.assert_array_equal(expected, expected.T)
    found = np.cov([values[name] for name in hip.COEFFICIENTS])
    error = np.sqrt((expected**2 + np.outer(np.diag(expected), np.diag(expected))) / DRAWS)  # of a Wishart law
    assert (np.abs(found - expected) < SIGMAS * error).all()
