"""The verbs, as a user of the package calls them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.analysis.sensitivity import analyze_sensitivity
from engine.api.decisions import points_of_run
from engine.errors import RunError, UsageError
from engine.model.compile import CompiledModel
from tests.properties.random_studies import write_study
from tests.run.test_execute import risky_content

CONFIGS = Path(__file__).resolve().parents[1] / "configs"


@pytest.fixture(scope="module")
def norrkoping():  # type: ignore[no-untyped-def]
    return engine.compile_model(CONFIGS / "norrkoping")


def test_contributions_add_up_to_the_difference_for_every_pair_and_party(norrkoping) -> None:  # type: ignore[no-untyped-def]
    gaps = engine.explain_differences(norrkoping, draws=16)
    assert gaps.sizes["pair"] == 6
    total = gaps["shapley"].sum("assumption")
    scale = float(np.abs(gaps["gap"]).max())
    np.testing.assert_allclose(total, gaps["gap"], rtol=0, atol=1e-9 * scale)
    assert (gaps["exact"] == 1).all()


def test_the_difference_between_a_and_b_is_minus_that_between_b_and_a(norrkoping) -> None:  # type: ignore[no-untyped-def]
    one = engine.explain_differences(norrkoping, between=("consultant", "standard_tool"), draws=16).isel(pair=0)
    two = engine.explain_differences(norrkoping, between=("standard_tool", "consultant"), draws=16).isel(pair=0)
    scale = float(np.abs(one["gap"]).max())
    np.testing.assert_allclose(one["shapley"], -two["shapley"], rtol=0, atol=1e-9 * scale)


def test_bundled_assumptions_move_together(norrkoping) -> None:  # type: ignore[no-untyped-def]
    gaps = engine.explain_differences(norrkoping, between=("consultant", "researcher"), draws=16)
    names = [str(a) for a in gaps["assumption"].values]
    assert "fade" in names
    assert not {"fade_out", "half_life", "fade_years"} & set(names)


def test_sobol_finds_what_matters_most_and_that_it_matters_through_others_too(norrkoping) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(norrkoping, calculation="consultant", method="sobol", n=256)
    assert set(found["parameter"].values) == set(norrkoping.inputs.uncertain_in("consultant"))
    # the effect's size matters most, and through interactions more than alone
    first, total = (float(found[v].sel(parameter="hr_out")) for v in ("S1", "ST"))
    assert 0.3 < first < total < 1.0
    assert str(found["parameter"].values[int(np.argmax(found["ST"].values))]) == "hr_out"


def test_another_seed_gives_other_draws_and_the_same_seed_the_same(norrkoping) -> None:  # type: ignore[no-untyped-def]
    a = engine.run_model(norrkoping, draws=64, seed=1)["npv"]
    b = engine.run_model(norrkoping, draws=64, seed=2)["npv"]
    c = engine.run_model(norrkoping, draws=64, seed=1)["npv"]
    assert (a != b).any()
    np.testing.assert_array_equal(a, c)


@pytest.mark.parametrize(
    "call",
    [
        lambda m: engine.point_npv(m, "consultent"),
        lambda m: engine.explain_differences(m, between=("consultant", "nobody")),
        lambda m: engine.analyze_sensitivity(m, calculation="consultant", party="nobody"),
        lambda m: engine.analyze_sensitivity(m, calculation="consultant", method="magic"),
        lambda m: engine.point_npv(m, "consultant", strategy="usual"),
    ],
)
def test_an_unknown_name_is_told_with_those_that_exist(norrkoping, call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UsageError, match=r"there are|There are"):
        call(norrkoping)


@pytest.mark.parametrize("outcome", ["npv", "programme_cost", "benefit_cost_ratio"])
def test_sensitivity_is_found_for_other_outcomes_than_npv(norrkoping, outcome: str) -> None:  # type: ignore[no-untyped-def]
    found = engine.analyze_sensitivity(
        norrkoping, calculation="consultant", method="oneway", outcome=outcome, n=16, party="society"
    )
    assert found.attrs["units"] == ("ratio" if outcome == "benefit_cost_ratio" else "SEK/participant")
    assert found.attrs["outcome"] == outcome
    swing = np.abs(found["high_outcome"] - found["low_outcome"])
    largest = str(found["parameter"].values[int(np.argmax(swing.values))])
    assert largest == ("programme_cost" if outcome == "programme_cost" else "hr_out")


def test_an_outcome_that_can_be_infinite_is_refused(norrkoping) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RunError, match="not a finite number"):
        engine.analyze_sensitivity(
            norrkoping, calculation="finance_director", method="oneway", outcome="payback_year", n=16
        )


def test_an_analysis_takes_any_function_of_points_of_the_unit_cube() -> None:
    found = analyze_sensitivity(lambda x: x[:, 0] + 3 * x[:, 1], names=["a", "b"], method="sobol", n=256, seed=1)
    # linear in uniforms: shares of variance 1/10 and 9/10
    error = found["S1_conf"].values
    np.testing.assert_array_less(np.abs(found["S1"].values - [0.1, 0.9]), 3 * error + 1e-3)


def rejecting() -> CompiledModel:
    """A study in which half of the draws break a rule, and are left out."""
    more = {"invalid_draws": "reject", "limits": {"rejected": 0.9}, "sensitivity": [{"method": "sobol", "n": 32}]}
    return engine.compile_model(write_study(risky_content(), **more))


def test_a_study_that_rejects_draws_runs_to_its_end(tmp_path: Path) -> None:
    findings = engine.run_study(rejecting().study, draws=256)
    assert findings.provenance["rejected_draws"] > 0
    (gap,) = findings.differences
    assert gap.attrs["left_out"] > 0
    np.testing.assert_allclose(gap["shapley"].sum("assumption"), gap["gap"], rtol=1e-9, atol=1e-6)
    # a structured design cannot do without any of its draws, and says so without losing the rest
    assert any(note.startswith("sobol of 'one'") for note in findings.notes)
    assert (engine.write_results(findings, tmp_path / "r") / "report.html").is_file()


def test_draws_that_are_rejected_after_those_of_the_differences_leave_these_unweighted() -> None:
    more = {"invalid_draws": "reject", "limits": {"rejected": 0.9}, "differences": {"draws": 1}}
    study = write_study(risky_content(), **more)
    # with this seed the first draw is valid and later ones are not
    findings = engine.run_study(study, draws=256, seed=2)
    (gap,) = findings.differences
    assert gap.attrs["left_out"] == 0
    assert findings.provenance["rejected_draws"] > 0
    assert findings.analyses["years/programme"].attrs["anchored"] == 0
    alone = engine.explain_differences(engine.compile_model(study), seed=2)
    np.testing.assert_allclose(alone["shapley"].sum("assumption"), alone["gap"], rtol=1e-9, atol=1e-6)


def test_contributions_of_payers_add_up_to_their_perspectives_and_to_the_differences_of_means(norrkoping) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=512)
    means = engine.summarize(results)["mean"].isel(strategy=0)
    gaps = engine.explain_differences(norrkoping, results=results, draws=32)
    for k in range(gaps.sizes["pair"]):
        at = gaps.isel(pair=k)
        start, end = str(at["pair_from"].item()), str(at["pair_to"].item())
        expected = means.sel(calculation=end) - means.sel(calculation=start)
        np.testing.assert_allclose(at["gap"], expected.sel(party=at["party"].values), rtol=1e-9, atol=1e-6)
    for perspective, row in zip(norrkoping.shape.perspectives, norrkoping.shape.members, strict=True):
        payers = [p for p, counted in zip(norrkoping.shape.payers, row, strict=True) if counted]
        for name in ("shapley", "alone", "total", "owen"):
            total = gaps[name].sel(party=payers).sum("party")
            np.testing.assert_allclose(gaps[name].sel(party=perspective), total, rtol=1e-9, atol=1e-6)


def test_years_and_payers_add_up_to_what_the_differences_tell_of_each_payer(norrkoping) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=512)
    pair = ("finance_director", "consultant")
    years = engine.explain_by_year(norrkoping, between=pair, results=results, draws=32)
    gap = engine.explain_differences(norrkoping, between=pair, results=results, draws=32).isel(pair=0)
    payers, names = list(norrkoping.shape.payers), years["assumption"].values
    found = years["yearly_contribution"].sum("cycle").values
    expected = gap["shapley"].sel(party=payers, assumption=names).transpose("assumption", "party").values
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)
    # whose costs are counted moves no payer's money
    assert "perspective" not in names
    means = engine.summarize(results)["mean"].isel(strategy=0).sel(party=payers)
    known = means.sel(calculation=pair[1]).values - means.sel(calculation=pair[0]).values
    np.testing.assert_allclose(years["yearly_gap"].sum("cycle").values, known, rtol=1e-9, atol=1e-6)
    assert years.attrs["draws"] == 32
    assert years.attrs["anchored"] == 1


def test_a_division_by_year_that_would_take_long_uses_fewer_draws_or_samples_orders(norrkoping) -> None:  # type: ignore[no-untyped-def]
    pair, columns = ("finance_director", "consultant"), 10 * 49
    fewer = engine.explain_by_year(norrkoping, between=pair, draws=64, numbers=1024 * 32 * columns)
    assert (fewer.attrs["draws"], fewer.attrs["exact"]) == (32, 1)
    sampled = engine.explain_by_year(norrkoping, between=pair, draws=64, numbers=1024 * 12 * columns)
    assert sampled.attrs["exact"] == 0
    np.testing.assert_allclose(sampled["yearly_contribution"].sum("assumption"), sampled["yearly_gap"], atol=1e-6)


def test_further_analyses_of_the_smallest_study_are_those_of_the_hand() -> None:
    model = engine.compile_model(CONFIGS / "two_state")
    turned = engine.decide(model, between=("wary", "hopeful"), party="municipality", draws=64)
    # -18 000 against 11 440: the horizon alone turns it
    assert float(turned["npv_from"]) == pytest.approx(-18_000)
    first = turned["in_flip_set"].isel(flip_set=0)
    assert [str(a) for a in turned["assumption"].values[np.asarray(first.values, dtype=bool)]] == ["horizon"]
    spread = engine.explain_spread(model, draws=64)
    at = spread.sel(party="municipality")
    assert float(at["shapley_share"].sum()) == pytest.approx(1.0)
    learnt = engine.value_of_information(model, calculation="wary")
    # nothing or three times, each as likely: deciding after having learnt it is worth half of 14 000
    assert float(learnt["evpi"].isel(party=0)) == pytest.approx(7_000)
    assert float(learnt["evppi"].sel(parameter="risk_ratio").isel(party=0)) == pytest.approx(7_000)


@pytest.mark.parametrize(
    ("stated", "left"),
    [
        # the table of the two assumptions, by hand: 5 040 against 11 440 with three years each
        ({"horizon": 3}, 6_400),
        ({"horizon": 2}, 0),
        # three times the chance of work: 0.5 more at work in year 1 and 0.45 in year 2; wary stops before year 2
        ({"risk_ratio": 3}, 160_000 * (0.8 * 0.5 + 0.64 * 0.45) - 50_000 - 14_000),
    ],
)
def test_a_value_to_agree_on_leaves_what_the_hand_finds(stated: dict[str, float], left: float) -> None:
    model = engine.compile_model(CONFIGS / "two_state")
    found = engine.decide(model, between=("wary", "hopeful"), party="municipality", draws=64, consensus=stated)
    (name,) = stated
    at = found.sel(assumption=name)
    assert float(at["gap_left_consensus"]) == pytest.approx(left, abs=1e-6)
    assert float(at["consensus"]) == stated[name]
    assert found["assumption"].values[found["consensus_stated"].values].tolist() == [name]


@pytest.mark.parametrize(
    ("stated", "message"),
    [({"horizn": 3}, "did you mean 'horizon'"), ({"horizon": "long"}, "give its value as a number")],
)
def test_a_value_that_nobody_could_take_is_refused(stated: dict[str, float | str], message: str) -> None:
    model = engine.compile_model(CONFIGS / "two_state")
    with pytest.raises(UsageError, match=message):
        engine.decide(model, between=("wary", "hopeful"), consensus=stated)


def test_money_to_agree_on_is_in_the_prices_in_which_calculations_write_it(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shutil.copytree(CONFIGS / "two_state", folder)
    (folder / "cpi.csv").write_text("year,index\n2020,100\n2023,125\n", encoding="utf-8")
    dearer = "  coach: {value: 60000, why: Dearer., assumption: Judgement.}"
    for file, old, new in (
        ("model.yaml", "price_year: 2023\n\n", "price_year: 2023\nprice_index: cpi.csv\n\n"),
        (
            "model.yaml",
            "50000, unit: SEK/participant, price_year: 2023",
            "40000, unit: SEK/participant, price_year: 2020",
        ),
        ("calculations/wary.yaml", "assumptions:\n", f"assumptions:\n{dearer}\n"),
        ("study.yaml", "sensitivity:\n", "differences: {consensus: {coach: 48000}}\nsensitivity:\n"),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, old
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    found = engine.run_study(folder, draws=64)
    decision = found.analyses["decision/coaching"]
    assert float(decision["consensus"].sel(assumption="coach")) == pytest.approx(60_000)
    # reported: 65 200 against -18 000 with a coach of 50 000; wary's costs 75 000; with 60 000 in both, 83 200 again
    assert float(decision["gap_left_consensus"].sel(assumption="coach")) == pytest.approx(83_200)
    page = (engine.write_results(found, tmp_path / "r") / "report.html").read_text(encoding="utf-8")
    assert "what the study states for “A coach” (60" in page


@pytest.mark.parametrize("party", ["reported", "society"])
def test_a_decision_quotes_the_npvs_of_the_answer(norrkoping, party: str) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=512)
    means = engine.summarize(results)["mean"].isel(strategy=0).sel(party=party)
    between = ("finance_director", "consultant")
    turned = engine.decide(norrkoping, between=between, party=party, draws=32, results=results)
    for name, calculation in zip(("npv_from", "npv_to"), between, strict=True):
        assert float(turned[name]) == pytest.approx(float(means.sel(calculation=calculation)), rel=1e-9)


def test_interactions_agree_with_the_differences(norrkoping) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=512)
    gaps = engine.explain_differences(norrkoping, results=results, draws=32)
    found = engine.find_interactions(norrkoping, results=results, draws=32)
    scale = float(np.abs(gaps["gap"]).max())
    for name in ("gap", "alone"):
        np.testing.assert_allclose(found[name], gaps[name], rtol=0, atol=1e-9 * scale)
    without = engine.find_interactions(norrkoping, draws=32)
    np.testing.assert_allclose(without["gap"], engine.explain_differences(norrkoping, draws=32)["gap"], atol=1e-3)


def test_draws_that_are_left_out_leave_plain_means() -> None:
    model = rejecting()
    results = engine.run_model(model, draws=256)
    turned = engine.decide(model, between=("one", "two"), draws=64, results=results)
    assert turned.attrs["anchored"] == 0


def test_points_of_a_run_can_be_made_once_for_all_calculations(norrkoping) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=256)
    points = points_of_run(norrkoping, results)
    given = engine.value_of_information(norrkoping, calculation="researcher", results=results, points=points)
    assert given.identical(engine.value_of_information(norrkoping, calculation="researcher", results=results))


def test_a_follow_up_study_is_worth_more_the_larger_it_is_and_never_more_than_knowing() -> None:
    model = engine.compile_model(CONFIGS / "norrkoping")
    results = engine.run_model(model, draws=4096)
    found = engine.value_of_study(
        model, calculation="researcher", parameters=["hr_out", "uptake"], sizes=[10, 100, 10_000], results=results
    )
    at = found.isel(party=0)
    for name in ("hr_out", "uptake"):
        worth = at["evsi"].sel(parameter=name).values
        slack = 3 * (at["evsi_se"].sel(parameter=name).values + float(at["evppi_se"].sel(parameter=name))) + 1.0
        assert (np.diff(worth) >= -slack[1:]).all()
        assert (worth <= float(at["evppi"].sel(parameter=name)) + slack).all()
    with pytest.raises(UsageError, match="a share, a probability or a ratio"):
        engine.value_of_study(model, calculation="researcher", parameters=["wage_month"], sizes=[9], results=results)


def test_a_follow_up_of_persons_is_one_of_events_where_their_share_is_known(norrkoping) -> None:  # type: ignore[no-untyped-def]
    results = engine.run_model(norrkoping, draws=1024)
    common = {"calculation": "standard_tool", "parameters": ["hr_out"], "results": results}
    persons = engine.value_of_study(norrkoping, sizes=[40, 400], event_share=0.25, **common)
    events = engine.value_of_study(norrkoping, sizes=[10, 100], **common)
    np.testing.assert_allclose(persons["evsi"], events["evsi"], rtol=1e-12)
    assert persons["size_counts"].values.tolist() == ["persons"]
    weighed = engine.value_of_study(
        norrkoping, sizes=[40], event_share=0.25, participants=300, fixed_cost=9, cost_per_person=2, **common
    )
    np.testing.assert_allclose(weighed["evsi_programme"], 300 * persons["evsi"][..., :1], rtol=1e-12)
    np.testing.assert_allclose(weighed["enbs"], weighed["evsi_programme"] - 9 - 2 * 40, rtol=1e-12)
    with pytest.raises(UsageError, match="event_share"):
        engine.value_of_study(norrkoping, sizes=[40], event_share=0.0, **common)


def test_a_run_values_the_follow_up_studies_that_its_study_asks_for_and_keeps_them(tmp_path: Path) -> None:
    content = risky_content()
    content["parameters"]["chance"] |= {"value": 0.6, "dist": "beta(mean=0.6, sd=0.1)", "unit": "probability"}
    asked = {"label": "F", "parameters": ["chance"], "sizes": [100, 10], "participants": 50, "cost_per_person": 1}
    study = write_study(content, follow_up=[{**asked, "assumption": "x"}], analyses=["information"])
    findings = engine.run_study(study, draws=128)
    assert [name for name in findings.analyses if name.startswith("follow_up/")] == [
        "follow_up/1/one",
        "follow_up/1/two",
    ]
    found = findings.analyses["follow_up/1/one"]
    assert found["sample_size"].values.tolist() == [10, 100]
    assert found.attrs["follow_up"] == "F"
    folder = engine.write_results(findings, tmp_path / "r")
    assert (folder / "report.html").read_text(encoding="utf-8").count("<h3") >= 1
    kept = engine.load_findings(folder)
    assert kept.analyses["follow_up/1/one"].identical(found)


def test_refinement_stops_when_it_is_precise_or_the_budget_is_spent(norrkoping) -> None:  # type: ignore[no-untyped-def]
    loose = engine.refine_sensitivity(norrkoping, calculation="consultant", precision=0.5, budget=50_000)
    assert loose.attrs["reached"]
    strict = engine.refine_sensitivity(norrkoping, calculation="consultant", precision=0.001, budget=20_000)
    assert not strict.attrs["reached"]
    assert strict["runs"].values[-1] <= 20_000
    assert (np.diff(strict["n"].values) > 0).all()


def test_parameters_can_be_taken_as_one(norrkoping) -> None:  # type: ignore[no-untyped-def]
    groups = {"effect": ["hr_out", "hr_misuse", "hr_custody"]}
    found = engine.analyze_sensitivity(norrkoping, calculation="consultant", method="sobol", n=128, groups=groups)
    names = [str(p) for p in found["parameter"].values]
    assert "effect" in names
    assert not set(groups["effect"]) & set(names)
    alone = engine.analyze_sensitivity(norrkoping, calculation="consultant", method="sobol", n=128)
    largest = max(float(alone["ST"].sel(parameter=p)) for p in groups["effect"])
    assert float(found["ST"].sel(parameter="effect")) > largest - 0.05
    with pytest.raises(UsageError, match="no uncertain parameter"):
        engine.analyze_sensitivity(norrkoping, calculation="consultant", groups={"x": ["nobody"]})


def test_groups_by_theme_are_the_groups_of_parameters_that_have_the_theme(norrkoping) -> None:  # type: ignore[no-untyped-def]
    model = norrkoping.study.model
    varying = norrkoping.inputs.uncertain_in("consultant")
    of = {p: model.parameters[p].theme for p in varying}
    groups = {t: [p for p in varying if of[p] == t] for t in model.themes if t in of.values()}
    assert len(groups) > 2
    assert max(map(len, groups.values())) > 2
    for method in ("sobol", "morris", "pawn"):
        how = {"calculation": "consultant", "method": method, "n": 256}
        found = engine.analyze_sensitivity(norrkoping, groups="themes", **how)
        named = engine.analyze_sensitivity(norrkoping, groups=groups, **how)
        assert found["label"].values.tolist() == [model.themes[t] for t in groups]
        assert found.drop_vars("label").equals(named.drop_vars("label"))
        assert (found.attrs["groups"], named.attrs["groups"]) == ("themes", "named")
    with pytest.raises(UsageError, match="themes"):
        engine.analyze_sensitivity(norrkoping, calculation="consultant", groups="theme")


def test_correlated_parameters_are_refused_by_what_needs_independence_and_taken_by_shapley_effects() -> None:
    content = risky_content()
    for name, law in (("chance", "uniform(0.2, 0.5)"), ("price", "gamma(mean=900, sd=300)")):
        content["parameters"][name] = {"label": name, "value": 0.4, "dist": law, "unit": "ratio", "assumption": "x"}
    content["parameters"]["price"] |= {"value": 900, "unit": "number"}
    content["cost_items"]["p"]["amount"] = "price * chance"
    content["correlations"] = [{"between": ["chance", "price"], "rank": 0.6, "assumption": "x"}]
    model = engine.compile_model(write_study(content))
    with pytest.raises(UsageError, match="Use shapley_effects"):
        engine.analyze_sensitivity(model, calculation="one", method="sobol", n=64)
    found = engine.analyze_sensitivity(model, calculation="one", method="shapley_effects", n=256)
    assert float(found["shapley_effect"].sum()) == pytest.approx(1.0, abs=3 * float(found["shapley_effect_conf"].max()))
