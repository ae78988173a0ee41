from __future__ import annotations

import dataclasses
import io
import itertools
import re
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon

from engine.analysis.ranking import rank_assumptions
from engine.report import plots
from engine.report.material import Material
from engine.report.plots import FIGURES
from engine.report.plots.cash_flow import plot_cash_flow
from engine.report.plots.fan import plot_fan
from engine.report.plots.model import plot_model
from engine.report.plots.npv_bars import PartyRow, plot_npv_bars
from engine.report.plots.occupancy import plot_occupancy
from engine.report.plots.payback import plot_payback
from engine.report.plots.ranking import plot_ranking
from engine.report.plots.sobol_bars import plot_sobol_bars
from engine.report.plots.svg import _tidy, drawn_by_matplotlib, to_svg
from engine.report.plots.theme import _SETTINGS, COLOURS, INK, Look, _fill, drawn, label, new_figure
from engine.report.plots.tornado import plot_tornado
from engine.report.plots.waterfall import plot_waterfall
from engine.report.text import clean
from engine.results.description import ChangeEntry, Description, MoveEntry, Movement, Named
from engine.results.findings import Findings

VIEWS = ["Own budget", "Society", "Society", "Public sector"]


def _texts(ax: Any) -> list[str]:
    return [t.get_text().replace("\u00a0", " ") for t in ax.texts]


def _pair(material: Material, pair: int, party: str) -> xr.Dataset:
    differences = material.findings.differences[0]
    names = [str(p) for p in differences["party"].values]
    return differences.isel(pair=pair, party=names.index(party))


def test_every_figure_has_a_file_and_a_line_in_the_table():
    files = {p.stem for p in Path(plots.__file__).parent.glob("*.py")} - {"__init__", "theme", "ruler", "bars", "svg"}
    assert files == set(FIGURES)


def test_waterfall_steps_lead_from_one_calculation_to_the_other(material: Material, bars_of: Any):
    step = _pair(material, 0, "society")
    ax = plot_waterfall(step, look=material.look, labels={}, place=0).axes[0]
    start, *steps, end = sorted(bars_of(ax), key=lambda bar: bar.y)
    assert start.width == pytest.approx(float(step["from_npv"]))
    assert sum(bar.width for bar in steps) == pytest.approx(float(step["gap"]))
    assert end.width == pytest.approx(float(step["from_npv"] + step["gap"]))
    sizes = [abs(bar.width) for bar in steps]
    assert sizes == sorted(sizes, reverse=True)


def test_waterfall_gathers_small_assumptions_into_one_step(material: Material, bars_of: Any):
    step = _pair(material, 0, "society")
    many = xr.concat([step] * 3, dim="assumption", data_vars="minimal", coords="minimal", compat="override")
    many = many.assign_coords(assumption=[f"a{i}" for i in range(many.sizes["assumption"])])
    many["gap"] = many["shapley"].sum()
    ax = plot_waterfall(many, look=material.look, labels={}, place=0).axes[0]
    names = [t.get_text() for t in ax.get_yticklabels()]
    assert len(names) == 14
    assert names[-2].endswith("other assumptions")
    steps = sorted(bars_of(ax), key=lambda bar: bar.y)[1:-1]
    assert sum(bar.width for bar in steps) == pytest.approx(float(many["gap"]))


def test_an_assumption_that_does_nothing_is_no_step(material: Material):
    step = _pair(material, 0, "society").copy(deep=True)
    for name in ("shapley", "min_step", "max_step"):
        step[name][0] = 0.0
    ax = plot_waterfall(step, look=material.look, labels={}, place=0).axes[0]
    assert len(ax.get_yticklabels()) == int(step["differs"].sum()) + 1 - int(step["differs"].isel(assumption=-1))


