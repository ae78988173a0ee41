from __future__ import annotations

import dataclasses
import html
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import xarray as xr

from engine.report.blocks import Block, Details, Picture, Section, pictures_in
from engine.report.material import Material
from engine.report.messages import LANGUAGES
from engine.report.page import render, write_report
from engine.report.plots.agreement import plot_agreement
from engine.report.plots.by_payer import plot_by_payer
from engine.report.plots.by_year import plot_by_year
from engine.report.plots.contribution_curve import plot_contribution_curve
from engine.report.plots.convergence import plot_convergence
from engine.report.plots.follow_up import Panel, plot_follow_up
from engine.report.plots.heatmap import plot_heatmap
from engine.report.plots.refinement import plot_refinement
from engine.report.plots.svg import to_svg
from engine.report.plots.who import plot_who
from engine.report.sections.accounting import accounting_blocks
from engine.report.sections.decision import decision_section
from engine.report.sections.differences import differences_section
from engine.report.sections.disagreement import disagreement_section
from engine.report.sections.information import information_section
from engine.report.sections.interactions import interaction_words
from engine.report.sections.run import run_section
from engine.report.sections.sensitivity import sensitivity_section
from engine.report.sections.years import years_section
from engine.results.findings import Findings


@pytest.fixture(scope="module")
def more(findings: Findings, further: ModuleType) -> Findings:
    return dataclasses.replace(findings, analyses=further.make_further(findings))


@pytest.fixture
def told(more: Findings) -> Material:
    return Material(more, "en")


def _words(material: Material, section: Section | None) -> str:
    assert section is not None
    text = html.unescape(re.sub(r"<[^>]+>", " ", render(material, (section,))))
    return " ".join(text.replace("\u00a0", " ").split())


def _with(findings: Findings, name: str, dataset: xr.Dataset) -> Material:
    return Material(dataclasses.replace(findings, analyses={**findings.analyses, name: dataset}), "en")


def _open_pictures(blocks: tuple[Block, ...]) -> list[Picture]:
    return [b for b in blocks if isinstance(b, Picture)]


def test_without_further_analyses_their_sections_are_absent(material: Material):
    assert disagreement_section(material) is None
    assert decision_section(material) is None
    assert years_section(material) is None
    assert information_section(material) is None
    assert accounting_blocks(material) == []


def test_a_dataset_of_nothing_is_no_analysis(findings: Findings):
    empty = dataclasses.replace(findings, analyses={"spread/coach": xr.Dataset(), "decision": xr.Dataset()})
    assert disagreement_section(Material(empty, "en")) is None
    assert decision_section(Material(empty, "en")) is None


def test_sections_of_further_analyses_stand_where_their_questions_come(more: Findings, tmp_path: Path):
    less = dataclasses.replace(more, sensitivity=more.sensitivity[:1])
    text = write_report(less, tmp_path / "r.html", figures=tmp_path / "f").read_text(encoding="utf-8")
    anchors = re.findall(r'<section id="([\w-]+)"', text)
    expected = ["answer", "npv", "cash-flow", "differences", "years", "ranking", "disagreement", "decision", "paths"]
    expected += ["sensitivity", "information", "model", "states"]
    assert anchors[: len(expected)] == expected
    assert {"agreement.svg", "heatmap.svg", "who.svg"} <= {p.name for p in (tmp_path / "f").iterdir()}
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_the_accounts_come_before_the_assumptions(told: Material):
    words = _words(told, differences_section(told))
    sentence = "Consultant signs +93.0 million SEK. What is compared is +930 000 SEK per participant"
    assert sentence in words
    assert "to 2023 prices" in words
    assert "Finance director signs" not in words
    assert words.index(sentence) < words.index("Then the assumptions") < words.index("Each step exchanges")
    assert "Discounted to the start" not in words  # nobody's figure changes in that step


