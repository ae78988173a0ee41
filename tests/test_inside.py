"""Choices and several outcomes inside a calculation, through the verbs; checked by enumeration and quadrature."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.errors import UsageError
from engine.model.compile import CompiledModel

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
CHOICES = """\
choices:
  discounting:
    label: When in the year costs are discounted to
    theme: time
    default: start
    alternatives:
      start: {label: At its start, value: 0}
      middle: {label: In its middle, value: 0.5}
      end: {label: At its end, value: 1}
  work_counted:
    label: Whether work counts
    default: counted
    alternatives:
      counted: {label: It does, value: 1}
      left_out: {label: It does not, value: 0}

states:
"""


def with_choices(folder: Path, *, discounting: str = "start", work_counted: str = "counted") -> Path:
    """The smallest study with two laws and two choices, which both calculations make alike."""
    shutil.copytree(CONFIGS / "two_state", folder)
    model = folder / "model.yaml"
    text = model.read_text(encoding="utf-8")
    for old, new in (
        ("  discount_rate: discount_rate\n", "  discount_rate: discount_rate\n  discount_timing: discounting\n"),
        ("unit: probability, theme: life_course", 'unit: probability, dist: "uniform(0.1, 0.3)", theme: life_course'),
        ("value: 50000,", 'value: 50000, dist: "uniform(30000, 70000)",'),
        ("amount: work_value}", "amount: work_value * work_counted}"),
        ("states:\n", CHOICES),
        ("default: start", f"default: {discounting}"),
        ("default: counted", f"default: {work_counted}"),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    model.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return engine.compile_model(with_choices(tmp_path_factory.mktemp("study") / "s"))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray]:
    """NPV of each combination of choices at quadrature points of the two figures, (3, 2, 8, 8), and their weights.

    A study of its own is made for each combination, which has the choices folded in; no choice is an input of it.
    """
    from engine.run.functions import outcome_function

    nodes, weights = np.polynomial.legendre.leggauss(8)
    nodes, weights = (nodes + 1) / 2, weights / 2
    folder = tmp_path_factory.mktemp("alternatives")
    found = np.empty((3, 2, 8, 8))
    for (i, timing), (j, work) in product(enumerate(("start", "middle", "end")), enumerate(("counted", "left_out"))):
        one = engine.compile_model(with_choices(folder / f"{i}{j}", discounting=timing, work_counted=work))
        assert "discounting" in one.inputs.fixed
        u = np.array(list(product(nodes, nodes)))
        assert one.inputs.uncertain_in("hopeful") == ("coach", "find_work")
        values = outcome_function(one, "coaching")(one.inputs.own_values("hopeful", u.T).T)
        found[i, j] = values[:, one.shape.parties.index("society")].reshape(8, 8)
    return found, weights


def closed(table: np.ndarray, weights: list[np.ndarray], factors: tuple[int, ...]) -> float:
    """Variance of the expectation given some factors, by summation."""
    mean = table
    for axis in reversed(range(4)):
        if axis not in factors:
            mean = np.tensordot(mean, weights[axis], axes=([axis], [0]))
    left = [weights[axis] for axis in range(4) if axis in factors]
    joint = left[0]
    for w in left[1:]:
        joint = np.multiply.outer(joint, w)
    return float((joint * mean**2).sum() - (joint * mean).sum() ** 2)


NAMES = ("discounting", "work_counted", "coach", "find_work")
EQUAL = (np.full(3, 1 / 3), np.full(2, 1 / 2))


def expected(table, shares=EQUAL):  # type: ignore[no-untyped-def]
    """Sobol' indices by name, and shares of choices, of figures and of both."""
    values, nodes = table
    weights = [*shares, nodes, nodes]
    whole = closed(values, weights, (0, 1, 2, 3))
    first = {name: closed(values, weights, (k,)) / whole for k, name in enumerate(NAMES)}
    others = {name: tuple(j for j in range(4) if j != k) for k, name in enumerate(NAMES)}
    total = {name: 1 - closed(values, weights, rest) / whole for name, rest in others.items()}
    choices, figures = closed(values, weights, (0, 1)) / whole, closed(values, weights, (2, 3)) / whole
    return first, total, (choices, figures, 1 - choices - figures)


