"""A programme that admits year after year, from study to budgets."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine.errors import SpecError, UsageError
from engine.spec.calendar import follows_calendar
from tests.conftest import StudyFolder

M = "model.yaml"
INTAKE = {2024: 100.0, 2025: 50.0, 2027: 20.0}
MONEY = [
    *("budget_saving", "budget_saving_discounted", "budget_cost", "budget_cost_discounted"),
    *("budget_cumulative_quantile", "budget_cumulative_quantile_discounted", "budget_peak_need_quantile"),
]


def test_cohorts_that_nothing_tells_apart_are_copies_and_give_the_same_as_models_of_their_own(
    study: StudyFolder,
) -> None:
    model = engine.compile_model(study.load())
    assert not follows_calendar(model.study)
    assert engine.models_by_entry(model, INTAKE) == {}
    copies = engine.budget_impact(model, intake=INTAKE)
    own = engine.budget_impact(model, intake=INTAKE, models=engine.models_by_entry(model, INTAKE, always=True))
    assert (copies.attrs["apart"], own.attrs["apart"]) == (0, 1)
    for name in MONEY:
        np.testing.assert_allclose(copies[name], own[name], rtol=1e-11, atol=1e-6)
    np.testing.assert_array_equal(copies["budget_payback_year"], own["budget_payback_year"])


def test_saving_by_calendar_year_is_the_runs_cash_flow_convolved_with_the_intake(study: StudyFolder) -> None:
    model = engine.compile_model(study.load())
    results = engine.run_model(model)
    found = engine.budget_impact(model, intake=INTAKE, results=results)
    flow = results["mean_cash_flow"].isel(strategy=0).sel(payer="municipality")
    people = [100.0, 50.0, 0.0, 20.0]
    for c in ("controller", "consultant"):
        by_hand = np.convolve(flow.sel(calculation=c), people)
        np.testing.assert_allclose(found["budget_saving"].sel(calculation=c, party="municipality"), by_hand, rtol=1e-9)
    assert list(found["calendar_year"].values) == list(range(2024, 2037))
    np.testing.assert_array_equal(found["participants"].values[:4], people)


def test_discounted_sums_are_npv_times_participants_moved_to_the_models_start(study: StudyFolder) -> None:
    model = engine.compile_model(study.load())
    results = engine.run_model(model)
    found = engine.budget_impact(model, intake=INTAKE, results=results)
    weight = sum(n * 1.03 ** (2023 - year) for year, n in INTAKE.items())
    npv = results["npv"].isel(strategy=0).sel(party=found["party"]).mean("draw")
    whole = found["budget_cumulative_discounted"].isel(calendar_year=-1)
    np.testing.assert_allclose(whole, npv * weight, rtol=1e-9)


def test_saving_is_cost_in_the_baseline_less_cost_under_the_strategy(study: StudyFolder) -> None:
    found = engine.budget_impact(engine.compile_model(study.load()), intake=INTAKE)
    for suffix in ("", "_discounted"):
        cost = found[f"budget_cost{suffix}"]
        saved = cost.sel(course="usual") - cost.sel(course="coaching")
        np.testing.assert_allclose(saved, found[f"budget_saving{suffix}"], rtol=1e-9, atol=1e-4)
    society = found["budget_cost"].sel(party="society")
    np.testing.assert_allclose(society, found["budget_cost"].sel(party=["municipality", "state_tax"]).sum("party"))


@pytest.mark.parametrize("correction", ["half_cycle", "none", "trapezoid"])
@pytest.mark.parametrize("horizon", ["value: 2.5", "value: 0", "value: 9", "value: 4, dist: 'uniform(2, 6)'"])
def test_what_a_run_has_checked_need_not_be_simulated_after_the_horizon(
    study: StudyFolder, correction: str, horizon: str
) -> None:
    study.patch(M, "within_cycle: half_cycle", f"within_cycle: {correction}")
    if correction == "trapezoid":
        study.patch(M, "discount_timing: mid", "discount_timing: start")
    study.patch(M, "horizon: {label: Horizon, value: 8", f"horizon: {{label: Horizon, {horizon}")
    study.patch("calculations/controller.yaml", "value: 5,", f"{horizon},")
    model = engine.compile_model(study.load())
    results = engine.run_model(model, draws=700)
    whole = engine.budget_impact(model, intake=INTAKE, draws=700)
    short = engine.budget_impact(model, intake=INTAKE, results=results)
    for name in whole.data_vars:
        np.testing.assert_array_equal(short[name], whole[name], err_msg=str(name))
    flow = results["mean_cash_flow"].isel(strategy=0).sel(payer="municipality")
    for c in ("controller", "consultant"):
        by_hand = np.convolve(flow.sel(calculation=c), [100.0, 50.0, 0.0, 20.0])
        saving = short["budget_saving"].sel(calculation=c, party="municipality")
        np.testing.assert_allclose(saving, by_hand, rtol=1e-9, atol=1e-6)


def with_prices(study: StudyFolder) -> StudyFolder:
    """Assistance costs what a table by calendar year says; it ends as the first cohort's simulated time does."""
    rows = "".join(f"{year},{1 + 0.1 * (year - 2023):.1f}\n" for year in range(2023, 2033))
    study.write("tables/level.csv", f"year,level\n{rows}")
    study.patch(M, "tables:\n", "tables:\n  level: {file: tables/level.csv, key: year, assumption: Invented.}\n")
    study.patch(M, "amount: benefit_year,", "amount: benefit_year * level(year),")
    return study