def test_npv_bars_are_as_long_as_the_means(material: Material, bars_of: Any):
    summary = material.summary(0)
    parties = [PartyRow(material.index(summary, p), p.label) for p in material.perspectives]
    ax = plot_npv_bars(summary, parties, look=material.look).axes[0]
    widths = [bar.width for bar in sorted(bars_of(ax), key=lambda bar: bar.y)]
    expected = np.concatenate([summary["mean"].isel(party=p.index).values for p in parties])
    np.testing.assert_allclose(widths, expected)


def test_cash_flow_bars_add_up_to_the_net_saving_of_each_year(material: Material):
    yearly, sums = material.yearly.isel(strategy=0), material.accumulated.isel(strategy=0)
    figure = plot_cash_flow(yearly, sums, material.horizon, look=material.look, views=VIEWS)
    ax = figure.axes[2]  # the second calculation: bars, then the sum
    net = np.zeros(yearly.sizes["year"])
    for patch in (p for p in ax.patches if hasattr(p, "get_path") and len(p.get_path().vertices) > 5):
        corners = patch.get_path().vertices.reshape(-1, 5, 2)
        for rectangle in corners:
            net[int(rectangle[0, 0])] += rectangle[2, 1] - rectangle[0, 1]
    np.testing.assert_allclose(net, yearly.isel(calculation=1).sum("payer").values, atol=5.0)
    line = figure.axes[3].lines[0].get_ydata()
    np.testing.assert_allclose(line[1:], sums.isel(calculation=1).values)


def test_a_bar_that_would_hide_all_others_is_cut_and_its_sum_written_out(material: Material):
    yearly, sums = material.yearly.isel(strategy=0), material.accumulated.isel(strategy=0)
    figure = plot_cash_flow(yearly, sums, material.horizon, look=material.look, views=VIEWS)
    assert any("year 1: −88.8" in t for t in _texts(figure.axes[0]))
    gain = float(yearly.isel(calculation=0).clip(min=0).sum("payer").max())
    assert figure.axes[0].get_ylim()[0] > -2 * gain


def test_fan_draws_the_median_up_to_the_horizon(material: Material):
    place = material.index(material.findings.summary, material.reported)
    payback = material.summary(0)["median_payback_year"].isel(party=place)
    quantiles = material.quantiles.isel(strategy=0)
    figure = plot_fan(quantiles, material.horizon, payback, look=material.look, views=VIEWS)
    assert len(figure.axes) == 4
    median = quantiles.isel(calculation=0).sel(quantile=0.5).values
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata(), median[:6])
    assert "paid back after 6 years (median)" in _texts(figure.axes[1])
    assert "not paid back within the horizon (median)" in _texts(figure.axes[0])


def test_payback_lines_end_at_the_horizon(material: Material):
    ax = plot_payback(material.paid_back.isel(strategy=0), material.horizon, look=material.look, views=VIEWS).axes[0]
    ends = [line.get_xdata()[-1] for line in ax.lines if len(line.get_xdata()) > 2]
    assert ends == [5, 49, 49, 10]


def test_tornado_is_sorted_and_starts_at_the_base(material: Material, bars_of: Any):
    analysis = material.findings.sensitivity[0]
    ax = plot_tornado(analysis, look=material.look, low_text=["1"] * 14, high_text=["2"] * 14).axes[0]
    base = float(analysis["base_outcome"])
    bars = bars_of(ax)
    assert len(bars) == 24
    assert all(bar.x == pytest.approx(base) for bar in bars)
    swing = [abs(bars[i].width - bars[i + 12].width) for i in range(12)]
    assert swing == sorted(swing, reverse=True)


def test_negative_sobol_indices_are_shown(material: Material, bars_of: Any):
    analysis = material.findings.sensitivity[1].copy(deep=True)
    analysis["S1"][0] = -0.02
    ax = plot_sobol_bars(analysis, look=material.look).axes[0]
    assert min(bar.width for bar in bars_of(ax)) == pytest.approx(-0.02)