# Estimates may deviate by twice the half-width of their 95 % interval: about four standard errors.


def assert_agree(found, table, shares=EQUAL) -> None:  # type: ignore[no-untyped-def]
    first, total, parts = expected(table, shares)
    for name in NAMES:
        at = found.sel(parameter=name)
        assert float(at["S1"]) == pytest.approx(first[name], abs=2 * float(at["S1_conf"]) + 1e-9)
        assert float(at["ST"]) == pytest.approx(total[name], abs=2 * float(at["ST_conf"]) + 1e-9)
    for name, part in zip(("choices_share", "figures_share", "choices_figures_share"), parts, strict=True):
        assert float(found[name]) == pytest.approx(part, abs=2 * float(found[f"{name}_conf"]) + 1e-9)


def test_choices_and_figures_have_the_shares_that_enumeration_and_quadrature_give(model, table) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(model, calculation="hopeful", n=1024, choices="all")
    assert dict(zip(found["parameter"].values, found["kind"].values, strict=True)) == {
        "coach": "parameter",
        "discounting": "choice",
        "find_work": "parameter",
        "work_counted": "choice",
    }
    assert "Whether work counts" in found["label"].values
    assert_agree(found, table)
    parts = expected(table)[2]
    assert min(parts) > 0.01  # the test would say nothing of a part that is not there


def test_weights_say_how_likely_each_alternative_is(model, table) -> None:  # type: ignore[no-untyped-def]
    asked = {"discounting": {"start": 0.8, "end": 0.2}, "work_counted": {"counted": 0.9, "left_out": 0.1}}
    found = engine.analyze_sensitivity(model, calculation="hopeful", n=1024, choices=asked)
    assert_agree(found, table, (np.array([0.8, 0.0, 0.2]), np.array([0.9, 0.1])))


def test_one_at_a_time_names_the_alternatives(model, table) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(
        model, calculation="hopeful", method="oneway", n=4096, choices=["discounting", "work_counted"]
    )
    values, nodes = table
    means = np.einsum("ijab,a,b->ij", values, nodes, nodes)
    at = found.sel(parameter="discounting")
    # base points fill the unit square evenly: the error is far below a thousandth of the spread
    np.testing.assert_allclose(at["alternative_outcome"], means.mean(axis=1), atol=1e-3 * np.ptp(means))
    ends = tuple(str(at[f"{k}_alternative"].item()) for k in ("low", "high"))
    of = ("start", "middle", "end")
    assert ends == (of[means.mean(axis=1).argmin()], of[means.mean(axis=1).argmax()])
    assert list(found["high_alternative"].sel(parameter=["coach", "work_counted"]).values) == ["", "counted"]


def test_a_choice_that_is_kept_as_an_input_changes_no_figure(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s", discounting="end")
    folded, kept = engine.compile_model(folder), engine.compile_model(folder, choices="all")
    assert set(kept.inputs.names) - set(folded.inputs.names) == {"discounting", "work_counted"}
    for name in ("hopeful", "wary"):
        npv = engine.point_npv(folded, name)
        assert engine.point_npv(kept, name) == pytest.approx(npv, rel=1e-12)


def test_a_model_made_with_its_choices_gives_the_same_as_one_made_without(model, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    ready = engine.compile_model(with_choices(tmp_path / "s"), choices="discounting")
    how = {"calculation": "wary", "n": 64, "choices": "discounting"}
    one, other = (engine.analyze_sensitivity(m, **how) for m in (ready, model))
    np.testing.assert_array_equal(one["ST"], other["ST"])


def test_a_calculation_without_uncertain_figures_can_have_uncertain_choices(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s")
    text = (folder / "model.yaml").read_text(encoding="utf-8")
    for law in ('dist: "uniform(0.1, 0.3)", ', 'dist: "uniform(30000, 70000)", '):
        assert law in text
        text = text.replace(law, "")
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    certain = engine.compile_model(folder)
    with pytest.raises(UsageError, match="nothing uncertain"):
        engine.analyze_sensitivity(certain, calculation="hopeful")
    found = engine.analyze_sensitivity(certain, calculation="hopeful", n=64, choices="all")
    assert list(found["parameter"].values) == ["discounting", "work_counted"]
    assert float(found["choices_share"]) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        (["discountin"], "did you mean 'discounting'"),
        ("perspective", "no factor"),
        (["coach"], "'coach' is a parameter"),
        ({"discounting": {"start": 0.5, "late": 0.5}}, "no alternative 'late'"),
        ({"discounting": {"start": 0.5, "end": 0.4}}, "add up to 0.9"),
        ({"discounting": {"start": 1.0}}, "only one alternative"),
        ({"discounting": {"start": 1.5, "end": -0.5}}, "1.5 is no probability"),
    ],
)
def test_choices_that_make_no_sense_are_refused(model, choices, expected: str) -> None:  # type: ignore[no-untyped-def]
    for call in (
        lambda: engine.analyze_sensitivity(model, calculation="hopeful", choices=choices),
        lambda: engine.refine_sensitivity(model, calculation="hopeful", choices=choices),
        lambda: engine.analyze_sensitivity_by(model, calculation="hopeful", by="year", choices=choices),
        lambda: engine.compile_model(model.study, choices=choices),
    ):
        with pytest.raises(UsageError, match=expected):
            call()


def test_a_smooth_method_refuses_choices(model) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="needs parameters that vary continuously, and 'discounting' takes"):
        engine.analyze_sensitivity(model, calculation="hopeful", method="morris", choices=["discounting"])