@pytest.mark.parametrize(
    ("alone", "said"),
    [
        (0.3, "explain only"),
        (1.5, "Together they take"),
        (-0.5, "arise only when several are changed together"),
        (0.9, ""),
    ],
)
def test_interactions_are_told_in_words_where_they_are_large(findings: Findings, alone: float, said: str):
    dataset = findings.differences[0]
    scaled = dataset.assign(alone=dataset["shapley"] * alone)
    material = Material(dataclasses.replace(findings, differences=(scaled,)), "en")
    found = interaction_words(material, scaled, 0, material.headline)
    assert len(found) == bool(said)
    assert not said or said in found[0].text  # type: ignore[union-attr]


def test_the_strongest_interactions_are_listed_once(told: Material):
    words = _words(told, differences_section(told))
    pair = "Years within which costs are counted × Share of the trial's effect that is believed"
    assert words.count(f"{pair} +36 000") + words.count(f"{pair} +40 000") >= 6
    assert "strengthen or weaken each other" in words


def test_contributions_of_themes_are_those_of_themes_that_change_as_wholes(findings: Findings):
    dataset = findings.differences[0]
    gap = dataset["gap"]
    values = xr.concat([gap * 0.25, gap * 0.75], dim="assumption_theme").assign_coords(
        assumption_theme=["effect", "time"]
    )
    own = dataset.assign(theme_contribution=values.transpose("pair", "party", "assumption_theme"))
    material = Material(dataclasses.replace(findings, differences=(own,)), "en")
    words = _words(material, differences_section(material))
    assert "Theme Contribution Time +760 000 Effect of the programme +250 000 Sum +1 020 000" in words


def test_the_disagreement_says_what_to_agree_on(told: Material):
    section = disagreement_section(told)
    words = _words(told, section)
    assert "If all agreed on 3 of the 10 assumptions, 90 % of the disagreement would be gone." in words
    assert "saves money in 41 % of all mixtures" in words
    assert "70 % comes from who calculates, 20 % from what all are unsure of alike" in words
    # A set that is not the one before and another is told in full.
    assert "2: “Years within which costs are counted” and “Real discount rate”" in words
    assert "3: also “Share of the trial's effect that is believed”" in words
    assert section is not None
    assert [p.name for p in _open_pictures(section.blocks)] == ["agreement", "heatmap", "who"]
    assert all(p.table is not None and re.search(r"\d", p.svg) for p in pictures_in(section.blocks))


def test_no_disagreement_has_no_shares(more: Findings):
    spread = more.analyses["spread/coach"]
    none = spread.assign(agreement_gone=spread["agreement_gone"] * np.nan)
    material = _with(more, "spread/coach", none)
    assert "there is no disagreement to split up" in _words(material, disagreement_section(material))


def test_a_sample_of_mixtures_is_called_one(more: Findings):
    material = _with(more, "spread/coach", more.analyses["spread/coach"].assign_attrs(exact=0, evaluated=512))
    assert "512 mixtures were drawn and computed in 16 common draws" in _words(material, disagreement_section(material))


def test_what_turns_the_decision_is_told_before_the_tables(told: Material):
    section = decision_section(told)
    words = _words(told, section)
    assert "Finance director says no (−80 000 SEK per participant), Consultant says yes (+600 000 SEK)." in words
    assert "It takes 2 from Consultant together; 2 sets of that size do it" in words
    assert "Consultant turns by taking over a single assumption from Finance director" in words
    assert "the net saving of Finance director turns at 11.5 years" in words
    assert "after 25 % of the way" in words
    assert "of the 680 000 SEK between them, 70 000 SEK (10 %) would be left" in words
    assert "12 more sets" in words
    assert "Computed in 16 common draws" in words
    assert section is not None
    assert not any(b.open for b in section.blocks if isinstance(b, Details))


def test_too_many_assumptions_have_no_sets(more: Findings):
    decision = more.analyses["decision/coach"]
    few = decision.isel(flip_set=[]).assign(pivot_share=decision["pivot_share"] * np.nan)
    material = _with(more, "decision/coach", few.assign_attrs(enumerated=0, flip_sets_from=0, flip_sets_to=0))
    words = _words(material, decision_section(material))
    assert "too many assumptions" in words
    assert "most often" not in words


