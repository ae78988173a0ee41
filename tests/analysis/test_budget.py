"""Budgets by calendar year, against sums made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.analysis import budget
from engine.analysis.budget import Cohorts, budget_impact, calendar_shares, peak_need, year_paid_back
from engine.errors import RunError, UsageError
from engine.run.cohorts import Draws
from tests.slow_budget import Flows, Money, add_cohorts, programme, tally


def test_months_and_quarters_lie_in_one_year_each() -> None:
    for n in (4, 12):
        shares = calendar_shares(2 * n + 1, 1 / n)
        assert shares.shape == (2 * n + 1, 3)
        np.testing.assert_array_equal(shares.sum(axis=0), [n, n, 1])
        assert set(np.unique(shares)) == {0.0, 1.0}


def test_a_cycle_over_a_years_end_is_divided_by_its_length_on_both_sides() -> None:
    np.testing.assert_allclose(calendar_shares(2, 0.75), [[1, 0], [1 / 3, 2 / 3]])
    np.testing.assert_allclose(calendar_shares(1, 2.0), [[0.5, 0.5]])
    np.testing.assert_allclose(calendar_shares(26, 14 / 365.25).sum(axis=1), 1.0)


def test_cohorts_are_added_in_their_own_years() -> None:
    """100 start in the first year and 50 in the third; each participant costs 10, then saves 4 a year."""
    one = np.array([-10.0, 4.0, 4.0, 4.0])[:, None]
    whole = add_cohorts([one, one], [0, 2], [100.0, 50.0], 6)
    np.testing.assert_array_equal(whole[:, 0], [-1000, 400, 400 - 500, 400 + 200, 200, 200])


def test_adding_shifted_copies_is_a_convolution_with_the_intake() -> None:
    saving = np.random.default_rng(1).normal(size=(3, 7, 5))
    intake = [2.0, 0.5, 3.0]
    whole = add_cohorts([saving] * 3, [0, 1, 2], intake, 9)
    for q in range(3):
        for d in range(5):
            np.testing.assert_allclose(whole[q, :, d], np.convolve(saving[q, :, d], intake), rtol=1e-12)


@pytest.mark.parametrize(
    ("so_far", "year", "need"),
    [
        ((-5, -1, 2, 3), 2026.0, 5),
        ((-5, 1, -2, 0), 2027.0, 5),  # a second dip: paid back for good in the last year
        ((1, 2, 3, 4), 2024.0, 0),
        ((-1, -2, -3, -4), np.inf, 4),
        ((0, 0, 0, 0), np.nan, 0),
        ((-3, 0, 0, 0), 2025.0, 3),
    ],
)
def test_paid_back_is_the_first_year_after_which_the_sum_is_never_negative(
    so_far: tuple[float, ...], year: float, need: float
) -> None:
    cumulative = np.array(so_far, dtype=float)[:, None]
    np.testing.assert_equal(year_paid_back(cumulative, 2024), [year])
    assert peak_need(cumulative) == [need]


def money(saving: np.ndarray, first: int = 0) -> Money:
    """One party, costs of nothing, not discounted."""
    n = saving.shape[-1]
    cost = np.zeros((2, 1, saving.shape[0]))
    return Money(saving[None], 0.5 * saving[None], cost, cost, first + np.arange(n))


def impact(pieces: list[Money], intake: dict[int, float], paths: int = 100):  # type: ignore[no-untyped-def]
    first = min(intake, default=0)
    return budget_impact(
        {"one": (tally(p, first_year=first, paths=paths) for p in pieces)},
        intake=intake,
        years=pieces[0].saving.shape[1] if pieces else 1,
        parties=["society"],
        courses=("usual", "coaching"),
        draws=100,
        paths=paths,
    ).isel(calculation=0, party=0)


def test_figures_over_draws_are_those_of_sums_made_by_hand() -> None:
    saving = np.array([[-4.0, -2.0, -6.0], [1.0, 3.0, 1.0], [4.0, 0.0, 2.0]])
    found = impact([money(saving[:, :2]), money(saving[:, 2:], first=2)], {2024: 1.0})
    np.testing.assert_allclose(found["budget_saving"], [-4, 5 / 3, 2])
    np.testing.assert_allclose(found["budget_cumulative"], [-4, -7 / 3, -1 / 3])
    np.testing.assert_allclose(found["budget_cumulative_discounted"], [-2, -7 / 6, -1 / 6])
    assert np.isinf(found["budget_mean_payback_year"])
    assert (float(found["budget_peak_need"]), float(found["budget_peak_year"])) == (4.0, 2024.0)
    # draws: sums so far -4 -3 1, -2 1 1, -6 -5 -3: paid back in 2026, 2025 and never
    np.testing.assert_array_equal(found["budget_payback_year"], [2025, 2025, 2026, np.inf, np.inf])
    assert float(found["budget_p_payback"]) == pytest.approx(2 / 3)
    np.testing.assert_allclose(found["budget_peak_need_quantile"].sel(quantile=0.5), 4)
    np.testing.assert_allclose(found["budget_cumulative_quantile"].sel(quantile=0.5), [-4, -3, 1])
    np.testing.assert_allclose(found["budget_total_mcse"], np.std([1, 1, -3], ddof=1) / np.sqrt(3))


def test_quantiles_of_sums_so_far_are_of_the_first_draws_only_and_means_of_all() -> None:
    saving = np.arange(10.0)[None, :]
    found = impact([money(saving[:, :6]), money(saving[:, 6:], first=6)], {2024: 1.0}, paths=3)
    np.testing.assert_allclose(found["budget_cumulative_quantile"].sel(quantile=0.5), [1.0])
    np.testing.assert_allclose(found["budget_cumulative"], [4.5])


def test_without_intake_or_valid_draws_there_is_nothing_to_tell() -> None:
    with pytest.raises(UsageError, match="no intake"):
        impact([], {})  # type: ignore[arg-type]
    with pytest.raises(RunError, match="no draw of the programme is valid"):
        impact([], {2024: 1.0})


MEMBERS = np.array([[True, True, True, False], [False, True, False, True]])


def some_flows(models: int, cycles: int, n: int) -> list[Flows]:
    """Costs of which some cancel, between courses or between payers, and a few are out by rounding alone."""
    rng = np.random.default_rng(models * 1000 + n)
    flows = []
    for _ in range(models):
        usual, change = rng.normal(100.0, 50.0, (4, cycles, n)), rng.normal(0.0, 30.0, (4, cycles, n))
        change[:, ::3, : n // 2] = 0.0
        change[2] = -change[0]
        change[3, 1::2] = 1e-13 * rng.normal(size=change[3, 1::2].shape)
        change[0, 0] += 200.0
        flows.append(Flows(usual, usual + change, 1.03 ** -(0.5 + np.arange(cycles))[:, None] * np.ones(n)))
    return flows


@pytest.mark.parametrize("boundary", [0, 1])
@pytest.mark.parametrize(("cycles", "length"), [(6, 1.0), (9, 0.25), (5, 0.75), (3, 2.0)])
@pytest.mark.parametrize(("apart", "n"), [(False, 96), (False, 8), (True, 40), (True, 256)])
def test_fused_loops_say_what_whole_arrays_say(boundary: int, cycles: int, length: float, apart: bool, n: int) -> None:
    flows = some_flows(3 if apart else 1, cycles + boundary, n)
    counted = np.arange(n) % 7 != 3
    counted[n - 3 :] = False
    for flow in flows:
        flow.own[:, :, ~counted] = np.nan
    begins, people = np.array([0, 1, 4]), np.array([100.0, 40.0, 5.5])
    later = np.zeros(3, dtype=np.int64) if apart else begins + 1
    cohorts = Cohorts(np.arange(3) if apart else np.zeros(3, dtype=np.int64), begins, people, later)
    shares = calendar_shares(cycles, length)
    years = 4 + shares.shape[1]
    how = {"members": MEMBERS, "shares": shares, "years": years, "cycle_length": length}
    for paths, steady in ((100, False), (512 + 20, False), (4096, False), (512 + 20, True)):
        draws = Draws(512, counted, steady=steady)
        given = {"members": MEMBERS, "shares": shares, "cycle_length": length, "by_boundary": bool(boundary)}
        found = budget.Reducer(cohorts, paths=paths, **given)([flow.by_vector() for flow in flows], draws)
        slow = tally(programme(flows, draws, cohorts, **how), first_year=2024, paths=paths)
        for fast_part, slow_part in zip(found, slow, strict=True):
            assert set(fast_part) == set(slow_part)
            for name, want in slow_part.items():
                scale = np.abs(want[np.isfinite(want)]).max(initial=0.0)
                np.testing.assert_allclose(fast_part[name], want, rtol=1e-11, atol=1e-13 * scale, err_msg=name)


def test_quantiles_of_years_are_those_of_ordered_draws() -> None:
    rng = np.random.default_rng(3)
    for n in (1, 2, 19, 20, 1000):
        year = 2024.0 + rng.integers(0, 30, (3, n))
        year[1] = np.where(rng.random(n) < 0.4, np.inf, year[1])
        year[2] = np.inf
        count = [np.count_nonzero(year == y, axis=-1) for y in (*range(2024, 2060), np.inf)]
        nothing = np.full(3, 7)  # draws in which there is nothing to pay back
        levels, share = budget._levels_of_years(np.stack([*count, nothing], axis=-1), 2024)
        want = np.quantile(year[:2], budget.LEVELS, axis=-1, method="inverted_cdf")
        np.testing.assert_array_equal(levels[:, :2], want)
        assert (levels[:, 2] == np.inf).all()
        np.testing.assert_array_equal(share, np.isfinite(year).mean(axis=-1))
    levels, share = budget._levels_of_years(np.array([[0] * 36 + [4]]), 2024)
    assert np.isnan(levels).all()
    assert np.isnan(share).all()