def test_refinement_takes_choices_too(model, table) -> None:  # type: ignore[no-untyped-def]
    found = engine.refine_sensitivity(model, calculation="hopeful", choices="all", precision=0.1)
    last = found.isel(checkpoint=-1)
    total = expected(table)[1]
    for name in NAMES:
        at = last.sel(parameter=name)
        assert float(at["ST_so_far"]) == pytest.approx(total[name], abs=2 * float(at["ST_conf_so_far"]) + 1e-9)


def test_a_refined_analysis_is_one_of_sobol_and_tells_choices_from_parameters(model, table) -> None:  # type: ignore[no-untyped-def]
    found = engine.refine_sensitivity(model, calculation="hopeful", choices="all", precision=0.1)
    first, total, _ = expected(table)
    for name in NAMES:
        at = found.sel(parameter=name)
        assert float(at["S1"]) == pytest.approx(first[name], abs=2 * float(at["S1_conf"]) + 1e-9)
        assert float(at["ST"]) == pytest.approx(total[name], abs=2 * float(at["ST_conf"]) + 1e-9)
    assert dict(zip(found["parameter"].values, found["kind"].values, strict=True))["discounting"] == "choice"
    of_the_same_size = engine.analyze_sensitivity(model, calculation="hopeful", choices="all", n=found.attrs["n"])
    np.testing.assert_allclose(found["ST"], of_the_same_size["ST"], rtol=1e-12)