def _stated(more: Findings, left: float) -> Material:
    decision = more.analyses["decision/coach"].copy(deep=True)
    size = decision.sizes["assumption"]
    decision["gap_left_consensus"][0] = left
    decision = decision.assign(consensus=("assumption", np.where(np.arange(size) == 0, 15.0, np.nan)))
    stated = decision.assign_coords(consensus_stated=("assumption", np.arange(size) == 0))
    return _with(more, "decision/coach", stated)


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (200_000.0, "(15 years), 200 000 SEK of the 680 000 SEK between Finance director and Consultant would be left"),
        (-30_000.0, "between Finance director and Consultant would become 30 000 SEK the other way round"),
        (float("nan"), "The model has no answer with what the study states for"),
    ],
)
def test_a_stated_value_to_agree_on_is_told_with_what_it_leaves(more: Findings, left: float, told: str):
    material = _stated(more, left)
    words = _words(material, decision_section(material))
    assert told in words
    assert "at 15 years, stated in the study" in words


def test_a_stated_value_that_leaves_the_whole_difference_is_not_told(more: Findings):
    gap = float(abs(more.analyses["decision/coach"]["npv_to"] - more.analyses["decision/coach"]["npv_from"]))
    for left, told in ((0.9 * gap, True), (gap, False)):
        words = _words(material := _stated(more, left), decision_section(material))
        assert ("between Finance director and Consultant would be left" in words) == told
    assert "stated in the study" in words, "the table has it"


def test_where_nothing_is_stated_nothing_is_said_of_it(told: Material):
    assert "stated in the study" not in _words(told, decision_section(told))


def test_two_that_decide_alike_have_no_pivot(more: Findings):
    decision = more.analyses["decision/coach"]
    alike = decision.assign(npv_from=decision["npv_to"] / 2).isel(flip_set=[])
    material = _with(more, "decision/coach", alike)
    words = _words(material, decision_section(material))
    assert "decide alike" in words
    assert "Nothing that Finance director could take over" in words
    assert "most often" not in words


def test_what_it_is_worth_to_know_more_is_told_in_money(told: Material):
    words = _words(told, information_section(told))
    assert "knowing it would not change the decision" in words
    assert "Finance director: nothing." in words
    assert "worth 1 500 SEK per participant, 150 000 SEK for all 100 participants" in words
    assert "Researcher – most worth knowing: Hazard ratio of finding work" in words
    assert "Effect of the programme 2 200 110 1 800 (130) 220 000 SEK" in words
    assert "Finance director – most worth knowing" not in words


def test_a_follow_up_is_told_by_the_size_that_pays_best(told: Material):
    section = information_section(told)
    words = _words(told, section)
    assert "Finance director: nothing. No result about “Hazard ratio of finding work” would change" in words
    assert (
        "would be worth 200 000 SEK to the programme and cost 1 100 000 SEK. No size asked for is worth what" in words
    )
    assert "knowing exactly would be worth 500 000 SEK" in words
    pays = "a follow-up of 200 persons to learn “Hazard ratio of finding work” would be worth 1 200 000 SEK"
    assert pays in words
    assert "and cost 1 100 000 SEK: 100 000 SEK more than it costs" in words
    assert "concern 1 000 participants" in words
    assert "Assumed: nobody has been asked" in words
    (picture,) = pictures_in(section.blocks)
    assert picture.name == "follow_up_1"
    assert len(picture.table.rows) == 6  # three sizes of two calculations; the first has nothing to draw


def test_a_follow_up_is_drawn_with_its_ceiling_and_two_standard_errors(told: Material):
    name = [c.name for c in told.calculations][2]
    study = told.findings.analyses[f"follow_up/1/{name}"].isel(parameter=0, party=0)
    (ax,) = plot_follow_up([Panel("One", name, study)], look=told.look).axes
    drawn = [np.asarray(line.get_ydata()).tolist() for line in ax.get_lines()]
    assert [float(study["evppi_programme"])] * 2 in drawn
    assert study["evsi_programme"].values.tolist() in drawn
    assert study["enbs"].values.tolist() in drawn
    (bars,) = ax.containers[0].lines[2]
    low, high = bars.get_segments()[1][:, 1]
    assert high - low == pytest.approx(4 * float(study["evsi_programme_se"][1]))
    assert ax.get_xscale() == "log"