def test_prices_that_follow_the_calendar_are_those_of_each_cohorts_own_years(study: StudyFolder) -> None:
    with_prices(study).patch(
        M, "assumption: Invented.}", "assumption: Invented., interpolation: linear, outside: extend}"
    )
    model = engine.compile_model(study.load())
    assert set(engine.models_by_entry(model, INTAKE)) == set(INTAKE)
    found = engine.budget_impact(model, intake=INTAKE)
    # by hand: assistance without the table, at the level of the calendar year in which each cohort draws it
    study.patch(M, "benefit_year * level(year),", "benefit_year,")
    text = (study.folder / M).read_text(encoding="utf-8").split("  level: {")
    study.write(M, text[0] + text[1].split("\n", 1)[1])
    plain = engine.run_model(engine.compile_model(study.load()))
    flow = plain["mean_cash_flow"].isel(strategy=0).sel(payer="municipality", calculation="controller").values.copy()
    flow[0] += 50_000  # the coach, whom no table prices
    by_hand = np.zeros(13)
    for year, people in INTAKE.items():
        for k in range(10):
            level = 1 + 0.1 * (year + k - 2023)
            by_hand[year + k - 2024] += people * (flow[k] * level - (50_000 if k == 0 else 0))
    saving = found["budget_saving"].sel(calculation="controller", party="municipality")
    np.testing.assert_allclose(saving, by_hand, rtol=1e-9, atol=1e-3)


def test_growth_goes_on_for_those_who_start_later(study: StudyFolder) -> None:
    """An amount that grows is one on `year`, written out."""
    study.patch(M, "amount: benefit_year,", "amount: benefit_year, growth: 0.02,")
    grown = engine.compile_model(study.load())
    assert follows_calendar(grown.study)
    found = engine.budget_impact(grown, intake=INTAKE)
    study.patch(M, "amount: benefit_year, growth: 0.02,", "amount: benefit_year * 1.02 ^ (year - 2023),")
    written = engine.budget_impact(engine.compile_model(study.load()), intake=INTAKE)
    for name in MONEY:
        np.testing.assert_allclose(found[name], written[name], rtol=1e-10, atol=1e-6)


def test_a_table_that_ends_too_early_for_late_cohorts_is_told_before_the_run(study: StudyFolder) -> None:
    with_prices(study)
    study.load()
    study.patch("study.yaml", "draws: 64", "draws: 64\nintake: {2023: 10, 2025: 10}")
    with pytest.raises(SpecError, match="for those who start in 2025"):
        engine.run_study(study.load())


def test_monthly_cycles_are_told_by_calendar_year(study: StudyFolder) -> None:
    study.patch(M, "cycles: 10", "cycles: 24\n  cycle_length: 1 month")
    study.patch(M, "value: 8, unit: years", "value: 2, unit: years")
    study.patch("calculations/controller.yaml", "value: 5,", "value: 2,")
    model = engine.compile_model(study.load())
    results = engine.run_model(model)
    found = engine.budget_impact(model, intake={2024: 1.0, 2025: 1.0}, results=results)
    flow = results["mean_cash_flow"].isel(strategy=0).sel(calculation="controller", payer="municipality").values
    first, second = flow[:12].sum(), flow[12:].sum()
    saving = found["budget_saving"].sel(calculation="controller", party="municipality")
    np.testing.assert_allclose(saving, [first, first + second, second], rtol=1e-9)
    npv = results["npv"].isel(strategy=0).sel(calculation="controller", party="municipality").mean()
    whole = found["budget_cumulative_discounted"].sel(calculation="controller", party="municipality")[-1]
    np.testing.assert_allclose(whole, npv * (1 / 1.03 + 1 / 1.03**2), rtol=1e-9)


def test_the_same_study_gives_the_same_bytes_on_any_number_of_threads(study: StudyFolder) -> None:
    model = engine.compile_model(study.load())
    one, three = (
        engine.budget_impact(model, intake=INTAKE, draws=1024, settings=engine.Settings(threads=n)) for n in (1, 3)
    )
    for name in one.data_vars:
        np.testing.assert_array_equal(one[name], three[name])


@pytest.mark.parametrize(
    ("intake", "words"),
    [({}, "no intake"), ({2020: 1.0}, "the model starts in 2023"), ({2024: 0.0}, "a number above 0")],
)
def test_an_intake_that_cannot_be_is_refused(study: StudyFolder, intake: dict[int, float], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        engine.budget_impact(engine.compile_model(study.load()), intake=intake)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("{2020: 100}", "intake.2020", "the model starts in 2023"),
        ("{next_year: 100}", "intake.next_year", "no calendar year"),
        ("{2024: -1}", "intake.2024", "-1"),
        ("{2024: many}", "intake.2024", "number"),
    ],
)
def test_a_mistaken_intake_is_told_at_its_place(study: StudyFolder, text: str, where: str, words: str) -> None:
    study.patch("study.yaml", "draws: 64", f"draws: 64\nintake: {text}")
    problem = study.problem()
    assert problem.where == where
    assert words in problem.message


def test_the_intake_is_in_the_key_of_the_study_and_its_order_is_not(study: StudyFolder) -> None:
    plain = study.load().key
    study.patch("study.yaml", "draws: 64", "draws: 64\nintake: {2024: 100, 2025: 50}")
    first = study.load().key
    study.patch("study.yaml", "{2024: 100, 2025: 50}", "{2025: 50, 2024: 100}")
    assert study.load().key == first != plain
    assert list(study.load().study.entries) == [2024, 2025]


def test_a_study_with_an_intake_tells_of_budgets_in_its_run(study: StudyFolder) -> None:
    study.patch("study.yaml", "draws: 64", "draws: 64\nintake: {2024: 100, 2025: 50}\nanalyses: []")
    findings = engine.run_study(study.load())
    found = findings.analyses["budget/coaching"]
    assert found.attrs["draws"] == 64
    assert float(found["participants"].sum()) == 150