def test_ranking_and_occupancy_draw_what_they_are_given(material: Material, bars_of: Any):
    ranking = rank_assumptions(material.findings.differences[0])
    mean = ranking.isel(party=material.index(ranking, material.headline))
    ax = plot_ranking(mean, look=material.look, labels={}, themes={}).axes[0]
    widths = [bar.width for bar in sorted(bars_of(ax), key=lambda bar: bar.y)]
    assert widths == sorted(mean.values[mean.values > 0], reverse=True)
    occupancy = material.findings.results["mean_occupancy"]
    figure = plot_occupancy(occupancy, material.horizon, look=material.look, baseline="without", shown=1)
    difference = 100 * (occupancy.isel(course=1) - occupancy.isel(course=0))
    # One panel for the baseline, then one a calculation, which ends at its horizon.
    for k, end in enumerate((6, 50, 50, 11)):
        expected = difference.isel(calculation=k, state=1).values[:end]
        np.testing.assert_allclose(figure.axes[1 + k].lines[1].get_ydata(), expected)


def _many_states(description: Description, n: int, strategies: int = 1) -> Description:
    """Every state can be left for every other but the last, which nobody leaves."""
    rng = np.random.default_rng(n)
    interventions = tuple(Named(f"k{j}", f"Strategi {j}") for j in range(strategies))
    moves = []
    for i in range(n - 1):
        for j in range(n):
            changed = [k for k in range(strategies) if rng.random() < 0.2]
            changes = tuple(ChangeEntry(f"k{k}", "", "risk_ratio", "r", 0.5 + k) for k in changed)
            if i != j:
                moves.append(MoveEntry(f"s{i}", f"s{j}", "probability", "p", float(rng.exponential() ** 3), changes))
    states = tuple(Named(f"s{i}", f"Arbetsmarknadspolitiskt program {i}") for i in range(n))
    movement = Movement("director", 10.0, {"s0": 1.0}, tuple(moves))
    return dataclasses.replace(description, states=states, interventions=interventions, movement=movement)


def _model_figure(description: Description, material: Material) -> Any:
    assert description.movement is not None
    return plot_model(description.movement, look=Look(description, material.say, material.number))


def test_the_model_has_an_arrow_a_move_and_its_width_follows_how_many_make_it(material: Material):
    movement = material.description.movement
    assert movement is not None
    ax = plot_model(movement, look=material.look).axes[0]
    heads = [p for p in ax.patches if isinstance(p, Polygon)]
    assert len(heads) == len(movement.moves)
    widths = sorted((p.get_linewidth() for p in ax.patches if isinstance(p, PathPatch)), reverse=True)
    shares = sorted((m.per_year for m in movement.moves), reverse=True)
    # Each arrow has a white edge under it, 1.6 points wider.
    assert widths[0] - 1.6 == pytest.approx(6.2)
    expected = [0.6 + 5.6 * (s / shares[0]) ** 0.6 for s in shares]
    assert sorted([*expected, *(w + 1.6 for w in expected)], reverse=True) == pytest.approx(widths)


def test_moves_that_an_intervention_acts_on_are_marked_with_a_shape_and_a_sign(material: Material):
    movement = material.description.movement
    assert movement is not None
    look = material.look
    ax = plot_model(movement, look=look).axes[0]
    sign = look.strategy("coach")
    marks = [line for line in ax.lines if line.get_marker() == sign.marker]
    strokes = [line for line in ax.lines if line.get_color() == INK]
    # Two moves and one mark of the legend; what only gives way has none. A plus is two strokes, a minus one.
    assert len(marks) == 3
    assert all(line.get_markeredgecolor() == sign.colour for line in marks)
    assert len(strokes) == 3
    assert "Changed by “A coach for one year”: + more, − fewer" in _texts(ax)


