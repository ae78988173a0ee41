"""A study of more draws than are kept: what is said is of all of them, or says of how many it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import engine
from engine.api.studies import missed_limits
from engine.results.findings import Findings
from tests.properties.random_studies import write_study
from tests.run.test_chunks import uncertain_content

DRAWS, KEPT = 4 * 65_536 + 4096, 65_536


@pytest.fixture(scope="module")
def study() -> engine.LoadedStudy:
    content = uncertain_content()
    content["themes"] = {"t": "T"}
    return write_study(content)


@pytest.fixture(scope="module")
def model(study):
    return engine.compile_model(study)


@pytest.fixture(scope="module")
def kept_all(model):
    return engine.run_model(model, draws=DRAWS, keep=DRAWS)


@pytest.fixture(scope="module")
def streamed(model):
    return engine.run_model(model, draws=DRAWS, keep=1000)


def test_the_summary_is_of_all_draws(kept_all, streamed) -> None:
    assert (streamed.sizes["draw"], streamed.attrs["kept_draws"], streamed.attrs["draws"]) == (KEPT, KEPT, DRAWS)
    exact, found = engine.summarize(kept_all), engine.summarize(streamed)
    assert set(found.variables) == set(exact.variables)
    assert found.attrs == exact.attrs
    for name in ("mean", "sd", "p_positive", "p_payback", "mcse"):
        np.testing.assert_allclose(found[name], exact[name], rtol=1e-8, atol=1e-9)
    for name in ("npv_quantile", "median_benefit_cost_ratio", "median_payback_year", "median_payback_year_discounted"):
        assert found[name].dims == exact[name].dims
        scale = exact["sd"] if name == "npv_quantile" else 1.0 + abs(exact[name].where(np.isfinite(exact[name]), 0.0))
        same = (found[name] == exact[name]) | (found[name].isnull() & exact[name].isnull())
        assert (same | (abs(found[name] - exact[name]) <= 2e-4 * scale)).all()
    for name in ("mean_cash_flow", "mean_occupancy", "cumulative_saving"):
        np.testing.assert_allclose(streamed[name], kept_all[name], rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(streamed["horizon"], kept_all["horizon"], rtol=1e-12)


def test_a_run_that_keeps_all_draws_holds_no_statistics(kept_all) -> None:
    assert "mean" not in kept_all
    assert "rejected_draws" not in kept_all


def test_means_as_draws_double_go_on_beyond_the_kept_ones(kept_all, streamed) -> None:
    from engine.analysis.convergence import mean_convergence

    exact, found = mean_convergence(kept_all), mean_convergence(streamed)
    assert found["draws_so_far"].values.tolist() == exact["draws_so_far"].values.tolist()
    for name in ("mean_so_far", "mcse_so_far"):
        np.testing.assert_allclose(found[name], exact[name], rtol=1e-7, atol=1e-9)


def test_differences_are_those_of_the_means_of_all_draws(model, streamed) -> None:
    found = engine.explain_differences(model, results=streamed)
    mean = engine.summarize(streamed)["mean"].isel(strategy=0)
    for pair in range(found.sizes["pair"]):
        a, b = (str(found[name].values[pair]) for name in ("pair_from", "pair_to"))
        gap = mean.sel(calculation=b) - mean.sel(calculation=a)
        np.testing.assert_allclose(found["gap"].isel(pair=pair), gap.sel(party=found["party"].values), rtol=1e-9)
    few = engine.explain_differences(model, results=engine.run_model(model, draws=KEPT))
    ratio = (found["gap_se"] / few["gap_se"]).values
    assert (ratio[np.isfinite(ratio)] < 1.0).all()


def test_what_needs_single_draws_is_of_the_kept_ones(model, streamed) -> None:
    learnt = engine.value_of_information(model, calculation="one", results=streamed)
    assert learnt.attrs["draws"] == KEPT


def test_a_study_says_in_its_report_how_many_draws_it_kept(study, tmp_path: Path) -> None:
    findings: Findings = engine.run_study(study, draws=DRAWS)  # more than 131 072
    assert findings.provenance["draws"] == DRAWS
    assert findings.results.sizes["draw"] == 131_072
    assert missed_limits(study, findings) == []
    folder = engine.write_results(findings, tmp_path / "out")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Draws kept one by one" in page
    back = engine.load_findings(folder)
    np.testing.assert_array_equal(back.summary["mean"], findings.summary["mean"])
    np.testing.assert_array_equal(engine.summarize(back.results)["mean"], findings.summary["mean"])


@pytest.mark.parametrize("wrong", [{"keep": 0}, {"keep": -1}])
def test_a_run_that_keeps_nothing_is_refused(model, wrong: dict[str, int]) -> None:
    with pytest.raises(engine.UsageError, match="at least 1"):
        engine.run_model(model, **wrong)
