"""Cost-effectiveness, outcomes and subgroups from a study in YAML to its files and its report."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.errors import UsageError
from engine.results.description import Description
from engine.results.export_economics import outcomes_csv
from engine.results.findings import Findings
from engine.vocabulary import DIMENSIONS, VARIABLES
from tests.economic_study import CONFIGS, write_economic_study
from tests.published import sick_sicker_by_hand as sick

DRAWS = 128
FILES = ("cost_effectiveness.csv", "cost_effectiveness_curves.csv", "outcomes.csv", "subgroups.csv")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    folder = write_economic_study(tmp_path_factory.mktemp("economic") / "study")
    study = folder / "study.yaml"
    # What is not looked at here takes most of the time.
    text = re.sub(r"sensitivity:\n.*\n", "analyses: []\n", study.read_text(encoding="utf-8"), count=1)
    study.write_text(text, encoding="utf-8")
    return engine.run_study(folder, draws=DRAWS)


@pytest.fixture(scope="module")
def folder(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return engine.write_results(findings, tmp_path_factory.mktemp("economic") / "out")


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_variables_of_economic_analyses_are_those_of_the_vocabulary(findings: Findings) -> None:
    for name in ("internal_rate", "outcomes", "subgroups", "cost_effectiveness/work/municipal_budget"):
        dataset = findings.analyses[name]
        for variable, values in dataset.data_vars.items():
            assert values.dims == VARIABLES[str(variable)].dims
            assert values.attrs["units"] == VARIABLES[str(variable)].unit
        assert set(map(str, dataset.dims)) <= set(DIMENSIONS)


def test_published_models_icers_come_out_of_a_run(tmp_path: Path) -> None:
    """Alarid-Escudero and others 2023: 72 988 and 125 764 SEK (USD there) per QALY, A dominated."""
    write_sick_sicker(tmp_path / "ss")
    results = engine.run_model(engine.compile_model(tmp_path / "ss"), draws=16)
    found = engine.cost_effectiveness(results, outcome="qaly", perspective="health_care", thresholds=[0, 100_000])
    at = found.sel(calculation="base")
    for name, strategy in (("b", "b"), ("ab", "ab")):
        assert round(float(at["icer"].sel(course=strategy))) == sick.INCREMENTS[name][2]
    assert int(at["dominance"].sel(course="a")) == 1
    assert float(at["icer_error"].max()) < 1e-6  # nothing is uncertain here


def test_cost_is_that_of_the_perspective_and_effect_that_of_the_model(findings: Findings) -> None:
    results, found = findings.results, findings.analyses["cost_effectiveness/losses/society"]
    cost = results["cost"].sel(calculation="wary").sum("payer").mean("draw")
    np.testing.assert_allclose(found["course_cost"].sel(calculation="wary"), cost, rtol=1e-12)
    lost = results["outcome_amount"].sel(calculation="wary", outcome_measure="losses").mean("draw")
    np.testing.assert_allclose(found["course_effect"].sel(calculation="wary"), lost, rtol=1e-12)
    # Fewer lost jobs are the gain.
    gain = lost.isel(course=0) - lost
    np.testing.assert_allclose(found["effect_difference"].sel(calculation="wary"), gain, atol=1e-15)


def test_net_benefit_without_a_price_is_cost_alone(findings: Findings) -> None:
    found = findings.analyses["cost_effectiveness/work/municipal_budget"]
    np.testing.assert_allclose(found["net_benefit"].sel(willingness_to_pay=0), -found["course_cost"], rtol=1e-12)
    npv = findings.results["npv"].sel(party="municipal_budget").mean("draw")
    np.testing.assert_allclose(-found["cost_difference"].isel(course=slice(1, None)), npv, rtol=1e-9)


def test_parts_weighed_by_their_shares_are_the_whole(findings: Findings) -> None:
    parts, whole = findings.analyses["subgroups"], findings.summary
    for c in findings.description.calculations:
        shares = [g.shares[c.name] for g in findings.description.subgroups]
        assert shares == [0.25, 0.75]
        changed = findings.analyses["outcomes"]["amount_difference"]
        for part, total in (("subgroup_mean", whole["mean"]), ("subgroup_amount_difference", changed)):
            weighed = np.tensordot(shares, parts[part].sel(calculation=c.name).values, axes=1)
            np.testing.assert_allclose(weighed, total.sel(calculation=c.name), rtol=1e-9, atol=1e-9)


def test_only_undiscounted_counts_are_events(findings: Findings) -> None:
    assert {o.name: o.events for o in findings.description.outcomes} == {"work": False, "losses": True}
    needed = {r["outcome"]: r["number_needed"] for r in findings_rows(findings) if r["strategy"] == "coaching"}
    assert needed["work"] == ""
    assert float(needed["losses"]) < 0  # more work, more jobs to lose


def findings_rows(findings: Findings) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(outcomes_csv(findings) or "")))


def test_files_hold_every_strategy_and_threshold(findings: Findings, folder: Path) -> None:
    table = rows(folder / "cost_effectiveness.csv")
    assert len(table) == 2 * 3 + 3
    first = table[0]
    assert first["strategy"] == "usual"
    found = findings.analyses["cost_effectiveness/work/municipal_budget"]
    cost = float(found["course_cost"].sel(calculation="hopeful", course="usual"))
    assert float(first["cost"]) == pytest.approx(cost, abs=0.01)
    curves = rows(folder / "cost_effectiveness_curves.csv")
    assert len(curves) == 2 * 3 * 5 + 3 * 3
    one = [r for r in curves if r["calculation"] == "hopeful" and r["threshold"] == "200000"]
    assert sum(float(r["p_cost_effective"]) for r in one) == pytest.approx(1, abs=2e-6)
    assert sum(int(r["best_on_average"]) for r in one) == 1
    assert min(float(r["expected_loss"]) for r in one) == float(one[0]["evpi"])
    assert {r["figure"] for r in rows(folder / "subgroups.csv")} >= {"npv:society", "npv:reported", "outcome:work"}
    assert len(rows(folder / "outcomes.csv")) == 2 * 3 * 2
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["cost_effectiveness"]
    assert [(r["calculation"], r["strategy"], r["status"]) for r in summary] == [
        (r["calculation"], r["strategy"], r["status"]) for r in table
    ]
    again = engine.load_findings(folder)
    assert set(again.analyses) == set(findings.analyses)
    assert again.description == findings.description


def test_the_report_has_a_section_for_each_and_figures_as_files(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    for anchor in ("outcomes", "cost-effectiveness", "subgroups"):
        assert f'id="{anchor}"' in page
    assert "expected value of perfect information" in page
    figures = {p.name for p in (folder / "figures").iterdir()}
    for name in ("plane", "acceptability", "expected_loss"):
        assert f"{name}_work_municipal_budget.svg" in figures
        assert f"{name}_losses_society.csv" in figures
    assert {"outcome_work.svg", "outcome_losses.svg", "subgroups_coaching.svg", "subgroups_light.csv"} <= figures


def test_a_study_without_outcomes_and_subgroups_has_no_word_of_them(tmp_path: Path) -> None:
    shutil.copytree(CONFIGS / "two_state", tmp_path / "study")
    study = tmp_path / "study" / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + "analyses: []\n", encoding="utf-8")
    found = engine.run_study(tmp_path / "study", draws=16)
    folder = engine.write_results(found, tmp_path / "out")
    assert not {p.name for p in folder.iterdir()} & set(FILES)
    assert "cost_effectiveness" not in json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not any(f'id="{anchor}"' in page for anchor in ("outcomes", "cost-effectiveness", "subgroups"))


def test_descriptions_of_older_results_can_be_read(findings: Findings) -> None:
    raw = json.loads(findings.description.to_json())
    del raw["outcomes"], raw["subgroups"]
    older = Description.from_json(json.dumps(raw))
    assert older.outcomes == ()
    assert older.subgroups == ()


def test_what_the_results_do_not_hold_is_a_usage_error(findings: Findings) -> None:
    right = {"outcome": "work", "perspective": "society", "thresholds": [0.0, 1.0]}
    for wrong, words in (
        ({"outcome": "qaly"}, "no outcome 'qaly'; there is work, losses"),
        ({"perspective": "state"}, "no perspective 'state'"),
        ({"thresholds": [1.0, 0.0]}, "thresholds must be"),
        ({"thresholds": [-1.0]}, "thresholds must be"),
        ({"calculations": ["nobody"]}, "no calculation 'nobody'"),
    ):
        with pytest.raises(UsageError, match=words):
            engine.cost_effectiveness(findings.results, **{**right, **wrong})  # type: ignore[arg-type]
    bare = findings.results.drop_vars(["outcome_amount", "subgroup_npv", "subgroup_outcome_amount"])
    with pytest.raises(UsageError, match="no outcomes"):
        engine.summarize_outcomes(bare)
    with pytest.raises(UsageError, match="no subgroups"):
        engine.summarize_subgroups(bare)


def test_rates_of_return_are_those_of_the_cash_flow(findings: Findings) -> None:
    rates = findings.analyses["internal_rate"]
    flow = findings.results["mean_cash_flow"].sel(calculation="hopeful", strategy="coaching").sum("payer").values
    rate = float(rates["internal_rate"].sel(calculation="hopeful", strategy="coaching", party="society"))
    assert abs((flow * (1 + rate) ** -np.arange(3.0)).sum()) < 1e-6
    assert flow[0] < 0 < rate


def write_sick_sicker(folder: Path) -> None:
    """The time-independent Sick-Sicker model, without uncertainty."""
    (folder / "calculations").mkdir(parents=True)
    (folder / "study.yaml").write_text(
        "study: sick_sicker\ntitle: Sick-Sicker\nquestion: Which?\nmodel: model.yaml\n"
        "calculations: [calculations/base.yaml]\nheadline: health_care\nanalyses: []\n",
        encoding="utf-8",
    )
    (folder / "calculations" / "base.yaml").write_text(
        "calculation: base\nlabel: Base case\nrole: Authors\nwhy: As published.\nperspective: health_care\n"
        "assumptions: {}\n",
        encoding="utf-8",
    )
    weights = "where(cycle == 0 or cycle == 75, 1/3, where(cycle == 2 * floor(cycle / 2), 4/3, 2/3))"
    (folder / "model.yaml").write_text(
        f"""title: Sick-Sicker