def test_a_study_asks_for_precision_and_its_report_shows_how_it_was_reached(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s")
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    asked = "sensitivity:\n  - {method: sobol, precision: 0.05, choices: all, calculations: [hopeful]}\nanalyses: []\n"
    study.write_text(text[: text.index("sensitivity:")] + asked, encoding="utf-8")
    findings = engine.run_study(folder, draws=64)
    assert findings.notes == ()
    (found,) = findings.sensitivity
    assert found.attrs["reached"]
    assert found.attrs["precision"] == 0.05
    engine.write_results(findings, tmp_path / "results")
    (again,) = engine.load_findings(tmp_path / "results").sensitivity
    assert found.identical(again)
    rows = (tmp_path / "results" / "figures" / "refinement_hopeful_0.csv").read_text(encoding="utf-8").splitlines()
    assert [row.split(",")[0] for row in rows[2:]] == [str(n) for n in found["runs"].values]
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "every share above 5\u00a0% was known to within ± 2.5" in page.replace("5 %", "5\u00a0%")
    csv = (tmp_path / "results" / "sensitivity.csv").read_text(encoding="utf-8")
    assert "hopeful,society,sobol,coach,ST," in csv


def test_payers_have_the_indices_that_each_has_by_itself(model) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity_by(model, calculation="hopeful", by="payer", n=256)
    assert list(found["outcome"].values) == ["municipality", "individual"]
    assert list(found["outcome_label"].values) == ["Municipality", "The individual"]
    assert (found.attrs["by"], found.attrs["party"]) == ("payer", "society")
    for payer in ("municipality", "individual"):
        alone = engine.analyze_sensitivity(model, calculation="hopeful", party=payer, n=256)
        at = found.sel(outcome=payer)
        for index in ("S1", "ST"):
            slack = 2 * (at[f"{index}_by_outcome_conf"] + alone[f"{index}_conf"]).values + 1e-9
            assert (np.abs(at[f"{index}_by_outcome"] - alone[index].values) <= slack).all()
    share = (found["ST_by_outcome"] * found["outcome_variance"]).sum("outcome") / found["outcome_variance"].sum()
    np.testing.assert_allclose(found["ST"], share, rtol=1e-9)


def test_means_of_years_add_up_to_the_npv_and_years_beyond_the_horizon_do_not_vary(model) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity_by(model, calculation="wary", by="year", n=256, choices="discounting")
    assert list(found["outcome"].values) == ["0", "1", "2"]
    assert float(found["outcome_variance"].sel(outcome="2")) == 0.0  # the wary count two years
    assert np.isnan(found["ST_by_outcome"].sel(outcome="2")).all()
    assert found.attrs["party"] == "municipal_budget"
    alone = engine.analyze_sensitivity(model, calculation="wary", method="oneway", n=256, choices="discounting")
    spread = float(np.sqrt(found["outcome_variance"].sum()))
    assert float(found["outcome_mean"].sum()) == pytest.approx(float(alone["base_outcome"]), abs=0.05 * spread)


def test_cycles_within_a_year_are_added_up(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s")
    text = (folder / "model.yaml").read_text(encoding="utf-8")
    quarters = text.replace("cycle_length: 1\n  cycles: 3", "cycle_length: 0.25\n  cycles: 12")
    assert quarters != text
    (folder / "model.yaml").write_text(quarters, encoding="utf-8")
    model = engine.compile_model(folder)
    found = engine.analyze_sensitivity_by(model, calculation="hopeful", by="year", n=64)
    assert list(found["outcome"].values) == ["0", "1", "2"]
    alone = engine.analyze_sensitivity(model, calculation="hopeful", method="oneway", n=64)
    spread = float(np.sqrt(found["outcome_variance"].sum()))
    assert float(found["outcome_mean"].sum()) == pytest.approx(float(alone["base_outcome"]), abs=0.1 * spread)


def test_what_cannot_be_told_apart_by_payer_is_refused(model) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match="one payer"):
        engine.analyze_sensitivity_by(model, calculation="hopeful", by="payer", party="municipal_budget")
    with pytest.raises(UsageError, match="'individual' is a payer"):
        engine.analyze_sensitivity_by(model, calculation="hopeful", by="payer", party="individual")
    with pytest.raises(UsageError, match="outcome to go by"):
        engine.analyze_sensitivity_by(model, calculation="hopeful", by="week")  # type: ignore[arg-type]


def test_a_study_asks_for_choices_and_for_payers_and_years(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s")
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    asked = """sensitivity:
  - {method: sobol, n: 64, choices: {discounting: {start: 0.5, end: 0.5}}}
  - {method: oneway, n: 16, choices: all, calculations: [wary]}
  - {method: sobol, n: 16, by: payer, calculations: [hopeful]}
  - {method: sobol, n: 16, by: year, choices: [work_counted], perspectives: [society]}
  - {method: oneway, n: 16, calculations: [wary]}
"""
    study.write_text(text[: text.index("sensitivity:")] + asked, encoding="utf-8")
    findings = engine.run_study(folder, draws=64)
    assert findings.notes == ()
    kinds = [
        (a.attrs["method"], a.attrs.get("by"), a.attrs["calculation"], "kind" in a.coords) for a in findings.sensitivity
    ]
    assert kinds == [
        ("sobol", None, "hopeful", True),
        ("sobol", None, "wary", True),
        ("oneway", None, "wary", True),
        ("sobol", "payer", "hopeful", False),
        ("sobol", "year", "hopeful", True),
        ("sobol", "year", "wary", True),
        ("oneway", None, "wary", False),
    ]
    engine.write_results(findings, tmp_path / "results")
    again = engine.load_findings(tmp_path / "results")
    for before, after in zip(findings.sensitivity, again.sensitivity, strict=True):
        assert before.identical(after)
    rows = (tmp_path / "results" / "sensitivity.csv").read_text(encoding="utf-8").splitlines()
    ends = [row.split(",") for row in rows if row.startswith("wary,municipal_budget,oneway,discounting,high_value,")]
    assert [(row[5] in ("start", "middle", "end"), row[6:]) for row in ends] == [(True, ["", "", "coaching", ""])]
    assert any(
        row.startswith("wary,municipal_budget,oneway,work_counted=left_out,alternative_outcome,") for row in rows
    )
    assert any(
        row.startswith("hopeful,society,sobol,coach,ST_by_outcome,") and row.endswith(",individual") for row in rows
    )
    assert any(row.startswith("hopeful,society,sobol,,choices_share,") for row in rows)
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    for words in (
        "comes from the choices of method alone",
        "What makes each payer",
        "What makes each year",
        "(choice)",
    ):
        assert words in page


def test_a_group_has_the_indices_that_enumeration_and_quadrature_give(model, table) -> None:  # type: ignore[no-untyped-def]
    groups = {"first": ["discounting", "find_work"], "second": ["coach"]}
    found = engine.analyze_sensitivity(model, calculation="hopeful", n=1024, choices="all", groups=groups)
    assert found["parameter"].values.tolist() == ["first", "second", "work_counted"]
    assert found["kind"].values.tolist() == ["both", "parameter", "choice"]
    assert found["members"].values.tolist() == ["discounting, find_work", "coach", ""]
    assert found["member_labels"].values[0] == "When in the year costs are discounted to; Finding work in a year"
    assert found.attrs["groups"] == "named"
    values, nodes = table
    weights = [*EQUAL, nodes, nodes]
    whole = closed(values, weights, (0, 1, 2, 3))
    for name, own, others in (
        ("first", (0, 3), (1, 2)),
        ("second", (2,), (0, 1, 3)),
        ("work_counted", (1,), (0, 2, 3)),
    ):
        at = found.sel(parameter=name)
        first, total = closed(values, weights, own) / whole, 1 - closed(values, weights, others) / whole
        assert float(at["S1"]) == pytest.approx(first, abs=2 * float(at["S1_conf"]) + 1e-9)
        assert float(at["ST"]) == pytest.approx(total, abs=2 * float(at["ST_conf"]) + 1e-9)


def test_a_study_asks_for_groups_and_the_report_tells_who_is_in_them(tmp_path: Path) -> None:
    folder = with_choices(tmp_path / "s")
    study = folder / "study.yaml"
    text = study.read_text(encoding="utf-8")
    # Hopeful is sure of the ratio, so that one group is empty there.
    asked = """sensitivity:
  - {method: sobol, n: 64, groups: themes, calculations: [wary]}
  - {method: pawn, n: 200, groups: {people: [find_work, coach], trial: [risk_ratio]}}
  - {method: sobol, n: 16, choices: all, groups: {made: [discounting, coach]}, calculations: [hopeful]}
analyses: []
"""
    study.write_text(text[: text.index("sensitivity:")] + asked, encoding="utf-8")
    findings = engine.run_study(folder, draws=64)
    assert findings.notes == ()
    named = [(a.attrs["calculation"], a.attrs["method"], a["parameter"].values.tolist()) for a in findings.sensitivity]
    assert named == [
        ("wary", "sobol", ["effect", "prices", "life_course"]),
        ("hopeful", "pawn", ["people"]),
        ("wary", "pawn", ["people", "trial"]),
        ("hopeful", "sobol", ["made", "find_work", "work_counted"]),
    ]
    engine.write_results(findings, tmp_path / "results")
    page = (tmp_path / "results" / "report.html").read_text(encoding="utf-8")
    assert "Several inputs counted as one: Effect of the intervention, Unit costs and Lives without the" in page
    assert "<li>Unit costs: A coach</li>" in page
    assert page.count("<li>people: Finding work in a year; A coach</li>") == 2  # once in each calculation
    assert "Share of the uncertainty: Wary, in groups" in page
    again = engine.load_findings(tmp_path / "results")
    for before, after in zip(findings.sensitivity, again.sensitivity, strict=True):
        assert before.identical(after)