@pytest.mark.parametrize("anchored", [0, 1])
def test_mixtures_in_fewer_draws_are_said_to_differ_only_where_they_do(more: Findings, anchored: int):
    key = next(k for k in more.analyses if k.startswith("decision/"))
    told = _with(more, key, more.analyses[key].assign_attrs(anchored=anchored, draws=3))
    words = _words(told, decision_section(told))
    assert ("amounts here can differ" in words) == (anchored == 0)
    assert ("weighted so that the two calculations themselves are those above" in words) == (anchored == 1)


def test_every_method_that_measures_inputs_has_a_table(findings: Findings, further: ModuleType):
    material = Material(dataclasses.replace(findings, sensitivity=further.make_methods(findings)), "en")
    section = sensitivity_section(material)
    words = _words(material, section)
    assert "Finance director – largest: Hazard ratio" in words
    for name in ("eFAST: Finance director", "Shapley effects: Finance director", "novel_method", "a new measure"):
        assert name in words
    assert "would get about 0.04" in words
    assert "“Hazard ratio” and “Share who take part” change each other's effect most: 30 %" in words
    assert "Over all draws 45 % lose money. Inside the limits below, which hold 50 % of the draws, 80 % do" in words
    assert "Hazard ratio no limit 2.5 <1 %" in words
    assert "Cost of a coach 80 000 no limit 4 %" in words
    assert [p.name for p in pictures_in(section.blocks)] == ["two_way_director_0"]


def test_a_box_that_sets_nothing_apart_says_so(findings: Findings, further: ModuleType):
    box = further.make_methods(findings)[-1]
    none = box.assign(box_restricted=box["box_restricted"] * 0)
    material = Material(dataclasses.replace(findings, sensitivity=(none,)), "en")
    assert "no limits of the inputs set them apart" in _words(material, sensitivity_section(material))