def test_the_model_says_where_people_start_and_what_nobody_leaves(material: Material):
    movement = material.description.movement
    assert movement is not None
    texts = _texts(plot_model(movement, look=material.look).axes[0])
    assert "60 % start here" in texts
    assert "nobody leaves" in texts
    assert {"Employed", "In custody", "Dead"} <= set(texts)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 12, 13, 40, 100])
def test_a_model_of_any_size_is_drawn_inside_its_figure_with_every_state(n: int, material: Material):
    description = _many_states(material.description, n, 3)
    figure = _model_figure(description, material)
    width, height = figure.get_size_inches()
    assert (width, height <= 9) == (7.6, True)
    ax = figure.axes[0]
    named = [t for t in ax.texts if t.get_text().startswith("Arbetsmarknads")]
    assert len(named) == n
    assert all(0 < t.get_position()[0] < width and 0 < t.get_position()[1] < height for t in named)
    boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
    for a, b in itertools.combinations([p.get_bbox() for p in boxes], 2):
        assert not a.overlaps(b)
    assert len(boxes) == (n if n <= 13 else 0)
    svg = to_svg(figure, name="model", title="", text="")
    assert svg == to_svg(_model_figure(description, material), name="model", title="", text="")
    assert len(svg) < 150_000


def test_rare_moves_are_left_out_and_counted(material: Material):
    description = _many_states(material.description, 10)
    assert description.movement is not None
    ax = _model_figure(description, material).axes[0]
    drawn = sum(isinstance(p, Polygon) for p in ax.patches)
    total = len(description.movement.moves)
    assert total == 81
    assert drawn < total
    note = next(t for t in _texts(ax) if t.startswith("Left out:"))
    assert note.startswith(f"Left out: {total - drawn} of {total} moves, each made by less than ")


def test_axes_name_unit_and_price_year(material: Material):
    ax = plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0).axes[0]
    assert ax.get_xlabel() == "thousand SEK per participant, 2023 prices"


def test_a_payer_has_the_same_colour_everywhere_and_an_eleventh_has_stripes(findings: Findings, material: Material):
    look = material.look
    fills = [look.payer(p.name) for p in findings.description.payers]
    assert len(set(fills)) == len(fills)
    assert fills[0] == (COLOURS[0], "")
    assert _fill(10) == (COLOURS[0], "////")
    again = Look(dataclasses.replace(findings.description, title="x"), material.say, material.number)
    assert [again.payer(p.name) for p in findings.description.payers] == fills


def test_svg_is_the_same_bytes_each_time_and_carries_no_clock(material: Material):
    def draw() -> str:
        figure = plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0)
        return to_svg(figure, name="w", title="Title", text="Text")

    first = draw()
    assert first == draw()
    assert "dc:date" not in first
    assert "matplotlib" not in first.lower()


def _figures_with_titles_and_legends(material: Material) -> dict[str, Any]:
    occupancy = material.findings.results["mean_occupancy"]
    return {
        "waterfall": plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0),
        "occupancy": plot_occupancy(occupancy, material.horizon, look=material.look, baseline="without", shown=1),
    }