price_year: 2020
time: {{cycle_length: 1, cycles: 75, horizon: 75, discount_rate: 0.03, boundary_weight: "{weights}"}}
payers: {{payer: {{label: Health care payer}}}}
perspectives: {{health_care: {{label: Health care, payers: [payer]}}}}
states: {{h: {{label: Healthy}}, s1: {{label: Sick}}, s2: {{label: Sicker}}, d: {{label: Dead}}}}
start: {{h: 1}}
transitions:
  h: {{d: {{hazard: 0.002}}, s1: {{probability: 1 - exp(-0.15)}}}}
  s1: {{d: {{hazard: 0.002 * 3}}, h: {{probability: 1 - exp(-0.5)}}, s2: {{probability: 1 - exp(-0.105)}}}}
  s2: {{d: {{hazard: 0.002 * 10}}}}
cost_items:
  c_h: {{label: Healthy, kind: resource, payer: payer, state: h, amount: 2000}}
  c_s1: {{label: Sick, kind: resource, payer: payer, state: s1, amount: 4000}}
  c_s2: {{label: Sicker, kind: resource, payer: payer, state: s2, amount: 15000}}
  t_a: {{label: Drug A, kind: resource, payer: payer, state: [s1, s2], amount: 12000, strategies: [a]}}
  t_b: {{label: Drug B, kind: resource, payer: payer, state: [s1, s2], amount: 13000, strategies: [b]}}
outcomes:
  qaly:
    label: QALYs
    unit: QALY
    items:
      h: {{label: Healthy, state: h, amount: 1}}
      s1: {{label: Sick, state: s1, amount: 0.75}}
      s2: {{label: Sicker, state: s2, amount: 0.5}}
      a: {{label: Sick with A, state: s1, amount: 0.95 - 0.75, strategies: [a]}}
strategies:
  soc: {{label: Standard of care, baseline: true}}
  a: {{label: A}}
  b: {{label: B, effects: [{{on: s1 -> s2, hazard_ratio: 0.6}}]}}
  ab: {{label: AB, combines: [a, b]}}
""",
        encoding="utf-8",
    )