@pytest.mark.parametrize("hostile", ['<script>alert("x")</script>', "{{ 7*7 }}$\\alpha$"])
def test_names_in_further_analyses_are_never_markup(more: Findings, tmp_path: Path, hostile: str):
    renamed = {
        name: found.assign_coords(label=(found["label"].dims, [f"{hostile}{x}" for x in found["label"].values]))
        if "label" in found.coords
        else found
        for name, found in more.analyses.items()
    }
    less = dataclasses.replace(more, differences=(), sensitivity=(), analyses=renamed)
    text = write_report(less, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "7*7" in text or "script" in html.unescape(text)


def test_the_agreement_figure_ends_where_the_curve_does(told: Material, further: ModuleType, bars_of: Any):
    gone = told.findings.analyses["spread/coach"]["agreement_gone"].isel(party=-1)
    ax = plot_agreement(gone, [f"{k}: x" for k in range(1, 5)], look=told.look).axes[0]
    ends = [bar.x + bar.width for bar in bars_of(ax)][-4:]
    np.testing.assert_allclose(ends, further.GONE[1:5])


def test_heat_map_is_blue_above_zero_and_orange_below(told: Material):
    values = np.array([[10.0, -10.0], [0.0, np.nan]])
    texts = [["+10", "−10"], ["0", ""]]
    ax = plot_heatmap(values, rows=["a", "b"], columns=["c", "d"], texts=texts, look=told.look).axes[0]
    gain, loss, nothing = (p.get_facecolor()[:3] for p in ax.patches)
    assert gain[2] > gain[0]
    assert loss[0] > loss[2]
    assert len(set(nothing)) == 1
    assert [t.get_text() for t in ax.texts] == ["+10", "−10", "0"]


def test_who_draws_noise_below_zero_as_zero(told: Material, bars_of: Any):
    part = told.findings.analyses["who/coach"].isel(party=-1)
    ax = plot_who(part, look=told.look, labels={}).axes[0]
    bars = bars_of(ax)
    assert all(bar.width >= 0 for bar in bars)
    whole = [bar for bar in bars if bar.y < 0]
    np.testing.assert_allclose([bar.width for bar in whole], (0.7, 0.2, 0.1))
    np.testing.assert_allclose([bar.x for bar in whole], (0.0, 0.7, 0.9), atol=1e-12)


def test_every_intervention_has_its_own_further_analyses(more: Findings):
    strategy = more.summary["strategy"].values[0]
    twice = [d.assign_attrs(strategy=n) for d in more.differences for n in (strategy, "second")]
    second = more.summary.assign_coords(strategy=["second"])
    other = dataclasses.replace(more.description.interventions[0], name="second", label="Two years")
    interventions = (*more.description.interventions, other)
    found = dict(more.analyses) | {
        name.replace("/coach", "/second"): a for name, a in more.analyses.items() if name.endswith("/coach")
    }
    both = dataclasses.replace(
        more,
        description=dataclasses.replace(more.description, interventions=interventions),
        summary=xr.concat([more.summary, second], dim="strategy", data_vars="minimal"),
        differences=tuple(twice),
        analyses=found,
    )
    material = Material(both, "en")
    for build in (disagreement_section, decision_section):
        words = _words(material, build(material))
        assert words.count("Two years") >= 1
        assert words.count("A coach for one year") >= 1
    section = disagreement_section(Material(both, "en"))
    assert section is not None
    names = [p.name for p in pictures_in(section.blocks)]
    assert names == [f"{n}_{s}" for s in ("coach", "second") for n in ("agreement", "heatmap", "who")]


def test_the_widest_difference_is_told_by_year_and_payer(told: Material):
    words = _words(told, years_section(told))
    label = str(told.findings.analyses["years/coach"]["label"].values[0])
    # 5 years of 12 000, and from the twenty-first on 29 years of 11 000, of which 10 are over after year 30
    assert (
        "every payer is counted in both, and from the first to the second net saving changes by +379 000 SEK" in words
    )
    assert f"Of the 379 000 SEK, +209 000 arise after year 30, most through “{label}” (+209 000)" in words
    assert f"and +170 000 in the first 30 years, most through “{label}” (+110 000)" in words
    assert f"Municipality: +380 000 SEK, of which +190 000 after year 30; most through “{label}” (+290 000)" in words
    assert "State taxes: −30 000 SEK, of which 0 after year 30" in words
    assert "it is no assumption in this section" in words
    assert "Every mixture of the two was computed in 16 common draws, weighted" in words


def test_contributions_of_every_payer_add_up_to_its_difference_on_the_page(told: Material):
    section = years_section(told)
    assert section is not None
    table = pictures_in(section.blocks)[1].table
    assert table is not None

    def amount(text: str) -> int:
        return int(text.replace("\u00a0", "").replace("\u2212", "-"))

    rows = np.array([[amount(c.text) for c in row.cells[1:]] for row in table.rows])
    np.testing.assert_array_equal(rows[:-1].sum(axis=0), rows[-1])
    np.testing.assert_array_equal(rows[:, :-1].sum(axis=1), rows[:, -1])
    years = told.findings.analyses["years/coach"]
    np.testing.assert_array_equal(rows[-1, :-1], years["yearly_gap"].sum("cycle").values)


def test_what_lies_below_a_figures_digits_is_in_its_table_all_the_same(more: Findings):
    years = more.analyses["years/coach"].copy(deep=True)
    for name in ("yearly_contribution", "cumulative_contribution"):
        years[name][3, 2, -1] = 40.0
    material = _with(more, "years/coach", years)
    section = years_section(material)
    assert section is not None
    table = pictures_in(section.blocks)[1].table
    assert table is not None
    assert [c.text for c in table.rows[-2].cells][3] == "+40"
    assert table.rows[-2].cells[0].text.endswith("other assumptions")


def test_a_difference_that_all_arises_late_is_not_halved_in_words(more: Findings):
    years = more.analyses["years/coach"]
    late = years["time"] >= 45
    only = years.assign({v: years[v] * late for v in ("yearly_contribution", "yearly_gap")})
    only["cumulative_contribution"] = only["yearly_contribution"].cumsum("cycle")
    words = _words(_with(more, "years/coach", only), years_section(_with(more, "years/coach", only)))
    assert "All of the 44 000 SEK arise after year 40" in words


def test_calculations_that_agree_at_every_payer_have_no_figure_of_years(more: Findings):
    none = more.analyses["years/coach"].isel(assumption=slice(0, 0))
    material = _with(more, "years/coach", none)
    section = years_section(material)
    assert section is not None
    assert not pictures_in(section.blocks)
    assert "agree in everything that moves any payer's money" in _words(material, section)


def test_draws_that_could_not_be_weighted_and_orders_that_were_sampled_are_told(more: Findings):
    years = more.analyses["years/coach"].assign_attrs(anchored=0, exact=0)
    material = _with(more, "years/coach", years)
    words = _words(material, years_section(material))
    assert "fewer than the results above; amounts here can differ" in words
    assert "were sampled, not all enumerated" in words


def test_lines_of_assumptions_add_up_to_that_of_the_difference_in_every_year(told: Material):
    years = told.findings.analyses["years/coach"]
    figure = plot_contribution_curve(
        years["cumulative_contribution"].sum("payer"),
        look=told.look,
        labels={},
        cycle_length=1.0,
        last=49.0,
        place=3,
        horizon=(5.0, "Finance director"),
    )
    ax = figure.axes[0]
    curves = [line for line in ax.lines if len(line.get_xdata()) == 50]
    whole, parts = curves[0].get_ydata(), [c.get_ydata() for c in curves[1:]]
    assert len(parts) == 2  # what moves money between payers adds nothing to all of them
    np.testing.assert_allclose(np.sum(parts, axis=0), whole)
    np.testing.assert_allclose(whole[1:], years["yearly_gap"].sum("payer").cumsum("cycle"))
    assert [t.get_text() for t in ax.texts] == ["horizon: Finance director"]


def test_nothing_of_a_difference_is_drawn_beyond_the_last_horizon(told: Material):
    cumulative = told.findings.analyses["years/coach"]["cumulative_contribution"].sum("payer")
    figure = plot_contribution_curve(cumulative, look=told.look, labels={}, cycle_length=1.0, last=30.0, place=3)
    assert figure.axes[0].lines[0].get_xdata()[-1] == 30.0


def test_sums_of_a_heat_map_have_no_colour_of_their_own(told: Material):
    values = np.array([[1.0, -1.0, 0.0], [2.0, 1.0, 3.0], [3.0, 0.0, 3.0]])
    texts = [[f"{v:g}" for v in row] for row in values]
    names = ["a", "b", "c"]
    ax = plot_heatmap(values, rows=names, columns=names, texts=texts, look=told.look, sums=True).axes[0]
    colours = np.array([p.get_facecolor()[:3] for p in ax.patches]).reshape(3, 3, 3)
    assert (colours[2] == colours[2, 0]).all()
    assert (colours[:, 2] == colours[2, 0]).all()
    assert (colours[1, 0] != colours[2, 0]).any()
    upright = plot_heatmap(np.ones((1, 8)), rows=["a"], columns=["A long name"] * 8, texts=[["1"] * 8], look=told.look)
    svg = to_svg(upright, name="upright", title="", text="")
    assert len(re.findall(r"rotate\(-90\)[^>]*>A long name<", svg)) == 8


def test_the_run_tells_how_its_means_settled(told: Material, material: Material):
    words = _words(told, run_section(told))
    assert "How the mean settles as more draws are made" in words
    assert "How the mean settles" not in _words(material, run_section(material))
    few = told.findings.analyses["convergence"].isel(checkpoint=[-1])
    assert "How the mean settles" not in _words(told, run_section(_with(told.findings, "convergence", few)))


def test_the_band_of_a_mean_is_two_standard_errors_wide_on_a_logarithmic_axis(told: Material):
    found = told.findings.analyses["convergence"].isel(strategy=0)
    part = found.isel(party=told.index(found, told.reported))
    views = [c.perspective for c in told.calculations]
    figure = plot_convergence(part["mean_so_far"], part["mcse_so_far"], look=told.look, views=views)
    assert len(figure.axes) == len(told.calculations)
    ax = figure.axes[1]
    assert ax.get_xscale() == "log"
    line = ax.lines[0].get_ydata()
    np.testing.assert_allclose(line, part["mean_so_far"].isel(calculation=1))
    band = ax.collections[0].get_paths()[0].vertices
    error = part["mcse_so_far"].isel(calculation=1).values
    for n, low, high in zip(part["draws_so_far"].values, line - 2 * error, line + 2 * error, strict=True):
        at = band[np.isclose(band[:, 0], n)][:, 1]
        assert at.min() == pytest.approx(low)
        assert at.max() == pytest.approx(high)
    last = told.findings.summary["mean"].isel(strategy=0, party=told.index(told.findings.summary, told.reported))
    np.testing.assert_allclose([a.lines[0].get_ydata()[-1] for a in figure.axes], last)


def test_the_table_of_means_has_a_row_for_every_number_of_draws(told: Material):
    picture = pictures_in(run_section(told).blocks)[0]
    found = told.findings.analyses["convergence"]
    assert picture.table is not None
    assert len(picture.table.rows) == found.sizes["checkpoint"] * len(told.calculations)
    last = picture.table.rows[found.sizes["checkpoint"] - 1]
    assert last.cells[0].text == told.calculations[0].label
    assert last.cells[1].text == told.number.plain(found["draws_so_far"].values[-1])


@pytest.fixture(scope="module")
def inside(findings: Findings, further: ModuleType) -> Findings:
    about = findings.description
    fade = dataclasses.replace(
        about.assumptions[0],
        name="fade",
        label="How the effect fades",
        kind="choice",
        unit="",
        alternatives={"never": "It lasts", "slowly": "By half-life", "soon": "In a straight line"},
    )
    about = dataclasses.replace(about, assumptions=(*about.assumptions, fade))
    return dataclasses.replace(findings, description=about, sensitivity=further.make_inside(findings))


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_choices_are_told_from_figures_before_anything_else_is_shown(inside: Findings, language: str):
    material = Material(inside, language)
    section = sensitivity_section(material)
    words = _words(material, section)
    sentence = material.say("sens.choices_share", choices="48 %", figures="40 %", both="12 %")
    assert sentence in words
    assert words.index(sentence) < words.index(material.say("sens.tornado_title", name="").split(":")[0])
    assert material.say("sens.choice", label="How the effect fades") in words
    assert material.say("sens.choices_drawn", choices="How the effect fades").split(":")[0] in words


def test_one_at_a_time_a_choice_goes_from_one_alternative_to_another(inside: Findings):
    words = _words(Material(inside, "en"), sensitivity_section(Material(inside, "en")))
    assert "How the effect fades (choice) In a straight line It lasts −40 000 +60 000" in words
    assert "How the effect fades (choice) By half-life +1 000" in words
    assert "Hazard ratio 1.1 2.9" in words


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_payers_and_years_have_a_figure_and_a_table_each(inside: Findings, language: str):
    material = Material(inside, language)
    section = sensitivity_section(material)
    pictures = {p.name.rsplit("_", 2)[0]: p for p in pictures_in(section.blocks)}
    assert {"by_payer", "by_year"} <= set(pictures)
    for by, rows in (("payer", 3), ("year", 3)):  # the last outcome does not vary; payers have a row for all together
        table = pictures[f"by_{by}"].table
        assert table is not None
        assert len(table.rows) == rows
        assert table.rows[0].cells[1].text.replace("\u00a0", " ") == "20 000"
        assert table.head[0].text == material.say(f"sens.head.{by}")


def test_the_figure_by_payer_has_a_cell_for_each_share_and_a_bar_for_each_deviation(inside: Findings, bars_of: Any):
    material = Material(inside, "en")
    analysis = next(a for a in inside.sensitivity if a.attrs.get("by") == "payer")
    figure = plot_by_payer(analysis, [0, 1], [0, 1], look=material.look)
    cells, bars = figure.axes
    assert [t.get_text().replace("\u00a0", " ") for t in cells.texts] == ["60 %", "30 %"] * 3
    np.testing.assert_allclose([bar.width for bar in bars_of(bars)], [2e4, np.sqrt(2e8)])


def test_the_figure_by_year_leaves_out_indices_of_next_to_no_variance(inside: Findings, bars_of: Any):
    material = Material(inside, "en")
    analysis = next(a for a in inside.sensitivity if a.attrs.get("by") == "year").copy(deep=True)
    analysis["outcome_variance"][2] = 1.0
    figure = plot_by_year(analysis, [0, 2], look=material.look)
    upper, lower = figure.axes
    assert [round(bar.height) for bar in bars_of(upper)] == [20_000, round(np.sqrt(4e8 * 2 / 3)), 1]
    np.testing.assert_allclose(lower.lines[0].get_ydata(), [0.6, 0.6, np.nan])


def test_the_headline_of_a_calculation_is_not_that_of_varied_choices(inside: Findings):
    varied = inside.sensitivity[-1]
    plain = varied.drop_vars(["kind", *(v for v in varied.data_vars if "share" in str(v))]).copy(deep=True)
    plain["ST"][:] = [0.0, 0.1, 0.9]
    material = Material(dataclasses.replace(inside, sensitivity=(*inside.sensitivity, plain)), "en")
    words = _words(material, sensitivity_section(material))
    assert "largest: Cost of a coach (90 % of the variance)" in words


def test_levels_at_which_an_input_has_the_same_value_are_one_row(findings: Findings, further: ModuleType):
    two = next(a for a in further.make_methods(findings) if a.attrs["method"] == "twoway").copy(deep=True)
    two["first_value"][:] = [1.0, 1.0, 2.0, 2.0]
    material = Material(dataclasses.replace(findings, sensitivity=(two,)), "en")
    (picture,) = pictures_in(sensitivity_section(material).blocks)
    assert picture.table is not None
    assert [row.cells[0].text for row in picture.table.rows] == ["1", "2"]
    assert len(picture.table.head) == 5


def _refined(findings: Findings, analysis: xr.Dataset) -> Material:
    return Material(dataclasses.replace(findings, sensitivity=(analysis,)), "en")


def test_how_shares_settled_is_told_drawn_and_tabulated(findings: Findings, further: ModuleType):
    material = _refined(findings, further.make_refined())
    section = sensitivity_section(material)
    words = _words(material, section)
    assert "every share above 5 % was known to within ± 1 %, and the ranking held: 9 216 evaluations" in words
    picture = next(p for p in pictures_in(section.blocks) if p.name.startswith("refinement_"))
    assert picture.table is not None
    assert [[c.text.replace("\u00a0", " ") for c in row.cells[:4]] for row in picture.table.rows] == [
        ["2 304", "± 8 %", "no", "58 % ± 8 %"],
        ["4 608", "± 3 %", "yes", "53 % ± 3 %"],
        ["9 216", "± 0.8 %", "yes", "50.0 % ± 0.8 %"],
    ]


@pytest.mark.parametrize(
    ("worst", "told"),
    [(0.03, "known to within ± 3 % instead of ± 1 %"), (0.008, "some inputs still could change places")],
)
def test_a_precision_that_was_not_reached_says_what_is_missing(
    findings: Findings, further: ModuleType, worst: float, told: str
):
    analysis = further.make_refined().assign_attrs(reached=0)
    analysis["worst_half_width"][-1] = worst
    material = _refined(findings, analysis)
    words = _words(material, sensitivity_section(material))
    assert told in words
    assert "and the ranking held" not in words


def test_a_design_that_was_precise_at_once_has_a_sentence_and_no_figure(findings: Findings, further: ModuleType):
    material = _refined(findings, further.make_refined().isel(checkpoint=[2]))
    section = sensitivity_section(material)
    assert "9 216 evaluations" in _words(material, section)
    assert [p.name for p in pictures_in(section.blocks)] == ["sobol_director_0"]


def test_the_band_of_a_share_is_its_interval(findings: Findings, further: ModuleType):
    analysis = further.make_refined()
    figure = plot_refinement(analysis, [0, 1], look=Material(findings, "en").look)
    (ax,) = figure.axes
    assert ax.get_xscale() == "log"
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), analysis["ST_so_far"][:, 1])
    (path,) = ax.collections[0].get_paths()
    first = path.vertices[path.vertices[:, 0] == 2304][:, 1]
    assert {round(float(y), 6) for y in first} == {0.5, 0.66}