@drawn
def _drawn_by_its_canvas(figure: Any) -> str:
    matplotlib.rcParams["svg.hashsalt"] = "w"
    written = io.StringIO()
    FigureCanvasSVG(figure).print_svg(written, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return written.getvalue()


@drawn
def _drawn_by_us(figure: Any) -> str:
    matplotlib.rcParams["svg.hashsalt"] = "w"
    return drawn_by_matplotlib(figure)


def _without_bare_groups(svg: str) -> list[tuple[str, dict[str, str], str]]:
    """All elements but groups that have nothing but a name."""
    return [
        (element.tag, element.attrib, (element.text or "").strip())
        for element in ElementTree.fromstring(svg).iter()
        if not (element.tag.endswith("}g") and set(element.attrib) <= {"id"})
    ]


def test_a_figure_is_drawn_as_the_canvas_of_matplotlib_draws_it(material: Material):
    drawn_figures, by_canvas = _figures_with_titles_and_legends(material), _figures_with_titles_and_legends(material)
    for name, figure in drawn_figures.items():
        ours, theirs = _drawn_by_us(figure), _drawn_by_its_canvas(by_canvas[name])
        assert _without_bare_groups(ours) == _without_bare_groups(theirs)
        assert ours.count("<g") < theirs.count("<g") / 4


def test_titles_stand_where_matplotlib_would_put_them(material: Material, monkeypatch: pytest.MonkeyPatch):
    ours = {name: _drawn_by_us(f) for name, f in _figures_with_titles_and_legends(material).items()}
    monkeypatch.delitem(_SETTINGS, "axes.titley")
    assert ours == {name: _drawn_by_us(f) for name, f in _figures_with_titles_and_legends(material).items()}


@pytest.mark.parametrize(
    ("long", "short"),
    [("M 10.123456 0.5 L -3.999999 12", "M 10.12 0.5 L -3.99 12"), ("M 1.25\nL 100.000001 7.", "M 1.25 L 100.00 7.")],
)
def test_coordinates_have_two_decimals(long: str, short: str):
    root = ElementTree.fromstring(f'<svg><path d="{long}" id="p"/></svg>')
    _tidy(root, "w")
    assert root[0].attrib == {"d": short}


def test_the_font_is_named_once_for_the_whole_figure(material: Material):
    figure = plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0)
    svg = to_svg(figure, name="w", title="Title", text="Text")
    assert svg.count("font-family") == 1
    assert "font-size" in svg


def test_svg_ids_belong_to_the_figure_and_all_references_resolve(material: Material):
    occupancy = material.findings.results["mean_occupancy"]
    figure = plot_occupancy(occupancy, material.horizon, look=material.look, baseline="without", shown=1)
    svg = to_svg(figure, name="states", title="Title", text="Text")
    ids = re.findall(r'\sid="([^"]+)"', svg)
    assert ids
    assert len(ids) == len(set(ids))
    assert all(i.startswith("states-") for i in ids)
    used = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    assert used <= set(ids)


def test_svg_says_what_it_is_to_a_screen_reader(material: Material):
    figure = plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0)
    root = ElementTree.fromstring(to_svg(figure, name="w", title="A & B", text="How <to> read"))
    space = "{http://www.w3.org/2000/svg}"
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "w-title w-text"
    title, text = root.find(f"{space}title"), root.find(f"{space}desc")
    assert title is not None
    assert text is not None
    assert (title.text, text.text) == ("A & B", "How <to> read")
    assert "<style" not in to_svg(figure, name="w", title="", text="")


@pytest.mark.parametrize(
    "text", ["</text><script>alert(1)</script>", "cost $x_1$ and $", "a\x00b\u202ec", "😀 漢字", "x" * 10_000]
)
def test_hostile_labels_stay_text_in_figures(material: Material, text: str):
    step = _pair(material, 0, "society")
    labels = {str(a): text for a in step["assumption"].values}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        svg = to_svg(plot_waterfall(step, look=material.look, labels=labels, place=0), name="w", title=text, text=text)
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert len(svg) < 60_000


def test_long_labels_are_wrapped_and_cut():
    assert label("one two three", 8) == "one two\nthree"
    cut = label("word " * 100, 20, 2)
    assert cut.count("\n") == 1
    assert cut.endswith("…")
    assert max(map(len, cut.split("\n"))) <= 20
    assert clean("a\n\tb\u2028c\u202e") == "a b c"


def test_drawing_leaves_the_callers_matplotlib_alone(material: Material):
    before = dict(matplotlib.rcParams)
    plot_waterfall(_pair(material, 0, "society"), look=material.look, labels={}, place=0)
    to_svg(new_figure(1.0), name="w", title="", text="")
    assert dict(matplotlib.rcParams) == before
